package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.Vectors;
import io.github.cvt4j.fused.ComputeType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Times several ways to compute the same batch, in turns, and checks their answers while it does.
 */
final class Contest {

  /** Sums in another order. */
  private static final double FP32_TOLERANCE = 1e-4;

  /** Cosine of the angle between the logits. */
  private static final double BF16_COSINE = 0.999;

  /** The same; a rough net, for a network with fresh weights has no answer that stands out. */
  private static final double INT8_COSINE = 0.95;

  private static final int SEED = 1;

  /**
   * How a contender did.
   *
   * @param batch pictures in a run
   */
  record Result(Contender contender, long batch, Turns.Times times) {

    double imagesPerSecond() {
      return batch * times.runsPerSecond();
    }
  }

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
    float[] pictures = pictures(shape, SEED);
    float[] expected = contenders.get(0).logits(pictures, shape);
    for (Contender contender : contenders) {
      check(contender, expected, contender.logits(pictures, shape)); // warms up, too
      contender.logits(pictures, shape);
    }
    List<Turns.Times> times =
        Turns.take(
            contenders.stream().map(it -> entrant(it, pictures, shape, expected)).toList(),
            seconds);
    List<Result> results = new ArrayList<>();
    for (int i = 0; i < contenders.size(); i++) {
      results.add(new Result(contenders.get(i), shape[0], times.get(i)));
    }
    return results;
  }

  private Turns.Entrant entrant(
      Contender contender, float[] pictures, long[] shape, float[] expected) {
    return new Turns.Entrant(
        contender.type(),
        () -> {
          float[] logits = contender.logits(pictures, shape);
          return () -> check(contender, expected, logits);
        });
  }

  private void check(Contender contender, float[] expected, float[] actual) {
    // The looser of the two types decides.
    ComputeType type = looser(contenders.get(0).type(), contender.type());
    boolean equal =
        switch (type) {
          case FP32 -> ExportCheck.difference(expected, actual) <= FP32_TOLERANCE;
          case BF16 -> Vectors.cosine(expected, actual) >= BF16_COSINE;
          case INT8 -> Vectors.cosine(expected, actual) >= INT8_COSINE;
        };
    if (!equal) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "%s in %s gives other logits: they differ by %.1e of the largest, cosine %.5f",
              contender.engine(),
              contender.type().key(),
              ExportCheck.difference(expected, actual),
              Vectors.cosine(expected, actual)));
    }
  }

  private static ComputeType looser(ComputeType a, ComputeType b) {
    return a.compareTo(b) > 0 ? a : b; // they are declared from exact to rough
  }

  /** Noise. */
  static float[] pictures(long[] shape, long seed) {
    long count = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    if (count > Integer.MAX_VALUE - 8) {
      throw new InvalidInputException(
          "a batch of %d pictures of %dx%d does not fit an array; take a smaller one"
              .formatted(shape[0], shape[2], shape[3]));
    }
    Random random = new Random(seed);
    float[] pictures = new float[(int) count];
    for (int i = 0; i < pictures.length; i++) {
      pictures[i] = (float) random.nextGaussian();
    }
    return pictures;
  }
}
