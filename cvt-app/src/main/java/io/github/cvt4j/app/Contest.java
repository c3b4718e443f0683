package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.fused.Peak;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Times several ways to compute the same batch, in turns, so that whatever else the machine does
 * hits all alike; and checks their answers while it does.
 */
final class Contest {

  /** Each contender's time is spread over so many turns. */
  private static final int ROUNDS = 5;

  /** Sums in another order. */
  private static final double FP32_TOLERANCE = 1e-4;

  /** Cosine of the angle between the logits. */
  private static final double BF16_COSINE = 0.999;

  private static final int SEED = 1;

  /**
   * How a contender did.
   *
   * @param imagesPerSecond over all its turns
   * @param p50 latency of a batch in milliseconds, median
   * @param p99 the same, 99th percentile
   * @param peak floating-point operations per second of a large product of its type, the best seen
   *     between the turns
   */
  record Result(Contender contender, double imagesPerSecond, double p50, double p99, double peak) {}

  private final List<Contender> contenders;
  private final double seconds;

  /**
   * @param contenders the first one's answers are those that the others' are held against
   * @param seconds that each is to be timed for, warm-up not counted
   */
  Contest(List<Contender> contenders, double seconds) {
    this.contenders = List.copyOf(contenders);
    this.seconds = seconds;
  }

  /**
   * Runs the contest.
   *
   * @param shape of the batch
   * @throws InvalidInputException if one gives other answers than the first
   */
  List<Result> run(long... shape) {
    float[] pictures = pictures(shape);
    float[] expected = contenders.get(0).logits(pictures, shape);
    List<List<Double>> times = new ArrayList<>();
    Map<ComputeType, Double> peaks = new EnumMap<>(ComputeType.class);
    for (Contender contender : contenders) {
      peaks.put(contender.type(), 0.0);
      check(contender, expected, contender.logits(pictures, shape)); // warms up, too
      contender.logits(pictures, shape);
      times.add(new ArrayList<>());
    }
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < contenders.size(); i++) {
        turn(contenders.get(i), pictures, shape, expected, times.get(i));
      }
      peaks.replaceAll((type, best) -> Math.max(best, peak(type)));
    }
    List<Result> results = new ArrayList<>();
    for (int i = 0; i < contenders.size(); i++) {
      results.add(
          result(contenders.get(i), shape[0], times.get(i), peaks.get(contenders.get(i).type())));
    }
    return results;
  }

  private void turn(
      Contender contender, float[] pictures, long[] shape, float[] expected, List<Double> times) {
    double spent = 0;
    do {
      long start = System.nanoTime();
      float[] logits = contender.logits(pictures, shape);
      double took = (System.nanoTime() - start) * 1e-9;
      check(contender, expected, logits);
      times.add(took);
      spent += took;
    } while (spent < seconds / ROUNDS);
  }

  private static Result result(Contender contender, long batch, List<Double> times, double peak) {
    double[] sorted = times.stream().mapToDouble(time -> time).sorted().toArray();
    return new Result(
        contender,
        batch * sorted.length / Arrays.stream(sorted).sum(),
        1e3 * quantile(sorted, 0.5),
        1e3 * quantile(sorted, 0.99),
        peak);
  }

  private static double quantile(double[] sorted, double share) {
    return sorted[(int) Math.ceil(share * sorted.length) - 1];
  }

  private static double peak(ComputeType type) {
    try (Peak peak = new Peak(type)) {
      peak.measure(); // warms up
      return Math.max(peak.measure(), peak.measure());
    }
  }

  private static void check(Contender contender, float[] expected, float[] actual) {
    boolean equal =
        switch (contender.type()) {
          case FP32 -> ExportCheck.difference(expected, actual) <= FP32_TOLERANCE;
          case BF16 -> cosine(expected, actual) >= BF16_COSINE;
        };
    if (!equal) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "%s in %s gives other logits: they differ by %.1e of the largest, cosine %.5f",
              contender.engine(),
              contender.type().key(),
              ExportCheck.difference(expected, actual),
              cosine(expected, actual)));
    }
  }

  private static double cosine(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb);
  }

  private static float[] pictures(long[] shape) {
    long count = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    if (count > Integer.MAX_VALUE - 8) {
      throw new InvalidInputException(
          "a batch of %d pictures of %dx%d does not fit an array; take a smaller one"
              .formatted(shape[0], shape[2], shape[3]));
    }
    Random random = new Random(SEED);
    float[] pictures = new float[(int) count];
    for (int i = 0; i < pictures.length; i++) {
      pictures[i] = (float) random.nextGaussian();
    }
    return pictures;
  }
}
