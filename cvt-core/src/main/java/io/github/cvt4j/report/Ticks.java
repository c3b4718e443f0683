package io.github.cvt4j.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Where an axis has its marks: 1, 2 or 5 times a power of ten apart.
 *
 * @param low where the axis begins: a mark at or below all values
 * @param high where it ends: a mark at or above all values
 * @param values the marks, rising
 * @param step between marks
 */
record Ticks(double low, double high, List<Double> values, double step) {

  Ticks {
    values = List.copyOf(values);
  }

  /**
   * For values from low to high.
   *
   * @param about how many marks are wanted, at least 2; about so many are given
   */
  static Ticks over(double low, double high, int about) {
    double from = low;
    double to = high;
    if (!(to > from)) { // one value, or none
      double room = from == 0 || Double.isNaN(from) ? 0.5 : Math.abs(from) / 2;
      from = (Double.isNaN(low) ? 0.5 : low) - room;
      to = from + 2 * room;
    }
    double step = step((to - from) / (about - 1));
    long first = (long) Math.floor(from / step + 1e-9);
    long last = (long) Math.ceil(to / step - 1e-9);
    List<Double> values = new ArrayList<>();
    for (long i = first; i <= last; i++) {
      values.add(i * step);
    }
    return new Ticks(first * step, last * step, values, step);
  }

  /** For whole numbers from low to high; the axis ends there exactly. */
  static Ticks whole(int low, int high, int about) {
    long step = Math.max(1, Math.round(step((double) (high - low) / about)));
    List<Double> values = new ArrayList<>();
    for (long i = -Math.floorDiv(-low, step) * step; i <= high; i += step) {
      values.add((double) i);
    }
    // A single epoch stands in the middle.
    double room = low == high ? 1 : 0;
    return new Ticks(low - room, high + room, values, step);
  }

  private static double step(double rough) {
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double times = rough / power;
    double nice = times <= 1 + 1e-9 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10;
    return nice * power;
  }

  /** A mark's text, with as many places as tell neighbours apart. */
  String label(double value) {
    if (value != 0 && (Math.abs(high) < 1e-3 || Math.abs(high) >= 1e6)) {
      return String.format(Locale.ROOT, "%.1e", value);
    }
    int places = (int) Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
    return String.format(Locale.ROOT, "%." + places + "f", value == 0 ? 0.0 : value);
  }

  /** Where a value stands on the axis, 0 to 1. */
  double place(double value) {
    return (value - low) / (high - low);
  }
}
