package io.github.cvt4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Oxford Flowers-102 as published (www.robots.ox.ac.uk/~vgg/data/flowers/102): {@code
 * jpg/image_00001.jpg} and so on, {@code imagelabels.mat} with their classes from 1, and {@code
 * setid.mat} with the numbers of the pictures in {@code trnid}, {@code valid} and {@code tstid}.
 *
 * <p>Fine-tuning learns from {@code trnid} and {@code valid} together, 2,040 pictures, and is
 * judged on the 6,149 of {@code tstid} (CvT paper, section 4.3).
 */
final class OxfordFlowers {

  private static final String WHAT = "Oxford Flowers-102";
  private static final String LABELS = "imagelabels.mat";
  private static final String SETS = "setid.mat";

  private static final List<String> NAMES = names();

  private OxfordFlowers() {}

  static boolean recognises(Path folder) {
    return Files.isRegularFile(folder.resolve(LABELS)) || Files.isRegularFile(folder.resolve(SETS));
  }

  static Dataset train(Path folder) {
    return read(folder, "trnid", "valid");
  }

  static Dataset test(Path folder) {
    return read(folder, "tstid");
  }

  private static Dataset read(Path folder, String... sets) {
    int[] labels = MatFile.integers(folder.resolve(LABELS), "labels", WHAT);
    PictureFiles.Builder pictures = new PictureFiles.Builder(folder.resolve("jpg"));
    for (String set : sets) {
      for (int number : MatFile.integers(folder.resolve(SETS), set, WHAT)) {
        requireWithin("picture", number, labels.length, folder.resolve(SETS));
        int label = labels[number - 1];
        requireWithin("class", label, NAMES.size(), folder.resolve(LABELS));
        pictures.add(String.format(Locale.ROOT, "image_%05d.jpg", number), label - 1);
      }
    }
    Dataset dataset = pictures.build(NAMES);
    Listing.requireFirst(dataset, folder.resolve(SETS).toString());
    return dataset;
  }

  private static void requireWithin(String what, int number, int most, Path file) {
    if (number < 1 || number > most) {
      throw new DataException("%s: %s %d, expected 1 to %d".formatted(file, what, number, most));
    }
  }

  /** The names that are in general use for the numbers; the data set itself has none. */
  private static List<String> names() {
    try (InputStream in = OxfordFlowers.class.getResourceAsStream("flowers-102.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
