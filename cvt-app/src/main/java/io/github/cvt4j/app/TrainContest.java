package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.train.StepParts;
import io.github.cvt4j.train.TimedTraining;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Times training steps of several ways in turns, on the same batch, and compares their losses.
 *
 * <p>First each takes a few real steps from the same weights, whose losses must agree one by one;
 * only then is it timed, with a rate of 0: the optimizer does all its work, but the weights stay,
 * so that every loss of every turn can be held against the others'.
 */
final class TrainContest {

  /** Steps that move the weights; the first also warms up. */
  private static final int REAL_STEPS = 3;

  /** Of the real steps: what the published recipes reach per 1,024 pictures is 2e-3 at most. */
  private static final double RATE = 1e-4;

  /** Relative; sums in another order, and an update made of them. */
  private static final double FP32_TOLERANCE = 1e-4;

  /** Relative; 8 bits of precision in a few dozen layers. */
  private static final double BF16_TOLERANCE = 2e-2;

  private static final int SEED = 1;

  /**
   * How a contender did.
   *
   * @param parts of a step, on average
   * @param bytes of resident memory that a step needs for each picture
   * @param loss of the timed steps
   */
  record Result(
      TrainContender contender, Turns.Times times, StepParts parts, double bytes, double loss) {}

  private final List<TrainContender> contenders;
  private final double seconds;
  private final FloatBuffer pictures;
  private final long[] labels;
  private final Size size;

  /**
   * @param contenders the first one's losses are those that the others' are held against
   * @param seconds that each is to be timed for, warm-up not counted
   * @param classes of the labels
   */
  TrainContest(List<TrainContender> contenders, double seconds, int batch, Size size, int classes) {
    this.contenders = List.copyOf(contenders);
    this.seconds = seconds;
    this.size = size;
    Random random = new Random(SEED);
    long values = 3L * batch * size.height() * size.width();
    if (values > Integer.MAX_VALUE / Float.BYTES) {
      throw new InvalidInputException(
          "a batch of %d pictures of %s does not fit a buffer; take a smaller one"
              .formatted(batch, size));
    }
    pictures =
        ByteBuffer.allocateDirect((int) values * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    while (pictures.hasRemaining()) {
      pictures.put((float) random.nextGaussian());
    }
    pictures.flip();
    labels = random.longs(batch, 0, classes).toArray();
  }

  /**
   * Runs the contest.
   *
   * @throws InvalidInputException if one has other losses than the first
   */
  List<Result> run() {
    List<Double> expected = new ArrayList<>();
    List<Double> memory = new ArrayList<>();
    for (TrainContender contender : contenders) {
      for (int i = 0; i < REAL_STEPS; i++) {
        double loss = step(contender, RATE).loss();
        if (i == expected.size()) {
          expected.add(loss);
        }
        check(contender, expected.get(i), loss);
      }
      long bytes = PeakMemory.during(() -> step(contender, /* rate= */ 0));
      memory.add((double) bytes / labels.length);
    }
    double still = step(contenders.get(0), /* rate= */ 0).loss();
    List<StepParts> sums = new ArrayList<>();
    List<Turns.Entrant> entrants = new ArrayList<>();
    for (TrainContender contender : contenders) {
      int place = sums.size();
      sums.add(StepParts.NONE);
      entrants.add(
          new Turns.Entrant(
              contender.type(),
              () -> {
                TimedTraining.Took took = step(contender, /* rate= */ 0);
                return () -> {
                  check(contender, still, took.loss());
                  sums.set(place, sums.get(place).plus(took.parts()));
                };
              }));
    }
    List<Turns.Times> times = Turns.take(entrants, seconds);
    List<Result> results = new ArrayList<>();
    for (int i = 0; i < contenders.size(); i++) {
      StepParts parts = sums.get(i).over(times.get(i).runs().length);
      results.add(new Result(contenders.get(i), times.get(i), parts, memory.get(i), still));
    }
    return results;
  }

  private TimedTraining.Took step(TrainContender contender, double rate) {
    return contender.training().step(pictures, labels, size, rate);
  }

  private static void check(TrainContender contender, double expected, double actual) {
    double tolerance =
        switch (contender.type()) {
          case FP32 -> FP32_TOLERANCE;
          case BF16 -> BF16_TOLERANCE;
          case INT8 -> throw new IllegalStateException("nothing is trained in int8");
        };
    if (!(Math.abs(actual - expected) <= tolerance * Math.abs(expected))) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "training steps of %s in %s have another loss: %.6f instead of %.6f",
              contender.engine(),
              contender.type().key(),
              actual,
              expected));
    }
  }
}
