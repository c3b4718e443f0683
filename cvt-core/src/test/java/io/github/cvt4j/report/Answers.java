package io.github.cvt4j.report;

import io.github.cvt4j.eval.ClassMap;
import io.github.cvt4j.eval.Evaluation;
import io.github.cvt4j.eval.EvaluationCounter;
import java.util.Optional;

/** Evaluations of made-up answers. */
final class Answers {

  private final int classes;
  private final EvaluationCounter counter;
  private int index;

  Answers(int classes) {
    this.classes = classes;
    counter = new EvaluationCounter(ClassMap.inOrder(classes), Optional.empty(), 24);
  }

  /** The next pictures are all of one class, and taken for one with a given probability. */
  Answers add(int label, int predicted, double probability, int pictures) {
    float[] logits = new float[classes];
    logits[predicted] = (float) Math.log((classes - 1) * probability / (1 - probability));
    for (int i = 0; i < pictures; i++) {
      counter.add(logits, classes, new long[] {label}, new int[] {index++});
    }
    return this;
  }

  Evaluation evaluation() {
    return counter.evaluation();
  }
}
