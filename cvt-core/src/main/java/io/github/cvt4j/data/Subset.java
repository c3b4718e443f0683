package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Some pictures of another data set, with all of its classes. */
public final class Subset implements Dataset {

  private final Dataset whole;
  private final int[] indices;

  private Subset(Dataset whole, List<Integer> chosen) {
    this.whole = whole;
    this.indices = chosen.stream().mapToInt(Integer::intValue).sorted().toArray();
  }

  /**
   * At most {@code count} pictures, the classes as even as they can be: each class gives its first
   * one, then its second, and so on. The order stays.
   *
   * @param count at least 1
   * @throws DataException if {@code count} is less
   */
  public static Dataset limit(Dataset whole, int count) {
    if (count < 1) {
      throw new DataException("a limit of " + count + " pictures: expected at least 1");
    }
    if (count >= whole.size()) {
      return whole;
    }
    List<List<Integer>> classes = byClass(whole);
    List<Integer> chosen = new ArrayList<>();
    for (int rank = 0; chosen.size() < count; rank++) {
      for (List<Integer> members : classes) {
        if (rank < members.size() && chosen.size() < count) {
          chosen.add(members.get(rank));
        }
      }
    }
    return new Subset(whole, chosen);
  }

  /**
   * Holds out a part of every class for validation: the same pictures for the same seed. A class of
   * at least two pictures keeps one and gives one; a single picture stays for training.
   *
   * @param fraction held out, above 0 and below 1
   * @throws DataException if the fraction is not, or nothing could be held out
   */
  public static DataSplit split(Dataset whole, double fraction, long seed) {
    if (!(fraction > 0 && fraction < 1)) {
      throw new DataException("hold-out fraction " + fraction + ": expected above 0 and below 1");
    }
    SplittableRandom random = Seeds.random(seed);
    List<Integer> kept = new ArrayList<>();
    List<Integer> heldOut = new ArrayList<>();
    for (List<Integer> members : byClass(whole)) {
      int most = members.size() - 1;
      long out = Math.min(most, Math.max(1, Math.round(fraction * members.size())));
      int[] order = Seeds.permutation(members.size(), random);
      for (int i = 0; i < order.length; i++) {
        (i < out ? heldOut : kept).add(members.get(order[i]));
      }
    }
    if (heldOut.isEmpty()) {
      throw new DataException(
          "nothing can be held out: no class has two pictures (" + whole.size() + " in all)");
    }
    return new DataSplit(new Subset(whole, kept), new Subset(whole, heldOut));
  }

  private static List<List<Integer>> byClass(Dataset whole) {
    List<List<Integer>> classes = new ArrayList<>();
    whole.classes().forEach(name -> classes.add(new ArrayList<>()));
    for (int i = 0; i < whole.size(); i++) {
      classes.get(whole.label(i)).add(i);
    }
    return classes;
  }

  @Override
  public int size() {
    return indices.length;
  }

  @Override
  public List<String> classes() {
    return whole.classes();
  }

  @Override
  public int label(int index) {
    return whole.label(indices[index]);
  }

  @Override
  public RgbImage image(int index) {
    return whole.image(indices[index]);
  }

  @Override
  public String name(int index) {
    return whole.name(indices[index]);
  }
}
