package io.github.cvt4j.app;

import io.github.cvt4j.train.EpochResult;
import io.github.cvt4j.train.EpochTiming;
import io.github.cvt4j.train.TrainListener;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Training at the console: for each epoch and its validation a bar, or plain lines where there is
 * no terminal, and a line when it is done. For the thread that trains.
 */
final class TrainConsole implements TrainListener, AutoCloseable {

  /** Makes the bar of a task. */
  interface Bars {
    Progress bar(String task, int steps);
  }

  private int epochs;
  private final PrintWriter err;
  private final Bars bars;
  private final TimeLeft left;
  private final Smoothed imagesPerSecond = new Smoothed();
  private Progress bar;
  private String task;

  TrainConsole(PrintWriter err) {
    this(err, System::nanoTime, (task, steps) -> new Progress(task, steps, err));
  }

  /** The same with a clock, in nanoseconds, that tests can turn. */
  TrainConsole(PrintWriter err, LongSupplier clock, Bars bars) {
    this.err = err;
    this.bars = bars;
    left = new TimeLeft(clock);
  }

  @Override
  public void onBegin(int ofRun, int stepsPerEpoch) {
    epochs = ofRun;
    left.begin(ofRun);
  }

  @Override
  public void onStep(Step step) {
    begins("epoch", step.epoch(), step.batches());
    left.step(step.epoch(), step.batch(), step.batches());
    imagesPerSecond.add(step.imagesPerSecond());
    StringBuilder note = new StringBuilder();
    note.append(
        String.format(
            Locale.ROOT,
            "loss %.3f, rate %.1e, %s img/s",
            step.loss(),
            step.rate(),
            perSecond(imagesPerSecond.value())));
    left.ofEpoch()
        .ifPresent(seconds -> note.append(", ").append(TimeLeft.text(seconds)).append(" left"));
    left.ofRun()
        .ifPresent(seconds -> note.append(" (run ").append(TimeLeft.text(seconds)).append(')'));
    bar.at(step.batch(), note.toString());
  }

  @Override
  public void onValidation(int epoch, int done, int total) {
    begins("validation", epoch, total);
    left.validates();
    bar.at(done, "pictures");
  }

  /** Changes to the bar of a task, unless it is under way. */
  private void begins(String what, int epoch, int steps) {
    String wanted = "%s %d/%d".formatted(what, epoch, epochs);
    if (bar == null || !wanted.equals(task)) {
      close();
      task = wanted;
      bar = bars.bar(task, steps);
    }
  }

  @Override
  public void onEpoch(EpochResult result, EpochTiming timing) {
    left.epochEnds();
    close();
    StringBuilder line = new StringBuilder();
    say(
        line,
        "epoch %d/%d: loss %.4f, top-1 %.2f %%",
        result.epoch(),
        epochs,
        result.trainLoss(),
        100 * result.trainTop1());
    for (EpochResult.Validation validation : result.validations()) {
      say(
          line,
          "; validation%s: loss %.4f, top-1 %.2f %%",
          validation.weights() == EpochResult.Weights.EMA ? " of averaged weights" : "",
          validation.metrics().loss(),
          100 * validation.metrics().top1());
    }
    say(
        line,
        "; %s images/s, %.1f %% waiting for data%s",
        perSecond(timing.imagesPerSecond()),
        100 * timing.dataWaitShare(),
        rest(result.epoch()));
    err.println(line);
  }

  /** Large models do less than one in a second. */
  private static String perSecond(double images) {
    return String.format(Locale.ROOT, images < 10 ? "%.1f" : "%.0f", images);
  }

  private static void say(StringBuilder line, String format, Object... values) {
    line.append(String.format(Locale.ROOT, format, values));
  }

  /** The time left of the run, at the end of an epoch. */
  private String rest(int epoch) {
    if (epoch >= epochs || left.ofRun().isEmpty()) {
      return "";
    }
    return "; " + TimeLeft.text(left.ofRun().getAsDouble()) + " left";
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
