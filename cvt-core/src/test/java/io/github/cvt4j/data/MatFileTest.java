package io.github.cvt4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.MatFile.Entry;
import us.hebi.matlab.mat.types.MatlabType;
import us.hebi.matlab.mat.types.Matrix;
import us.hebi.matlab.mat.types.Sinks;

/** The files are written by another implementation of the format. */
class MatFileTest {

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(
      value = MatlabType.class,
      names = {
        "Double", "Single", "Int8", "UInt8", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64"
      })
  void everyNumericClassIsRead(MatlabType type) throws IOException {
    int[] values = {1, 102, 0, 77, 5, 9, 127};
    Path file = write("labels", matrix(type, values));
    assertThat(MatFile.integers(file, "labels", "a test")).containsExactly(values);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8, 1020, 6149})
  void everyLengthIsReadStoredAndCompressed(int length) throws IOException {
    int[] values = IntStream.range(0, length).map(i -> i * 31 % 8189).toArray();
    for (int level : new int[] {Deflater.NO_COMPRESSION, Deflater.BEST_COMPRESSION}) {
      Path file = write(level, "x", matrix(MatlabType.UInt16, values));
      assertThat(MatFile.integers(file, "x", "a test")).as("level %d", level).isEqualTo(values);
    }
  }

  @Test
  void anArrayIsFoundAmongOthersOfAnyKind() throws IOException {
    Path file = folder.resolve("many.mat");
    us.hebi.matlab.mat.types.MatFile mat =
        Mat5.newMatFile()
            .addArray("text", Mat5.newString("hello"))
            .addArray("struct", Mat5.newStruct().set("labels", Mat5.newScalar(3)))
            .addArray("trnid", matrix(MatlabType.UInt16, 4, 5))
            .addArray("valid", matrix(MatlabType.Double, -6, 70000));
    Mat5.writeToFile(mat, file.toString());
    assertThat(MatFile.integers(file, "trnid", "a test")).containsExactly(4, 5);
    assertThat(MatFile.integers(file, "valid", "a test")).containsExactly(-6, 70000);
    assertRefused(file, "labels", "no array 'labels' in it");
    assertRefused(file, "text", "'text' is no array of real numbers");
  }

  @Test
  void bigEndianFilesAreRead() throws IOException {
    Path file = folder.resolve("big.mat");
    try (var sink = Sinks.newStreamingFile(file.toFile()).order(ByteOrder.BIG_ENDIAN)) {
      us.hebi.matlab.mat.types.MatFile mat =
          Mat5.newMatFile().addArray("x", matrix(MatlabType.Int32, 1, 258));
      Mat5.newWriter(sink).setDeflateLevel(Deflater.NO_COMPRESSION).writeMat(mat);
    }
    assertThat(MatFile.integers(file, "x", "a test")).containsExactly(1, 258);
  }

  @Test
  void fractionsAreRefused() throws IOException {
    Matrix matrix = Mat5.newMatrix(1, 1);
    matrix.setDouble(0, 1.5);
    assertRefused(write("x", matrix), "x", "'x' holds 1.5; expected whole numbers");
  }

  @Test
  void otherFilesAreRefused() throws IOException {
    Path text = Files.writeString(folder.resolve("text.mat"), "MATLAB 7.3 MAT-file".repeat(20));
    assertRefused(text, "x", "not a MATLAB file of version 5 to 7.2");
    assertRefused(folder.resolve("none.mat"), "x", "this file of a test is missing");
    Path large = Files.write(folder.resolve("large.mat"), new byte[MatFile.MAX_BYTES + 1]);
    assertRefused(large, "x", "16777217 bytes, expected at most 16777216 in a test");
  }

  @Test
  void aBombIsNotUnpacked() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(packed)) {
      for (int i = 0; i < 40; i++) {
        out.write(new byte[1 << 20]);
      }
    }
    Path bomb =
        Files.write(folder.resolve("bomb.mat"), file(packed.toByteArray(), 15, packed.size()));
    assertRefused(bomb, "x", "an array of more than 16777216 bytes");
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MAX_VALUE, Integer.MAX_VALUE - 7, -1, Integer.MIN_VALUE, 1 << 30})
  void lengthsThatLieAreRefused(int length) throws IOException {
    Path outer = Files.write(folder.resolve("a.mat"), file(new byte[0], 14, length));
    assertRefused(outer, "x", "damaged MATLAB file");
    Path inner = Files.write(folder.resolve("b.mat"), file(new byte[8], 14, 16, 6, length));
    assertRefused(inner, "x", "damaged MATLAB file");
  }

  /** Whatever a file holds, it is read or refused. */
  @Test
  void damagedFilesAreReadOrRefused() throws IOException {
    Random random = new Random(5);
    byte[] stored =
        Files.readAllBytes(
            write(Deflater.NO_COMPRESSION, "labels", matrix(MatlabType.UInt8, new int[100])));
    byte[] packed = Files.readAllBytes(write(6, "labels", matrix(MatlabType.UInt8, new int[100])));
    Path file = folder.resolve("damaged.mat");
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = (i % 2 == 0 ? stored : packed).clone();
      for (int change = 0; change < 1 + i % 3; change++) {
        bytes[124 + random.nextInt(bytes.length - 124)] = (byte) random.nextInt();
      }
      Files.write(file, bytes);
      try {
        assertThat(MatFile.integers(file, "labels", "a test").length).isLessThan(1 << 24);
      } catch (DataException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(500);
  }

  private void assertRefused(Path file, String name, String message) {
    assertThatThrownBy(() -> MatFile.integers(file, name, "a test"))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }

  private static Matrix matrix(MatlabType type, int... values) {
    Matrix matrix = Mat5.newMatrix(1, values.length, type);
    for (int i = 0; i < values.length; i++) {
      matrix.setInt(i, values[i]);
    }
    return matrix;
  }

  private Path write(String name, Matrix matrix) throws IOException {
    return write(Deflater.BEST_SPEED, name, matrix);
  }

  private Path write(int level, String name, Matrix matrix) throws IOException {
    Path file = folder.resolve(name + level + ".mat");
    try (var sink = Sinks.newStreamingFile(file.toFile())) {
      Mat5.newWriter(sink)
          .setDeflateLevel(level)
          .writeMat(Mat5.newMatFile().addEntry(new Entry(name, false, matrix)));
    }
    return file;
  }

  /** A header, some words and some bytes. */
  private static byte[] file(byte[] end, int... words) {
    byte[] bytes = new byte[128 + Integer.BYTES * words.length + end.length];
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    file.put(125, (byte) 1).put(126, (byte) 'I').put(127, (byte) 'M').position(128);
    for (int word : words) {
      file.putInt(word);
    }
    file.put(end);
    return bytes;
  }
}
