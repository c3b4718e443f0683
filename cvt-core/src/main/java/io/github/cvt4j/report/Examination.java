package io.github.cvt4j.report;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.data.Epoch;
import io.github.cvt4j.data.Loader;
import io.github.cvt4j.data.Transform;
import io.github.cvt4j.eval.ClassMap;
import io.github.cvt4j.eval.Evaluation;
import io.github.cvt4j.eval.EvaluationCounter;
import io.github.cvt4j.eval.Evaluator;
import io.github.cvt4j.eval.Mistake;
import io.github.cvt4j.image.PngWriter;
import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.ModelSource;
import io.github.cvt4j.infer.Network;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.IntConsumer;

/** Lets a model answer for all pictures of a data set. */
final class Examination {

  private static final int MISTAKES = 24;

  /** Of the pictures of mistakes: the longer side, in pixels, at most. */
  private static final int THUMBNAIL = 160;

  private Examination() {}

  /**
   * Examines a model.
   *
   * @param weights a model file of ours
   * @param pictures of the classes that the model was trained on
   * @param batches how to load them, in order
   * @param progress told the number of pictures of each batch that is done
   * @throws InvalidInputException if the file or a picture cannot be read, or the model has other
   *     classes
   */
  static Findings of(Path weights, Dataset pictures, Loader.Config batches, IntConsumer progress) {
    LoadedModel model = ModelSource.of(weights).open();
    if (!model.labels().equals(pictures.classes())) {
      throw new InvalidInputException(
          weights + ": its classes are not those of the pictures it is to be judged by");
    }
    Loader loader = new Loader(pictures, Transform.evaluation(model.preprocess()), batches);
    ClassMap inOrder = ClassMap.inOrder(pictures.classes().size());
    EvaluationCounter counter = new EvaluationCounter(inOrder, Optional.empty(), MISTAKES);
    try (Network network = model.network(Execution.FUSED);
        Epoch epoch = loader.epoch(0)) {
      Evaluator.run(
          network::logits,
          epoch,
          model.preprocess().size(),
          (logits, outputs, batch) -> {
            counter.add(logits, outputs, batch.labels(), batch.indices());
            progress.accept(batch.size());
          });
    }
    return findings(counter.evaluation(), pictures);
  }

  /** Adds the pictures of the mistakes, which are read again. */
  static Findings findings(Evaluation evaluation, Dataset pictures) {
    return new Findings(
        pictures.classes(),
        evaluation,
        evaluation.mistakes().stream().map(mistake -> shown(mistake, pictures)).toList());
  }

  private static Findings.Shown shown(Mistake mistake, Dataset pictures) {
    return new Findings.Shown(
        mistake,
        pictures.name(mistake.index()),
        PngWriter.bytes(Thumbnail.of(pictures.image(mistake.index()), THUMBNAIL)));
  }
}
