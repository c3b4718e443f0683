package io.github.cvt4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.data.CifarBinary.Labels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarBinaryTest {

  private static final int PLANE = 1024;

  @TempDir Path folder;

  @BeforeEach
  void writeCifar10() throws IOException {
    for (int i = 1; i <= 5; i++) {
      write("data_batch_" + i + ".bin", record(i), record(i + 1));
    }
    write("test_batch.bin", record(9));
    Files.writeString(folder.resolve("batches.meta.txt"), names(10) + "\n\n");
  }

  @Test
  void cifar10IsReadAcrossItsFiles() {
    CifarBinary train = CifarBinary.train(folder, Labels.FINE);
    assertThat(train.size()).isEqualTo(10);
    assertThat(IntStream.range(0, 10).map(train::label))
        .containsExactly(1, 2, 2, 3, 3, 4, 4, 5, 5, 6);
    assertThat(train.classes()).hasSize(10).startsWith("class0").endsWith("class9");
    assertThat(train.name(3)).endsWith("data_batch_2.bin record 1");
    assertThat(CifarBinary.test(folder, Labels.FINE).size()).isEqualTo(1);
    assertThat(CifarBinary.test(folder, Labels.FINE).label(0)).isEqualTo(9);
  }

  @Test
  void planesBecomeInterleavedPixels() {
    byte[] pixels = CifarBinary.train(folder, Labels.FINE).image(2).pixels();
    byte[] record = record(2);
    for (int i = 0; i < PLANE; i++) {
      for (int c = 0; c < 3; c++) {
        assertThat(pixels[3 * i + c])
            .as("pixel %d, channel %d", i, c)
            .isEqualTo(record[1 + c * PLANE + i]);
      }
    }
  }

  @Test
  void cifar100HasFineLabels(@TempDir Path other) throws IOException {
    byte[] record = new byte[2 + 3 * PLANE];
    record[0] = 19; // coarse
    record[1] = 99;
    record[2] = 42;
    Files.write(other.resolve("train.bin"), record);
    Files.write(other.resolve("test.bin"), record);
    Files.writeString(other.resolve("fine_label_names.txt"), names(100));
    CifarBinary test = CifarBinary.test(other, Labels.FINE);
    assertThat(test.label(0)).isEqualTo(99);
    assertThat(test.image(0).pixels()[0]).isEqualTo((byte) 42);
    assertThat(test.classes()).hasSize(100);
    assertThat(CifarBinary.train(other, Labels.FINE).size()).isEqualTo(1);
  }

  @Test
  void cifar100HasCoarseLabels(@TempDir Path other) throws IOException {
    byte[] record = new byte[2 + 3 * PLANE];
    record[0] = 19;
    record[1] = 99;
    Files.write(other.resolve("test.bin"), record);
    Files.writeString(other.resolve("coarse_label_names.txt"), names(20));
    CifarBinary test = CifarBinary.test(other, Labels.COARSE);
    assertThat(test.label(0)).isEqualTo(19);
    assertThat(test.classes()).hasSize(20);
    record[0] = 20;
    Files.write(other.resolve("test.bin"), record);
    assertThatThrownBy(() -> CifarBinary.test(other, Labels.COARSE))
        .hasMessageContaining("record 0 has label 20, expected 0 to 19");
  }

  @Test
  void cifar10HasNoCoarseLabels() {
    assertThatThrownBy(() -> CifarBinary.train(folder, Labels.COARSE))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("CIFAR-10 has no coarse labels");
  }

  @Test
  void indicesOutsideAreRefused() {
    CifarBinary train = CifarBinary.train(folder, Labels.FINE);
    assertThatThrownBy(() -> train.image(10)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> train.label(-1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void aMissingBatchIsNamed() throws IOException {
    Files.delete(folder.resolve("data_batch_4.bin"));
    assertRefused("data_batch_4.bin: this file of the CIFAR binaries is missing");
  }

  @Test
  void aTruncatedFileIsRefused() throws IOException {
    Files.write(folder.resolve("data_batch_3.bin"), new byte[3072]);
    assertRefused("3072 bytes are not a whole number of CIFAR-10 records of 3073 bytes");
    Files.write(folder.resolve("data_batch_3.bin"), new byte[0]);
    assertRefused("0 bytes are not a whole number");
  }

  @Test
  void aWrongLabelIsRefused() throws IOException {
    write("data_batch_5.bin", record(3), record(10));
    assertRefused("data_batch_5.bin: record 1 has label 10, expected 0 to 9");
    write("data_batch_5.bin", record(255));
    assertRefused("record 0 has label 255");
  }

  @Test
  void missingOrTooFewClassNamesAreRefused() throws IOException {
    Files.writeString(folder.resolve("batches.meta.txt"), names(9));
    assertRefused("batches.meta.txt: 9 class names, expected 10");
    Files.write(folder.resolve("batches.meta.txt"), new byte[(1 << 24) + 1]);
    assertRefused("16777217 bytes, expected at most 16777216 in the CIFAR binaries");
    Files.delete(folder.resolve("batches.meta.txt"));
    assertRefused("batches.meta.txt: this file of the CIFAR binaries is missing");
  }

  @Test
  void aFolderWithoutBinariesIsRefused(@TempDir Path empty) {
    assertThat(CifarBinary.recognises(folder)).isTrue();
    assertThat(CifarBinary.recognises(empty)).isFalse();
    assertThatThrownBy(() -> CifarBinary.train(empty, Labels.FINE))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("no CIFAR binaries here");
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> CifarBinary.train(folder, Labels.FINE))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }

  private void write(String file, byte[]... records) throws IOException {
    byte[] all = new byte[records.length * records[0].length];
    for (int i = 0; i < records.length; i++) {
      System.arraycopy(records[i], 0, all, i * records[i].length, records[i].length);
    }
    Files.write(folder.resolve(file), all);
  }

  private static byte[] record(int label) {
    byte[] record = new byte[1 + 3 * PLANE];
    for (int i = 0; i < record.length; i++) {
      record[i] = (byte) (i * 31 + i / PLANE + label);
    }
    record[0] = (byte) label;
    return record;
  }

  private static String names(int count) {
    return IntStream.range(0, count).mapToObj(i -> "class" + i).collect(Collectors.joining("\n"));
  }
}
