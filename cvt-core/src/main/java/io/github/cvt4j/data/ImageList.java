package io.github.cvt4j.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Pictures named in a text file, one a line: {@code path label}, such as ImageNet's {@code
 * ILSVRC2012_val_00000001.JPEG 65}. The path may hold spaces; the label is what follows the last
 * space or tab, or the only comma if there is neither. Empty lines and those that begin with {@code
 * #} are passed over.
 *
 * <p>Paths are relative to the list's folder or, where the first one is not there, to the folder
 * beside the list that has its name ({@code val/} for {@code val.txt}), and never leave it.
 *
 * <p>Labels are the classes' numbers from 0, or their names. Names of the classes are, in this
 * order: given by the caller, in a {@code classes.txt} beside the list, one a line; otherwise the
 * numbers up to the highest, or the names in the order of their code points, as if they were
 * folders.
 */
final class ImageList {

  private static final String WHAT = "a list of pictures";

  /** ImageNet-22k's 14 million lines take about half of that. */
  private static final long MAX_BYTES = 1L << 30;

  /** More classes than that are taken for damage. */
  private static final int MAX_CLASSES = 1 << 20;

  private static final String CLASSES = "classes.txt";

  private ImageList() {}

  /** A line of a list; kept for no longer than it takes to read it, since there may be millions. */
  private record Entry(String path, String label, String where) {}

  /**
   * Reads a list; opens no picture.
   *
   * @param classes names of the classes, where something else says them
   * @throws DataException naming the line that is not a path and a label, or leaves the folder
   */
  static Dataset open(Path list, Optional<List<String>> classes) {
    List<String> names = classes.or(() -> beside(list)).orElseGet(() -> classesOf(list));
    Map<String, Integer> numbers = new HashMap<>();
    IntStream.range(0, names.size()).forEach(i -> numbers.put(names.get(i), i));
    Path root = root(list);
    PictureFiles.Builder pictures = new PictureFiles.Builder(root);
    entries(
        list,
        entry -> pictures.add(Listing.below(root, entry.path, entry.where), label(entry, numbers)));
    Dataset dataset = pictures.build(names);
    Listing.requireFirst(dataset, list.toString());
    return dataset;
  }

  private static void entries(Path list, Consumer<Entry> each) {
    Listing.lines(
        list,
        MAX_BYTES,
        WHAT,
        (text, number) -> each.accept(entry(text, list + " line " + number)));
  }

  private static Entry entry(String text, String where) {
    int space = Math.max(text.lastIndexOf(' '), text.lastIndexOf('\t'));
    int end = space < 0 ? text.lastIndexOf(',') : space;
    String path = end < 0 ? "" : text.substring(0, end).strip();
    if (path.isEmpty() || end == text.length() - 1) {
      throw new DataException(where + ": expected 'path label', such as 'cat/1.jpg 0'");
    }
    return new Entry(path, text.substring(end + 1), where);
  }

  private static Path root(Path list) {
    Path folder = list.toAbsolutePath().getParent();
    String name = list.getFileName().toString();
    int dot = name.lastIndexOf('.');
    Path named = folder.resolve(dot < 0 ? name : name.substring(0, dot));
    return Files.isDirectory(named) && !isIn(folder, list) ? named : folder;
  }

  /** Whether the first picture of a list is in a folder. */
  private static boolean isIn(Path folder, Path list) {
    return Listing.first(list)
        .map(text -> entry(text, list.toString()))
        .map(first -> Listing.below(folder, first.path, first.where))
        .filter(first -> Files.exists(folder.resolve(first)))
        .isPresent();
  }

  private static Optional<List<String>> beside(Path list) {
    return Optional.of(list.resolveSibling(CLASSES))
        .filter(Files::isRegularFile)
        .map(file -> Listing.names(file, WHAT));
  }

  /** Classes that only the labels tell of. */
  private static List<String> classesOf(Path list) {
    Set<String> labels = new TreeSet<>(ImageFolder.BY_CODE_POINT);
    entries(
        list,
        entry -> {
          if (labels.add(entry.label) && labels.size() > MAX_CLASSES) {
            throw new DataException(
                "%s: a label in more than %d; is it one?".formatted(entry.where, MAX_CLASSES));
          }
        });
    if (labels.isEmpty() || !labels.stream().allMatch(label -> number(label) >= 0)) {
      return List.copyOf(labels);
    }
    int most = labels.stream().mapToInt(ImageList::number).max().orElseThrow();
    return IntStream.rangeClosed(0, most).mapToObj(Integer::toString).toList();
  }

  /** A name comes first, so that a class may be called by a number. */
  private static int label(Entry entry, Map<String, Integer> numbers) {
    int label = numbers.getOrDefault(entry.label, number(entry.label));
    if (label < 0 || label >= numbers.size()) {
      throw new DataException(
          "%s: label '%s' is none of the %d classes; expected a name or a number from 0 to %d"
              .formatted(entry.where, entry.label, numbers.size(), numbers.size() - 1));
    }
    return label;
  }

  /** The label as a class's number; -1 if it is none. */
  private static int number(String label) {
    int number = label.matches("[0-9]{1,9}") ? Integer.parseInt(label) : -1;
    return number < MAX_CLASSES ? number : -1;
  }
}
