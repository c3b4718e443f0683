package io.github.cvt4j.data;

import io.github.cvt4j.data.CifarBinary.Labels;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Finds data by a line of text, and tells by what a folder holds which kind it is:
 *
 * <ul>
 *   <li>{@code shapes}: generated pictures ({@code ./shapes} for a folder of that name);
 *   <li>CIFAR-10 or CIFAR-100 binaries ({@link CifarBinary}); {@code FOLDER:coarse} takes
 *       CIFAR-100's 20 coarse labels;
 *   <li>Oxford-IIIT Pet: {@code annotations/} and {@code images/};
 *   <li>Oxford Flowers-102: {@code jpg/}, {@code imagelabels.mat} and {@code setid.mat};
 *   <li>parts: {@code train} and {@code val} (or {@code validation}, {@code test}), each a folder
 *       of class folders ({@link ImageFolder}) or a list {@code train.txt}, {@code val.txt} of
 *       lines {@code path label}. ImageNet is such a folder, its flat {@code val/} with a {@code
 *       val.txt} too;
 *   <li>to be judged only: a folder of class folders, or one list.
 * </ul>
 *
 * <p>Decoded pictures stay in memory up to a quarter of the Java heap and at most 1 GB per part:
 * room for CIFAR (190 MB) and about two thousand photographs.
 */
public final class DataSource {

  /** What the text may name, for a help or a message. */
  public static final String KINDS =
      "a folder with train/ and val/ (or test/) class folders or lists (train.txt, val.txt), CIFAR"
          + " binaries, Oxford-IIIT Pet, Oxford Flowers-102, or shapes";

  private static final String SHAPES = "shapes";
  private static final String COARSE = ":coarse";
  private static final int SHAPES_TRAIN = 10_000;
  private static final int SHAPES_VALIDATION = 2_000;
  private static final int SHAPES_SIDE = 32;

  private static final List<String> VALIDATION_PARTS = List.of("val", "validation", "test");

  /** A kind of data set: how to tell it and how to read its two parts. */
  private record Kind(
      Predicate<Path> recognises,
      Function<Path, Dataset> train,
      Function<Path, Dataset> validation) {}

  /** The first that recognises a folder is taken; the last one explains what it expected. */
  private static final List<Kind> KINDS_OF_FOLDERS =
      List.of(
          new Kind(
              CifarBinary::recognises,
              folder -> CifarBinary.train(folder, Labels.FINE),
              folder -> CifarBinary.test(folder, Labels.FINE)),
          new Kind(
              OxfordPets::recognises,
              folder -> cached(OxfordPets.train(folder)),
              folder -> cached(OxfordPets.test(folder))),
          new Kind(
              OxfordFlowers::recognises,
              folder -> cached(OxfordFlowers.train(folder)),
              folder -> cached(OxfordFlowers.test(folder))),
          new Kind(
              folder -> true,
              folder -> cached(trainingPart(folder)),
              folder -> cached(validationPart(folder))));

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
    } else if (isCoarse(text)) {
      return CifarBinary.train(folder(withoutCoarse(text)), Labels.COARSE);
    }
    Path root = folder(text);
    return kind(root).train.apply(root);
  }

  /**
   * The validation part, all of a folder that holds class folders itself, or all of a list.
   *
   * @throws DataException if the text names no data, or the part is missing or damaged
   */
  public static Dataset validation(String text) {
    if (text.equals(SHAPES)) {
      return cached(new Shapes(Shapes.Part.VALIDATION, SHAPES_VALIDATION, SHAPES_SIDE, 0));
    } else if (isCoarse(text)) {
      return CifarBinary.test(folder(withoutCoarse(text)), Labels.COARSE);
    }
    Path path = path(text);
    if (Files.isRegularFile(path)) {
      return cached(ImageList.open(path, Optional.empty()));
    }
    Path root = folder(text);
    return kind(root).validation.apply(root);
  }

  private static Kind kind(Path root) {
    return KINDS_OF_FOLDERS.stream().filter(k -> k.recognises.test(root)).findFirst().orElseThrow();
  }

  private static Dataset trainingPart(Path root) {
    return part(root, "train", Optional.empty())
        .orElseThrow(
            () -> new DataException(root + ": no train/ or train.txt in it; expected " + KINDS));
  }

  private static Dataset validationPart(Path root) {
    Optional<List<String>> classes = classesOfTraining(root);
    return VALIDATION_PARTS.stream()
        .flatMap(name -> part(root, name, classes).stream())
        .findFirst()
        .orElseGet(() -> whole(root));
  }

  /** Class folders win over a list of the same name; a flat folder of pictures needs the list. */
  private static Optional<Dataset> part(Path root, String name, Optional<List<String>> classes) {
    Path folder = root.resolve(name);
    Path list = root.resolve(name + ".txt");
    if (Files.isRegularFile(list) && !ImageFolder.hasClasses(folder)) {
      return Optional.of(ImageList.open(list, classes));
    }
    return Files.isDirectory(folder) ? Optional.of(ImageFolder.open(folder)) : Optional.empty();
  }

  /** What the labels of a validation list mean. */
  private static Optional<List<String>> classesOfTraining(Path root) {
    Path folder = root.resolve("train");
    return ImageFolder.hasClasses(folder)
        ? Optional.of(ImageFolder.subfolders(folder))
        : part(root, "train", Optional.empty()).map(Dataset::classes);
  }

  private static Dataset whole(Path root) {
    if (Stream.of("train", "train.txt").map(root::resolve).anyMatch(Files::exists)) {
      throw new DataException(
          root
              + ": has train/ or train.txt but no val/, validation/ or test/ beside it, nor val.txt");
    }
    return ImageFolder.open(root);
  }

  /** Whether it asks for coarse labels, and does not merely have a name that ends so. */
  private static boolean isCoarse(String text) {
    return text.endsWith(COARSE) && !Files.exists(path(text));
  }

  private static String withoutCoarse(String text) {
    return text.substring(0, text.length() - COARSE.length());
  }

  private static Path folder(String text) {
    if (text.isBlank()) {
      throw new DataException("data '': expected " + KINDS);
    }
    Path root = path(text);
    if (!Files.isDirectory(root)) {
      throw new DataException(
          "data '%s': %s; expected %s"
              .formatted(text, Files.exists(root) ? "a file" : "no such folder", KINDS));
    }
    return root;
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new DataException("data '" + text + "': not a path (" + e.getReason() + ")", e);
    }
  }

  private static Dataset cached(Dataset dataset) {
    return new CachedDataset(dataset, Math.min(1L << 30, Runtime.getRuntime().maxMemory() / 4));
  }
}
