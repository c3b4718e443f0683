package io.github.cvt4j.data;

import io.github.cvt4j.image.Box;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Mixes the pictures of a batch in pairs, the first with the last and so on, and their classes in
 * the same proportion: mixup (Zhang et al. 2017) adds them up, cutmix (Yun et al. 2019) puts a
 * rectangle of one into the other. As timm 0.3.2's mixup.py, which microsoft's training uses;
 * unlike it, a batch of odd size is fine.
 *
 * <p>Targets are smoothed here, so the loss must not do it again.
 *
 * @param options how often and how strongly
 * @param classes K, at least 1
 * @param smoothing part of every target that is spread over all classes, in [0, 1)
 */
public record Mixing(Options options, int classes, double smoothing) {

  /** Which pictures share a draw. */
  public enum Mode {
    /** One draw for the whole batch. */
    BATCH,
    /** One for each picture. */
    ELEM,
    /** One for each two that are mixed with one another. */
    PAIR
  }

  /**
   * How two pictures are mixed.
   *
   * @param mixup parameter of mixup's beta distribution, 0 for no mixup
   * @param cutmix the same for the area outside of cutmix's rectangle, 0 for no cutmix
   * @param sides instead of {@code cutmix}, which then does not count: sides of the rectangle over
   *     the picture's
   * @param switching where both mixup and cutmix are on, the part that is cutmix, 0 to 1
   */
  public record Ways(double mixup, double cutmix, Optional<Sides> sides, double switching) {

    public Ways {
      checkAlpha("mixup", mixup);
      checkAlpha("cutmix", cutmix);
      checkPart("mixup's switch probability", switching);
      if (mixup == 0 && cutmix == 0 && sides.isEmpty()) {
        throw new SpecException("mixing with neither mixup nor cutmix: expected one of them");
      }
    }

    private static void checkAlpha(String name, double alpha) {
      if (!(alpha >= 0 && alpha <= 1000)) {
        throw new SpecException(name + " " + alpha + ": expected 0 to 1000");
      }
    }

    boolean cuts(RandomGenerator random) {
      boolean cut = cutmix > 0 || sides.isPresent();
      return cut && (mixup == 0 || random.nextDouble() < switching);
    }
  }

  /**
   * Least and greatest sides of cutmix's rectangle over the picture's.
   *
   * @param low at least 0
   * @param high above {@code low}, at most 1
   */
  public record Sides(double low, double high) {

    public Sides {
      if (!(low >= 0 && low < high && high <= 1)) {
        throw new SpecException(
            "cutmix sides %s to %s: expected 0 <= low < high <= 1".formatted(low, high));
      }
    }

    int draw(int side, RandomGenerator random) {
      int least = (int) (side * low);
      return least + random.nextInt(Math.max(1, (int) (side * high) - least));
    }
  }

  /**
   * What is mixed.
   *
   * @param ways how
   * @param probability of mixing, for each draw, 0 to 1
   * @param mode which pictures share a draw
   * @param offEpoch first epoch without mixing; 0 for none
   */
  public record Options(Ways ways, double probability, Mode mode, int offEpoch) {

    public Options {
      checkPart("mixup probability", probability);
      if (offEpoch < 0) {
        throw new SpecException("mixup off from epoch " + offEpoch + ": expected 0 or more");
      }
    }
  }

  public Mixing {
    if (classes < 1) {
      throw new SpecException("mixing of " + classes + " classes: expected at least 1");
    }
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new SpecException(
          "label smoothing " + smoothing + ": expected 0 or more and less than 1");
    }
  }

  private static void checkPart(String name, double part) {
    if (!(part >= 0 && part <= 1)) {
      throw new SpecException(name + " " + part + ": expected 0 to 1");
    }
  }

  /**
   * Mixes a batch.
   *
   * @param batch [B, 3, H, W] from index 0 on, changed in place
   * @param labels classes [B]
   * @param size height and width
   * @return targets [B, K], row-major
   */
  float[] apply(FloatBuffer batch, long[] labels, Size size, int epoch, RandomGenerator random) {
    Share[] shares = draw(labels.length, size, epoch, random);
    mix(batch, shares, size);
    return targets(labels, shares);
  }

  private Share[] draw(int pictures, Size size, int epoch, RandomGenerator random) {
    Share[] shares = new Share[pictures];
    Arrays.fill(shares, Share.WHOLE);
    if (options.offEpoch > 0 && epoch >= options.offEpoch) {
      return shares;
    }
    switch (options.mode) {
      case BATCH -> Arrays.fill(shares, draw(size, random));
      case ELEM -> Arrays.setAll(shares, i -> draw(size, random));
      case PAIR -> {
        for (int i = 0; i < pictures / 2; i++) {
          shares[i] = draw(size, random);
          shares[pictures - 1 - i] = shares[i];
        }
      }
    }
    return shares;
  }

  private Share draw(Size size, RandomGenerator random) {
    if (random.nextDouble() >= options.probability) {
      return Share.WHOLE;
    }
    Ways ways = options.ways;
    if (!ways.cuts(random)) {
      return Share.sum(Beta.draw(ways.mixup, random));
    }
    if (ways.sides.isPresent()) {
      int height = ways.sides.get().draw(size.height(), random);
      int width = ways.sides.get().draw(size.width(), random);
      int top = random.nextInt(size.height() - height);
      int left = random.nextInt(size.width() - width);
      return Share.cut(size, top, top + height, left, left + width);
    }
    double own = Beta.draw(ways.cutmix, random);
    return Share.around(size, own, random.nextInt(size.height()), random.nextInt(size.width()));
  }

  static void mix(FloatBuffer batch, Share[] shares, Size size) {
    int floats = 3 * size.height() * size.width();
    float[] first = new float[floats];
    float[] second = new float[floats];
    for (int i = 0; 2 * i < shares.length; i++) {
      int j = shares.length - 1 - i;
      if (shares[i].whole() && shares[j].whole()) {
        continue;
      }
      batch.get(i * floats, first);
      batch.get(j * floats, second);
      put(batch, i * floats, first, second, shares[i], size);
      if (i != j) {
        put(batch, j * floats, second, first, shares[j], size);
      }
    }
  }

  private static void put(
      FloatBuffer batch, int at, float[] own, float[] partner, Share share, Size size) {
    if (share.whole()) {
      return;
    }
    Box cut = share.cut();
    if (cut == null) {
      batch.put(at, sum(own, partner, (float) share.own(), (float) (1 - share.own())));
      return;
    }
    for (int channel = 0; channel < 3; channel++) {
      for (int y = cut.top(); y < cut.top() + cut.height(); y++) {
        int row = (channel * size.height() + y) * size.width() + cut.left();
        batch.put(at + row, partner, row, cut.width());
      }
    }
  }

  private static float[] sum(float[] own, float[] partner, float ownPart, float partnerPart) {
    float[] sum = new float[own.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = own[i] * ownPart + partner[i] * partnerPart;
    }
    return sum;
  }

  float[] targets(long[] labels, Share[] shares) {
    float off = (float) (smoothing / classes);
    float on = (float) (1 - smoothing + smoothing / classes);
    float[] targets = new float[Math.multiplyExact(labels.length, classes)];
    Arrays.fill(targets, off);
    for (int i = 0; i < labels.length; i++) {
      float own = (float) shares[i].own();
      int row = i * classes;
      targets[row + (int) labels[i]] += (on - off) * own;
      targets[row + (int) labels[labels.length - 1 - i]] += (on - off) * (1 - own);
    }
    return targets;
  }
}
