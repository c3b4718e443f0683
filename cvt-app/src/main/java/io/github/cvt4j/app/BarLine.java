package io.github.cvt4j.app;

import me.tongfei.progressbar.ProgressBarRenderer;
import me.tongfei.progressbar.ProgressState;

/** One line on a terminal: the task, a bar, its share, the newest figures. */
final class BarLine implements ProgressBarRenderer {

  private static final int LEAST_BAR = 8;
  private static final int MOST_BAR = 40;

  @Override
  public String render(ProgressState state, int width) {
    return line(
        state.getTaskName(), state.getCurrent(), state.getMax(), state.getExtraMessage(), width);
  }

  /**
   * The bar takes the room that the figures leave; where there is too little it goes first.
   *
   * @param total steps in all; not positive if unknown
   * @param width columns that must not be exceeded
   */
  static String line(String task, long done, long total, String note, int width) {
    if (total <= 0) {
      return cut("%s %d %s".formatted(task, done, note), width);
    }
    double share = Math.min(1, (double) done / total);
    String tail = " %3d %% %s".formatted((int) (100 * share), note).stripTrailing();
    int room = Math.min(MOST_BAR, width - task.length() - tail.length() - 3);
    if (room < LEAST_BAR) {
      return cut(task + tail, width);
    }
    int full = (int) Math.round(share * room);
    return task + " [" + "=".repeat(full) + " ".repeat(room - full) + "]" + tail;
  }

  private static String cut(String line, int width) {
    return line.substring(0, Math.min(line.length(), Math.max(0, width)));
  }
}
