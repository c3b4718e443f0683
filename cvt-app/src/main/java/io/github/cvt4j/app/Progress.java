package io.github.cvt4j.app;

import io.github.cvt4j.weights.HubProgress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;

/**
 * How far long work is: a bar on a terminal, a plain line every twenty seconds elsewhere. Belongs
 * to one thread.
 */
final class Progress implements AutoCloseable {

  private static final long LINE_EVERY = Duration.ofSeconds(20).toNanos();

  /** Told by the launcher: Java 17 cannot ask about standard error alone. */
  private static final boolean TERMINAL = Boolean.getBoolean("cvt.terminal");

  private final String task;
  private final long total;
  private final PrintWriter err;
  private final LongSupplier clock;
  private final ProgressBar bar; // null without a terminal
  private long lastLine;

  /**
   * @param task what is being done, in a word or two
   * @param total steps in all; -1 if unknown
   * @param err where lines go
   */
  Progress(String task, long total, PrintWriter err) {
    this(task, total, err, System::nanoTime, TERMINAL ? bar(task, total) : null);
  }

  /** The same with a clock, in nanoseconds, that tests can turn. */
  Progress(String task, long total, PrintWriter err, LongSupplier clock, ProgressBar bar) {
    this.task = task;
    this.total = total;
    this.err = err;
    this.clock = clock;
    this.bar = bar;
    lastLine = clock.getAsLong();
  }

  private static ProgressBar bar(String task, long total) {
    return ProgressBar.builder()
        .setTaskName(task)
        .setInitialMax(total)
        .setUpdateIntervalMillis(200)
        .setConsumer(new ConsoleProgressBarConsumer(System.err))
        .setRenderer(new BarLine())
        .build();
  }

  /** So many steps are done; the note says the newest figures. */
  void at(long done, String note) {
    if (bar != null) {
      bar.stepTo(done);
      bar.setExtraMessage(note);
      return;
    }
    long now = clock.getAsLong();
    if (now - lastLine >= LINE_EVERY) {
      lastLine = now;
      String of = total < 0 ? "" : "/" + total;
      err.println("%s %d%s %s".formatted(task, done, of, note).stripTrailing());
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }

  /** Shows downloads, one after the other. */
  static HubProgress download(PrintWriter err) {
    return new HubProgress() {
      private Progress current;
      private String file = "";

      @Override
      public synchronized void progress(String name, long done, long total) {
        if (!name.equals(file)) {
          if (current != null) {
            current.close(); // of a file whose transfer failed
          }
          file = name;
          current = new Progress(name, total, err);
        }
        current.at(done, "bytes");
        if (done == total) {
          current.close();
          file = "";
        }
      }
    };
  }
}
