package io.github.cvt4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataSourceTest {

  @TempDir Path root;

  @ParameterizedTest
  @ValueSource(strings = {"val", "validation", "test"})
  void aFolderWithTwoPartsGivesBoth(String part) throws IOException {
    Pictures.write(root, "train/cat/1.png", "train/dog/1.png", "train/dog/2.png");
    Pictures.write(root, part + "/cat/7.png", part + "/dog/8.png");
    DataSplit split = DataSource.open(root.toString());
    assertThat(split.train().size()).isEqualTo(3);
    assertThat(split.validation().size()).isEqualTo(2);
    assertThat(split.validation().name(0)).endsWith("7.png");
  }

  @Test
  void valIsPreferredToTest() throws IOException {
    Pictures.write(root, "train/cat/1.png", "test/cat/2.png", "val/cat/3.png");
    assertThat(DataSource.validation(root.toString()).name(0)).endsWith("3.png");
  }

  @Test
  void shapesAreGenerated() {
    DataSplit split = DataSource.open("shapes");
    assertThat(split.train().size()).isEqualTo(10_000);
    assertThat(split.validation().size()).isEqualTo(2_000);
    assertThat(split.train().image(0).pixels()).isNotEqualTo(split.validation().image(0).pixels());
  }

  @Test
  void cifarBinariesAreRecognised() throws IOException {
    byte[] record = new byte[2 + 3072];
    Files.write(root.resolve("train.bin"), record);
    Files.write(root.resolve("test.bin"), record);
    Files.writeString(root.resolve("fine_label_names.txt"), "name\n".repeat(100));
    DataSplit split = DataSource.open(root.toString());
    assertThat(split.train()).isInstanceOf(CifarBinary.class);
    assertThat(split.validation().classes()).hasSize(100);
  }

  @Test
  void cifarGivesCoarseLabelsWhenAsked() throws IOException {
    byte[] record = new byte[2 + 3072];
    record[0] = 19;
    record[1] = 99;
    Files.write(root.resolve("train.bin"), record);
    Files.write(root.resolve("test.bin"), record);
    Files.writeString(root.resolve("coarse_label_names.txt"), "name\n".repeat(20));
    DataSplit split = DataSource.open(root + ":coarse");
    assertThat(split.train().classes()).hasSize(20);
    assertThat(split.train().label(0)).isEqualTo(19);
    assertThat(split.validation().label(0)).isEqualTo(19);
  }

  @Test
  void aFolderWhoseNameEndsInColonCoarseIsAFolder() throws IOException {
    Pictures.write(root, "x:coarse/cat/1.png");
    assertThat(DataSource.validation(root.resolve("x") + ":coarse").classes())
        .containsExactly("cat");
  }

  @Test
  void aFlatValidationFolderIsReadByItsList() throws IOException {
    Pictures.write(root, "train/n01/1.png", "train/n02/1.png", "train/n03/1.png");
    Pictures.write(root, "val/ILSVRC2012_val_00000001.png", "val/ILSVRC2012_val_00000002.png");
    Files.writeString(
        root.resolve("val.txt"),
        "ILSVRC2012_val_00000001.png 1\nILSVRC2012_val_00000002.png n01\n");
    DataSplit split = DataSource.open(root.toString());
    assertThat(split.validation().classes()).containsExactly("n01", "n02", "n03");
    assertThat(split.validation().label(0)).isEqualTo(1);
    assertThat(split.validation().label(1)).isEqualTo(0);
    assertThat(split.validation().image(1).height()).isEqualTo(4);
  }

  @Test
  void twoListsShareTheClassesOfTheTrainingList() throws IOException {
    Pictures.write(root, "a.png", "b.png", "c.png");
    Files.writeString(root.resolve("train.txt"), "a.png 0\nb.png 2\n");
    Files.writeString(root.resolve("test.txt"), "c.png 1\n");
    DataSplit split = DataSource.open(root.toString());
    assertThat(split.validation().classes()).containsExactly("0", "1", "2");
    assertThat(split.validation().label(0)).isEqualTo(1);
  }

  @Test
  void aListAloneIsForValidationOnly() throws IOException {
    Pictures.write(root, "a.png");
    Path list = Files.writeString(root.resolve("mine.txt"), "a.png cat\n");
    assertThat(DataSource.validation(list.toString()).classes()).containsExactly("cat");
    assertRefused(() -> DataSource.train(list.toString()), "a file; expected a folder");
  }

  @Test
  void classFoldersAloneAreForValidationOnly() throws IOException {
    Pictures.write(root, "cat/1.png", "dog/1.png");
    assertThat(DataSource.validation(root.toString()).size()).isEqualTo(2);
    assertRefused(
        () -> DataSource.open(root.toString()),
        "no train/ or train.txt in it; expected a folder with train/ and");
  }

  @Test
  void aTrainingPartAloneCanBeLearntFromButNotValidated() throws IOException {
    Pictures.write(root, "train/cat/1.png");
    assertThat(DataSource.train(root.toString()).size()).isEqualTo(1);
    assertRefused(
        () -> DataSource.open(root.toString()),
        "has train/ or train.txt but no val/, validation/ or test/");
  }

  @Test
  void partsWithOtherClassesAreRefused() throws IOException {
    Pictures.write(root, "train/cat/1.png", "train/dog/1.png", "val/cat/1.png");
    assertRefused(
        () -> DataSource.open(root.toString()),
        "the training part has 2 classes and the validation part 1: 'dog' is missing in validation");
    Pictures.write(root, "val/dog/1.png", "val/eel/1.png");
    assertRefused(() -> DataSource.open(root.toString()), "'eel' is missing in training");
  }

  @Test
  void textThatNamesNothingIsRefused() throws IOException {
    assertRefused(
        () -> DataSource.open("no/such/place"),
        "data 'no/such/place': no such folder; expected a folder with train/");
    assertRefused(() -> DataSource.validation("bad\0path"), "not a path");
    Path file = Files.writeString(root.resolve("file"), "text");
    assertRefused(() -> DataSource.open(file.toString()), "a file; expected a folder");
    Path empty = Files.createDirectory(root.resolve("empty"));
    assertRefused(() -> DataSource.open(empty.toString()), "no train/ or train.txt in it");
    assertRefused(() -> DataSource.validation(empty.toString()), "an empty folder");
  }

  private static void assertRefused(ThrowingCallable code, String message) {
    assertThatThrownBy(code)
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }
}
