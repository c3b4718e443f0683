package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * CIFAR-10 and CIFAR-100 in their binary distribution (www.cs.toronto.edu/~kriz/cifar.html): files
 * of records, each the label bytes and 3072 bytes of a 32x32 picture, channel by channel. CIFAR-100
 * has a coarse label byte before the fine one; the fine one is used.
 */
public final class CifarBinary implements Dataset {

  private static final int SIDE = 32;
  private static final int PLANE = SIDE * SIDE;

  /** Larger files are something else; the official ones have at most 154 MB. */
  private static final long MAX_BYTES = 1L << 30;

  /** Which distribution a folder holds. */
  private record Layout(
      int labelBytes, int classes, String names, List<String> train, List<String> test) {

    int recordBytes() {
      return labelBytes + 3 * PLANE;
    }
  }

  private static final List<Layout> LAYOUTS =
      List.of(
          new Layout(
              1,
              10,
              "batches.meta.txt",
              List.of(
                  "data_batch_1.bin",
                  "data_batch_2.bin",
                  "data_batch_3.bin",
                  "data_batch_4.bin",
                  "data_batch_5.bin"),
              List.of("test_batch.bin")),
          new Layout(2, 100, "fine_label_names.txt", List.of("train.bin"), List.of("test.bin")));

  private final Layout layout;
  private final List<String> classes;
  private final List<Path> files;
  private final List<byte[]> records = new ArrayList<>();

  /** Number of the first picture of each file, and of all pictures. */
  private final int[] starts;

  private CifarBinary(Layout layout, Path folder, List<String> names) {
    this.layout = layout;
    this.classes = readNames(folder.resolve(layout.names), layout.classes);
    this.files = names.stream().map(folder::resolve).toList();
    this.starts = new int[names.size() + 1];
    for (int i = 0; i < files.size(); i++) {
      byte[] bytes = readRecords(files.get(i), layout);
      records.add(bytes);
      starts[i + 1] = starts[i] + bytes.length / layout.recordBytes();
    }
  }

  /** Whether a folder holds CIFAR binaries, complete or not. */
  static boolean recognises(Path folder) {
    return LAYOUTS.stream()
        .anyMatch(layout -> holdsAny(folder, layout.train) || holdsAny(folder, layout.test));
  }

  /**
   * The training part: 50,000 pictures in the official files.
   *
   * @throws DataException naming the file that is missing, has an odd size or a wrong label
   */
  public static CifarBinary train(Path folder) {
    Layout layout = layout(folder);
    return new CifarBinary(layout, folder, layout.train);
  }

  /**
   * The test part: 10,000 pictures in the official files.
   *
   * @throws DataException naming the file that is missing, has an odd size or a wrong label
   */
  public static CifarBinary test(Path folder) {
    Layout layout = layout(folder);
    return new CifarBinary(layout, folder, layout.test);
  }

  @Override
  public int size() {
    return starts[files.size()];
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public int label(int index) {
    int shard = shard(index);
    return records.get(shard)[record(shard, index) + layout.labelBytes - 1];
  }

  @Override
  public RgbImage image(int index) {
    int shard = shard(index);
    byte[] bytes = records.get(shard);
    int red = record(shard, index) + layout.labelBytes;
    byte[] pixels = new byte[3 * PLANE];
    for (int i = 0; i < PLANE; i++) {
      pixels[3 * i] = bytes[red + i];
      pixels[3 * i + 1] = bytes[red + PLANE + i];
      pixels[3 * i + 2] = bytes[red + 2 * PLANE + i];
    }
    return new RgbImage(SIDE, SIDE, pixels);
  }

  @Override
  public String name(int index) {
    int shard = shard(index);
    return files.get(shard) + " record " + (index - starts[shard]);
  }

  private int shard(int index) {
    Objects.checkIndex(index, size());
    int shard = 0;
    while (index >= starts[shard + 1]) {
      shard++;
    }
    return shard;
  }

  private int record(int shard, int index) {
    return (index - starts[shard]) * layout.recordBytes();
  }

  private static Layout layout(Path folder) {
    return LAYOUTS.stream()
        .filter(layout -> holdsAny(folder, layout.train) || holdsAny(folder, layout.test))
        .findFirst()
        .orElseThrow(
            () ->
                new DataException(
                    folder
                        + ": no CIFAR binaries here; expected data_batch_1.bin and its siblings"
                        + " (CIFAR-10) or train.bin and test.bin (CIFAR-100)"));
  }

  private static boolean holdsAny(Path folder, List<String> files) {
    return files.stream().anyMatch(file -> Files.isRegularFile(folder.resolve(file)));
  }

  private static byte[] readRecords(Path file, Layout layout) {
    byte[] bytes = read(file, MAX_BYTES);
    if (bytes.length == 0 || bytes.length % layout.recordBytes() != 0) {
      throw new DataException(
          "%s: %d bytes are not a whole number of CIFAR-%d records of %d bytes"
              .formatted(file, bytes.length, layout.classes, layout.recordBytes()));
    }
    for (int at = layout.labelBytes - 1; at < bytes.length; at += layout.recordBytes()) {
      int label = bytes[at] & 0xff;
      if (label >= layout.classes) {
        throw new DataException(
            "%s: record %d has label %d, expected 0 to %d"
                .formatted(file, at / layout.recordBytes(), label, layout.classes - 1));
      }
    }
    return bytes;
  }

  private static List<String> readNames(Path file, int expected) {
    String text = new String(read(file, 1 << 16), StandardCharsets.UTF_8);
    List<String> names = text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    if (names.size() != expected) {
      throw new DataException(
          "%s: %d class names, expected %d, one a line".formatted(file, names.size(), expected));
    }
    return names;
  }

  private static byte[] read(Path file, long limit) {
    try {
      if (!Files.isRegularFile(file)) {
        throw new DataException(file + ": this file of the CIFAR binaries is missing");
      }
      long size = Files.size(file);
      if (size > limit) {
        throw new DataException(
            file + ": " + size + " bytes, expected at most " + limit + " in CIFAR binaries");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read (" + e + ")", e);
    }
  }
}
