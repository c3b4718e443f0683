package io.github.cvt4j.data;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Finds data by a line of text: a folder with {@code train/} and {@code val/} (or {@code
 * validation/}, {@code test/}) that hold class folders, a folder of CIFAR binaries, or {@code
 * shapes} for generated pictures ({@code ./shapes} for a folder of that name).
 *
 * <p>Decoded pictures stay in memory up to a quarter of the Java heap and at most 1 GB per part:
 * room for CIFAR (190 MB) and about two thousand photographs.
 */
public final class DataSource {

  private static final String SHAPES = "shapes";
  private static final int SHAPES_TRAIN = 10_000;
  private static final int SHAPES_VALIDATION = 2_000;
  private static final int SHAPES_SIDE = 32;

  private static final List<String> VALIDATION_FOLDERS = List.of("val", "validation", "test");

  private DataSource() {}

  /**
   * Both parts.
   *
   * @throws DataException if the text names no data, a part is missing or damaged, or the classes
   *     of the parts differ
   */
  public static DataSplit open(String text) {
    return new DataSplit(train(text), validation(text));
  }

  /**
   * The training part; for data without a validation part, {@link Subset#split} can hold one out.
   *
   * @throws DataException if the text names no data, or the part is missing or damaged
   */
  public static Dataset train(String text) {
    if (text.equals(SHAPES)) {
      return cached(new Shapes(Shapes.Part.TRAIN, SHAPES_TRAIN, SHAPES_SIDE, 0));
    }
    Path root = folder(text);
    if (CifarBinary.recognises(root)) {
      return CifarBinary.train(root);
    }
    Path train = root.resolve("train");
    if (!Files.isDirectory(train)) {
      throw new DataException(
          root
              + ": no train/ in it; expected train/ and val/ (or test/) with class folders, or CIFAR binaries");
    }
    return cached(ImageFolder.open(train));
  }

  /**
   * The validation part, or all of a folder that holds class folders itself.
   *
   * @throws DataException if the text names no data, or the part is missing or damaged
   */
  public static Dataset validation(String text) {
    if (text.equals(SHAPES)) {
      return cached(new Shapes(Shapes.Part.VALIDATION, SHAPES_VALIDATION, SHAPES_SIDE, 0));
    }
    Path root = folder(text);
    if (CifarBinary.recognises(root)) {
      return CifarBinary.test(root);
    }
    Optional<Path> part =
        VALIDATION_FOLDERS.stream().map(root::resolve).filter(Files::isDirectory).findFirst();
    if (part.isEmpty() && Files.isDirectory(root.resolve("train"))) {
      throw new DataException(root + ": has train/ but no val/, validation/ or test/ beside it");
    }
    return cached(ImageFolder.open(part.orElse(root)));
  }

  private static Path folder(String text) {
    if (text.isBlank()) {
      throw new DataException("data '': expected a folder, or shapes");
    }
    Path root;
    try {
      root = Path.of(text);
    } catch (InvalidPathException e) {
      throw new DataException("data '" + text + "': not a path (" + e.getReason() + ")", e);
    }
    if (!Files.isDirectory(root)) {
      throw new DataException(
          "data '%s': %s; expected a folder of pictures, a folder of CIFAR binaries, or shapes"
              .formatted(text, Files.exists(root) ? "a file" : "no such folder"));
    }
    return root;
  }

  private static Dataset cached(Dataset dataset) {
    return new CachedDataset(dataset, Math.min(1L << 30, Runtime.getRuntime().maxMemory() / 4));
  }
}
