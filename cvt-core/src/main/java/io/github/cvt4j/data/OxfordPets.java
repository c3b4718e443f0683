package io.github.cvt4j.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Oxford-IIIT Pet as published (www.robots.ox.ac.uk/~vgg/data/pets): {@code images/NAME.jpg}, and
 * in {@code annotations/} the lists {@code trainval.txt} and {@code test.txt} with lines {@code
 * NAME CLASS SPECIES BREED}. Classes are the 37 breeds, numbered from 1 in the lists and named by
 * the pictures: {@code yorkshire_terrier_12} is one of {@code yorkshire_terrier}.
 */
final class OxfordPets {

  private static final String WHAT = "Oxford-IIIT Pet";

  /** The published lists have under 200 kB. */
  private static final long MAX_BYTES = 1 << 24;

  private static final int MAX_CLASSES = 1000;

  private OxfordPets() {}

  /** One line of a list. */
  private record Entry(String picture, String breed, int number, String where) {}

  static boolean recognises(Path folder) {
    return Files.isRegularFile(list(folder, "trainval"))
        || (Files.isRegularFile(list(folder, "test")) && Files.isDirectory(images(folder)));
  }

  /** The 3,680 pictures of {@code trainval.txt}. */
  static Dataset train(Path folder) {
    return read(folder, "trainval");
  }

  /** The 3,669 pictures of {@code test.txt}. */
  static Dataset test(Path folder) {
    return read(folder, "test");
  }

  private static Dataset read(Path folder, String part) {
    List<Entry> entries = entries(list(folder, part));
    PictureFiles.Builder pictures = new PictureFiles.Builder(images(folder));
    for (Entry entry : entries) {
      String file = Listing.below(images(folder), entry.picture + ".jpg", entry.where);
      pictures.add(file, entry.number - 1);
    }
    Dataset dataset = pictures.build(classes(entries, list(folder, part)));
    Listing.requireFirst(dataset, list(folder, part).toString());
    return dataset;
  }

  private static List<String> classes(List<Entry> entries, Path list) {
    Map<Integer, String> names = new TreeMap<>();
    for (Entry entry : entries) {
      String other = names.putIfAbsent(entry.number, entry.breed);
      if (other != null && !other.equals(entry.breed)) {
        throw new DataException(
            "%s: class %d is '%s', and '%s' before it"
                .formatted(entry.where, entry.number, entry.breed, other));
      }
    }
    for (int number = 1; number <= names.size(); number++) {
      if (!names.containsKey(number)) {
        throw new DataException(
            "%s: has %d classes, but none of number %d".formatted(list, names.size(), number));
      }
    }
    return List.copyOf(names.values());
  }

  private static List<Entry> entries(Path list) {
    List<Entry> entries = new ArrayList<>();
    Listing.lines(
        list, MAX_BYTES, WHAT, (text, line) -> entries.add(entry(text, list + " line " + line)));
    return entries;
  }

  private static Entry entry(String text, String where) {
    String[] fields = text.split("\\s+", -1);
    int underscore = fields[0].lastIndexOf('_');
    if (fields.length < 2 || underscore < 1 || !fields[1].matches("[0-9]{1,4}")) {
      throw expected(where);
    }
    int number = Integer.parseInt(fields[1]);
    if (number < 1 || number > MAX_CLASSES) {
      throw expected(where);
    }
    return new Entry(fields[0], fields[0].substring(0, underscore), number, where);
  }

  private static DataException expected(String where) {
    return new DataException(
        where + ": expected 'NAME CLASS SPECIES BREED', such as 'Abyssinian_100 1 1 1'");
  }

  private static Path list(Path folder, String part) {
    return folder.resolve("annotations").resolve(part + ".txt");
  }

  private static Path images(Path folder) {
    return folder.resolve("images");
  }
}
