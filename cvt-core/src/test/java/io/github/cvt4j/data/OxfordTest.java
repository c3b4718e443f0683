package io.github.cvt4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.MatlabType;
import us.hebi.matlab.mat.types.Matrix;

/** Oxford-IIIT Pet and Flowers-102 in their published layouts. */
class OxfordTest {

  @TempDir Path root;

  private void pets() throws IOException {
    Pictures.write(root, "images/Abyssinian_1.jpg", "images/american_bulldog_7.jpg");
    Pictures.write(root, "images/Abyssinian_2.jpg", "images/american_bulldog_8.jpg");
    write("trainval.txt", "Abyssinian_1 1 1 1\namerican_bulldog_7 2 2 1\n");
    write(
        "test.txt",
        "#Image CLASS-ID SPECIES BREED ID\namerican_bulldog_8 2 2 1\nAbyssinian_2 1 1 1\n");
  }

  private void write(String list, String text) throws IOException {
    Files.createDirectories(root.resolve("annotations"));
    Files.writeString(root.resolve("annotations").resolve(list), text);
  }

  @Test
  void petsAreReadByTheirLists() throws IOException {
    pets();
    DataSplit split = DataSource.open(root.toString());
    assertThat(split.train().classes()).containsExactly("Abyssinian", "american_bulldog");
    assertThat(split.train().size()).isEqualTo(2);
    assertThat(split.train().label(1)).isEqualTo(1);
    assertThat(split.train().name(1)).endsWith("american_bulldog_7.jpg");
    assertThat(split.validation().label(0)).isEqualTo(1);
    assertThat(split.validation().image(0).height()).isEqualTo(4);
  }

  @Test
  void damagedPetListsAreRefused() throws IOException {
    pets();
    write("test.txt", "Abyssinian_1 1 1 1\nBengal_2 1 1 1\n");
    refused(() -> validation(), "test.txt line 2: class 1 is 'Bengal', and 'Abyssinian' before it");
    write("test.txt", "Abyssinian_1 1 1 1\nBengal_2 3 1 1\n");
    refused(() -> validation(), "has 2 classes, but none of number 2");
    write("test.txt", "Abyssinian_1\n");
    refused(() -> validation(), "test.txt line 1: expected 'NAME CLASS SPECIES BREED'");
    write("test.txt", "Abyssinian_1 0 1 1\n");
    refused(() -> validation(), "test.txt line 1: expected 'NAME CLASS SPECIES BREED'");
    write("test.txt", "../../etc_1 1 1 1\n");
    refused(() -> validation(), "test.txt line 1: '../../etc_1.jpg' leaves the folder");
    write("test.txt", "/etc/pets_1 1 1 1\n");
    refused(() -> validation(), "'/etc/pets_1.jpg' leaves the folder");
    write("test.txt", "Abyssinian_9 1 1 1\n");
    refused(() -> validation(), "its first picture is missing: there is no file");
    write("test.txt", "\n# nothing\n");
    refused(() -> validation(), "names no pictures");
    Files.delete(root.resolve("annotations/test.txt"));
    refused(() -> validation(), "test.txt: this file of Oxford-IIIT Pet is missing");
  }

  private void flowers() throws IOException {
    Pictures.write(
        root, "jpg/image_00001.jpg", "jpg/image_00002.jpg", "jpg/image_00003.jpg", "jpg/x.jpg");
    mat("imagelabels.mat", "labels", 77, 1, 102);
    Mat5.writeToFile(
        Mat5.newMatFile()
            .addArray("trnid", numbers(3))
            .addArray("valid", numbers(1))
            .addArray("tstid", numbers(2)),
        root.resolve("setid.mat").toString());
  }

  private void mat(String file, String name, int... values) throws IOException {
    Mat5.writeToFile(
        Mat5.newMatFile().addArray(name, numbers(values)), root.resolve(file).toString());
  }

  private static Matrix numbers(int... values) {
    Matrix matrix = Mat5.newMatrix(1, values.length, MatlabType.UInt16);
    for (int i = 0; i < values.length; i++) {
      matrix.setInt(i, values[i]);
    }
    return matrix;
  }

  @Test
  void flowersLearnFromTwoSetsAndAreJudgedOnTheThird() throws IOException {
    flowers();
    DataSplit split = DataSource.open(root.toString());
    assertThat(split.train().size()).isEqualTo(2);
    assertThat(split.train().name(0)).endsWith("image_00003.jpg");
    assertThat(split.train().label(0)).isEqualTo(101);
    assertThat(split.train().label(1)).isEqualTo(76);
    assertThat(split.validation().size()).isEqualTo(1);
    assertThat(split.validation().label(0)).isZero();
    assertThat(split.validation().classes())
        .hasSize(102)
        .doesNotHaveDuplicates()
        .startsWith("pink primrose")
        .endsWith("blackberry lily");
    assertThat(split.validation().image(0).width()).isEqualTo(4);
  }

  @Test
  void damagedFlowersAreRefused() throws IOException {
    flowers();
    mat("imagelabels.mat", "labels", 77, 103, 102);
    refused(() -> validation(), "imagelabels.mat: class 103, expected 1 to 102");
    mat("imagelabels.mat", "labels", 1);
    refused(() -> validation(), "setid.mat: picture 2, expected 1 to 1");
    mat("imagelabels.mat", "other", 1);
    refused(() -> validation(), "imagelabels.mat: no array 'labels' in it");
    Files.delete(root.resolve("imagelabels.mat"));
    refused(() -> validation(), "imagelabels.mat: this file of Oxford Flowers-102 is missing");
  }

  private void validation() {
    DataSource.validation(root.toString());
  }

  private static void refused(ThrowingCallable code, String message) {
    assertThatThrownBy(code)
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }
}
