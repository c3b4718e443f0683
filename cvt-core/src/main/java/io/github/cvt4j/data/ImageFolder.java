package io.github.cvt4j.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Pictures in one folder per class: {@code root/<class>/**.{jpg,jpeg,png,bmp,gif,webp}}. Classes
 * and pictures are in the order of torchvision's ImageFolder, so labels agree with models trained
 * there. Classes and files whose names begin with a dot are passed over. ImageNet's folders (1,000
 * or, in 22k, 21,841 of them) are such ones. Pictures are decoded each time they are asked for.
 */
public final class ImageFolder {

  private static final Set<String> EXTENSIONS = Set.of("jpg", "jpeg", "png", "bmp", "gif", "webp");

  /** Folders that hold parts of a data set rather than classes. */
  private static final Set<String> PARTS = Set.of("train", "val", "validation", "test");

  /** Folders in folders beyond this are taken for damage. */
  private static final int MAX_DEPTH = 64;

  /** Python's order of strings. */
  static final Comparator<String> BY_CODE_POINT = ImageFolder::compare;

  private ImageFolder() {}

  /**
   * Lists a folder; opens no picture.
   *
   * @throws DataException if the folder is missing, empty or not laid out as classes, or a class
   *     has no pictures
   */
  public static Dataset open(Path root) {
    List<String> classes = classFolders(root);
    PictureFiles.Builder pictures = new PictureFiles.Builder(root);
    for (int label = 0; label < classes.size(); label++) {
      for (String picture : pictures(root, root.resolve(classes.get(label)))) {
        pictures.add(picture, label);
      }
    }
    return pictures.build(classes);
  }

  /** Whether there is at least one folder in it. */
  static boolean hasClasses(Path root) {
    return Files.isDirectory(root) && !subfolders(root).isEmpty();
  }

  /** Names of the folders in it, in order. */
  static List<String> subfolders(Path root) {
    if (!Files.exists(root)) {
      throw new DataException(root + ": no such folder");
    }
    if (!Files.isDirectory(root)) {
      throw new DataException(root + ": a file, expected a folder of class folders");
    }
    try (Stream<Path> entries = Files.list(root)) {
      return entries
          .filter(entry -> !hidden(entry) && Files.isDirectory(entry))
          .map(entry -> entry.getFileName().toString())
          .sorted(BY_CODE_POINT)
          .toList();
    } catch (IOException | UncheckedIOException e) {
      throw unreadable(root, e);
    }
  }

  private static boolean isEmpty(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
  }

  private static List<String> classFolders(Path root) {
    List<String> classes = subfolders(root);
    if (classes.isEmpty()) {
      throw new DataException(
          "%s: %s; expected %s"
              .formatted(
                  root,
                  isEmpty(root) ? "an empty folder" : "no class folders in it",
                  root.resolve("<class>").resolve("<picture>")));
    }
    if (PARTS.containsAll(classes)) {
      throw new DataException(
          "%s: holds %s, not class folders; expected one of these, such as %s"
              .formatted(root, String.join(", ", classes), root.resolve(classes.get(0))));
    }
    return classes;
  }

  /**
   * All pictures in a folder and in those below it, in a fixed order, whatever they show.
   *
   * @throws DataException if there are none, or the folder cannot be read
   */
  public static List<Path> pictures(Path folder) {
    return pictures(folder, folder).stream().map(folder::resolve).toList();
  }

  /** Paths relative to the root: folder by folder, and by name within each. */
  private static List<String> pictures(Path root, Path folder) {
    try (Stream<Path> entries =
        Files.find(
            folder,
            MAX_DEPTH,
            (entry, attributes) -> attributes.isRegularFile() && isPicture(entry),
            FileVisitOption.FOLLOW_LINKS)) {
      List<String> pictures =
          entries
              .sorted(
                  Comparator.comparing((Path entry) -> entry.getParent().toString(), BY_CODE_POINT)
                      .thenComparing(entry -> entry.getFileName().toString(), BY_CODE_POINT))
              .map(entry -> root.relativize(entry).toString())
              .toList();
      if (pictures.isEmpty()) {
        throw new DataException(
            folder + ": no pictures in it; expected .jpg, .png, .bmp, .gif or .webp");
      }
      return pictures;
    } catch (IOException | UncheckedIOException e) {
      throw unreadable(folder, e);
    }
  }

  private static boolean isPicture(Path file) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot >= 0
        && !hidden(file)
        && EXTENSIONS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
  }

  private static boolean hidden(Path file) {
    return file.getFileName().toString().startsWith(".");
  }

  /** Python's order of strings, by code point: surrogates come after every other UTF-16 unit. */
  private static int compare(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      int difference = rank(a.charAt(i)) - rank(b.charAt(i));
      if (difference != 0) {
        return difference;
      }
    }
    return a.length() - b.length();
  }

  private static int rank(char unit) {
    return Character.isSurrogate(unit) ? unit + 0x10000 : unit;
  }

  private static DataException unreadable(Path folder, Exception e) {
    Throwable cause = e instanceof UncheckedIOException ? e.getCause() : e;
    // The message of a file system's exception is only a path; its type says what happened.
    String what = cause.getClass().getSimpleName() + ": " + cause.getMessage();
    return new DataException(folder + ": cannot be listed (" + what + ")", e);
  }
}
