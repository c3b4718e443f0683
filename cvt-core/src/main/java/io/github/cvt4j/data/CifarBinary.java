package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * CIFAR-10 and CIFAR-100 in their binary distribution (www.cs.toronto.edu/~kriz/cifar.html): files
 * of records, each the label bytes and 3072 bytes of a 32x32 picture, channel by channel. CIFAR-100
 * has the byte of a coarse label before that of the fine one.
 */
public final class CifarBinary implements Dataset {

  private static final int SIDE = 32;
  private static final int PLANE = SIDE * SIDE;

  /** Larger files are something else; the official ones have at most 154 MB. */
  private static final int MAX_BYTES = 1 << 30;

  private static final String WHAT = "the CIFAR binaries";

  /** Which labels of CIFAR-100 to take; CIFAR-10 has only the fine ones. */
  public enum Labels {
    /** 100 classes, or CIFAR-10's 10. */
    FINE,
    /** The 20 groups of CIFAR-100's classes. */
    COARSE
  }

  /** What one kind of label is in a distribution. */
  private record Layout(
      Labels labels,
      int labelBytes,
      int labelAt,
      int classes,
      String names,
      List<String> train,
      List<String> test) {

    int recordBytes() {
      return labelBytes + 3 * PLANE;
    }

    boolean isIn(Path folder) {
      return holdsAny(folder, train) || holdsAny(folder, test);
    }
  }

  private static final List<String> TRAIN_10 =
      List.of(
          "data_batch_1.bin",
          "data_batch_2.bin",
          "data_batch_3.bin",
          "data_batch_4.bin",
          "data_batch_5.bin");
  private static final List<String> TEST_10 = List.of("test_batch.bin");
  private static final List<String> TRAIN_100 = List.of("train.bin");
  private static final List<String> TEST_100 = List.of("test.bin");

  private static final List<Layout> LAYOUTS =
      List.of(
          new Layout(Labels.FINE, 1, 0, 10, "batches.meta.txt", TRAIN_10, TEST_10),
          new Layout(Labels.FINE, 2, 1, 100, "fine_label_names.txt", TRAIN_100, TEST_100),
          new Layout(Labels.COARSE, 2, 0, 20, "coarse_label_names.txt", TRAIN_100, TEST_100));

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
    return LAYOUTS.stream().anyMatch(layout -> layout.isIn(folder));
  }

  /**
   * The training part: 50,000 pictures in the official files.
   *
   * @throws DataException naming the file that is missing, has an odd size or a wrong label
   */
  public static CifarBinary train(Path folder, Labels labels) {
    Layout layout = layout(folder, labels);
    return new CifarBinary(layout, folder, layout.train);
  }

  /**
   * The test part: 10,000 pictures in the official files.
   *
   * @throws DataException naming the file that is missing, has an odd size or a wrong label
   */
  public static CifarBinary test(Path folder, Labels labels) {
    Layout layout = layout(folder, labels);
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
    return records.get(shard)[record(shard, index) + layout.labelAt];
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

  private static Layout layout(Path folder, Labels labels) {
    List<Layout> here = LAYOUTS.stream().filter(layout -> layout.isIn(folder)).toList();
    if (here.isEmpty()) {
      throw new DataException(
          folder
              + ": no CIFAR binaries here; expected data_batch_1.bin and its siblings (CIFAR-10) or"
              + " train.bin and test.bin (CIFAR-100)");
    }
    return here.stream()
        .filter(layout -> layout.labels == labels)
        .findFirst()
        .orElseThrow(
            () -> new DataException(folder + ": CIFAR-10 has no coarse labels; CIFAR-100 has"));
  }

  private static boolean holdsAny(Path folder, List<String> files) {
    return files.stream().anyMatch(file -> Files.isRegularFile(folder.resolve(file)));
  }

  private static byte[] readRecords(Path file, Layout layout) {
    byte[] bytes = Listing.bytes(file, MAX_BYTES, WHAT);
    if (bytes.length == 0 || bytes.length % layout.recordBytes() != 0) {
      throw new DataException(
          "%s: %d bytes are not a whole number of CIFAR-%d records of %d bytes"
              .formatted(
                  file, bytes.length, layout.labelBytes == 1 ? 10 : 100, layout.recordBytes()));
    }
    for (int at = layout.labelAt; at < bytes.length; at += layout.recordBytes()) {
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
    List<String> names = Listing.names(file, WHAT);
    if (names.size() != expected) {
      throw new DataException(
          "%s: %d class names, expected %d, one a line".formatted(file, names.size(), expected));
    }
    return List.copyOf(names);
  }
}
