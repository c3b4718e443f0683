package io.github.cvt4j.report;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.data.Batch;
import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.data.Epoch;
import io.github.cvt4j.data.Loader;
import io.github.cvt4j.data.Transform;
import io.github.cvt4j.eval.Metrics;
import io.github.cvt4j.eval.MetricsCounter;
import io.github.cvt4j.image.PngWriter;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.ModelSource;
import io.github.cvt4j.infer.Network;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.Tensor;

/** Lets a model answer for labelled pictures, and adds its answers up. For one thread. */
final class Examination {

  /** Usual for the expected calibration error (Guo et al. 2017). */
  private static final int BINS = 15;

  private static final int MISTAKES = 24;

  /** Of the pictures of mistakes: the longer side, in pixels, at most. */
  private static final int THUMBNAIL = 128;

  /** The less confident mistake first, so that it is the one to go; the later of equal ones. */
  private static final Comparator<Wrong> LEAST =
      Comparator.comparingDouble(Wrong::confidence)
          .thenComparing(Comparator.comparingInt(Wrong::index).reversed());

  private record Wrong(int index, int predicted, double confidence) {}

  private final Dataset pictures;
  private final int classes;
  private final MetricsCounter metrics = new MetricsCounter();
  private final TreeMap<Long, Long> answers = new TreeMap<>(); // by label * classes + predicted
  private final PriorityQueue<Wrong> worst = new PriorityQueue<>(LEAST);
  private final long[] count = new long[BINS];
  private final long[] right = new long[BINS];
  private final double[] confidence = new double[BINS];

  Examination(Dataset pictures) {
    this.pictures = pictures;
    classes = pictures.classes().size();
  }

  /**
   * Examines a model by all pictures.
   *
   * @param weights a model file of ours
   * @param pictures of the classes that the model was trained on
   * @param batches how to load them, in order
   * @param progress told the number of pictures of each batch that is done
   * @throws io.github.cvt4j.InvalidInputException if the file or a picture cannot be read, or the
   *     model has other classes
   */
  static Findings of(Path weights, Dataset pictures, Loader.Config batches, IntConsumer progress) {
    LoadedModel model = ModelSource.of(weights).open();
    if (!model.labels().equals(pictures.classes())) {
      throw new InvalidInputException(
          weights + ": its classes are not those of the pictures it is to be judged by");
    }
    Examination examination = new Examination(pictures);
    Preprocess preprocess = model.preprocess();
    Loader loader = new Loader(pictures, Transform.evaluation(preprocess), batches);
    int height = preprocess.size().height();
    int width = preprocess.size().width();
    try (Network network = model.network();
        Epoch epoch = loader.epoch(0)) {
      while (epoch.hasNext()) {
        try (Scope scope = Scope.open();
            Batch batch = epoch.next()) {
          Tensor images = Tensors.of(batch.input(), batch.size(), 3, height, width);
          examination.add(Tensors.floats(network.logits(images)), batch.labels(), batch.indices());
          progress.accept(batch.size());
        }
      }
    }
    return examination.findings();
  }

  /**
   * Adds a batch.
   *
   * @param logits [labels.length, classes], row-major
   * @param indices of the pictures in the data set
   */
  void add(float[] logits, long[] labels, int[] indices) {
    metrics.add(logits, classes, labels);
    for (int i = 0; i < labels.length; i++) {
      int from = i * classes;
      int predicted = 0;
      for (int k = 1; k < classes; k++) {
        // Not a number stands behind everything; of equal ones the first counts.
        if (logits[from + k] > logits[from + predicted] || Float.isNaN(logits[from + predicted])) {
          predicted = k;
        }
      }
      double sum = 0;
      for (int k = 0; k < classes; k++) {
        sum += Math.exp(logits[from + k] - logits[from + predicted]);
      }
      add((int) labels[i], indices[i], predicted, 1 / sum);
    }
  }

  private void add(int label, int index, int predicted, double sure) {
    answers.merge((long) label * classes + predicted, 1L, Long::sum);
    if (Double.isNaN(sure)) {
      return;
    }
    int bin = (int) Math.min(BINS - 1, Math.ceil(sure * BINS) - 1); // (low, high], as Guo et al.
    count[bin]++;
    confidence[bin] += sure;
    if (predicted == label) {
      right[bin]++;
      return;
    }
    worst.add(new Wrong(index, predicted, sure));
    if (worst.size() > MISTAKES) {
      worst.remove();
    }
  }

  /**
   * The sum of it. Reads the pictures of the mistakes again.
   *
   * @throws IllegalStateException if nothing was added
   */
  Findings findings() {
    Metrics sum = metrics.metrics();
    List<Findings.Answer> cells = new ArrayList<>();
    answers.forEach(
        (cell, n) ->
            cells.add(new Findings.Answer((int) (cell / classes), (int) (cell % classes), n)));
    List<Findings.Mistake> mistakes =
        worst.stream().sorted(LEAST.reversed()).map(this::mistake).toList();
    return new Findings(
        pictures.classes(),
        sum.count(),
        sum.top1(),
        sum.top5(),
        sum.loss(),
        cells,
        calibration(),
        mistakes);
  }

  private Findings.Calibration calibration() {
    List<Findings.Bin> bins = new ArrayList<>();
    double error = 0;
    long all = 0;
    for (int b = 0; b < BINS; b++) {
      bins.add(
          new Findings.Bin(
              count[b],
              confidence[b] / count[b],
              count[b] == 0 ? Double.NaN : (double) right[b] / count[b]));
      error += Math.abs(right[b] - confidence[b]);
      all += count[b];
    }
    return new Findings.Calibration(error / all, bins);
  }

  private Findings.Mistake mistake(Wrong wrong) {
    return new Findings.Mistake(
        pictures.name(wrong.index()),
        pictures.label(wrong.index()),
        wrong.predicted(),
        wrong.confidence(),
        PngWriter.bytes(Thumbnail.of(pictures.image(wrong.index()), THUMBNAIL)));
  }
}
