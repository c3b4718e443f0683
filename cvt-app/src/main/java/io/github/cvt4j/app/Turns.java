package io.github.cvt4j.app;

import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.fused.Peak;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Times several things in turns, so that whatever else the machine does hits all alike, and between
 * the turns what the processor can do at best.
 */
final class Turns {

  /** Each one's time is spread over so many turns. */
  private static final int ROUNDS = 5;

  private static final long NANOS_FOR_A_PEAK = 100_000_000;

  private Turns() {}

  /**
   * Something to be timed.
   *
   * @param type that its products run in
   * @param work what is timed; returns what is to be done afterwards, out of time
   */
  record Entrant(ComputeType type, Supplier<Runnable> work) {}

  /**
   * How one did.
   *
   * @param runs seconds that each run took, in ascending order
   * @param peak floating-point operations per second of a large product of its type, the best seen
   *     between the turns
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Times(double[] runs, double peak) {

    double runsPerSecond() {
      return runs.length / Arrays.stream(runs).sum();
    }

    /** So many of the runs took at most so many milliseconds. */
    double quantile(double share) {
      return 1e3 * runs[(int) Math.ceil(share * runs.length) - 1];
    }
  }

  /**
   * Times them, for so many seconds each; warming up is the caller's.
   *
   * @return in the order of the entrants
   */
  static List<Times> take(List<Entrant> entrants, double seconds) {
    List<List<Double>> runs = new ArrayList<>();
    Map<ComputeType, Double> peaks = new EnumMap<>(ComputeType.class);
    for (Entrant entrant : entrants) {
      runs.add(new ArrayList<>());
      peaks.put(entrant.type(), 0.0);
    }
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < entrants.size(); i++) {
        turn(entrants.get(i), seconds / ROUNDS, runs.get(i));
      }
      peaks.replaceAll((type, best) -> Math.max(best, peak(type)));
    }
    List<Times> times = new ArrayList<>();
    for (int i = 0; i < entrants.size(); i++) {
      double[] sorted = runs.get(i).stream().mapToDouble(run -> run).sorted().toArray();
      times.add(new Times(sorted, peaks.get(entrants.get(i).type())));
    }
    return times;
  }

  private static void turn(Entrant entrant, double seconds, List<Double> runs) {
    double spent = 0;
    do {
      long start = System.nanoTime();
      Runnable after = entrant.work().get();
      double took = (System.nanoTime() - start) * 1e-9;
      after.run();
      runs.add(took);
      spent += took;
    } while (spent < seconds);
  }

  /** The best product of a while: for single ones a shared processor may be busy. */
  private static double peak(ComputeType type) {
    try (Peak peak = new Peak(type)) {
      peak.measure(); // warms up
      double best = 0;
      long end = System.nanoTime() + NANOS_FOR_A_PEAK;
      do {
        best = Math.max(best, peak.measure());
      } while (System.nanoTime() < end);
      return best;
    }
  }
}
