package io.github.cvt4j.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * What a report shows of a model's answers to labelled pictures.
 *
 * @param classes names; labels are indices into this list
 * @param count pictures
 * @param top1 share of pictures whose class came first, 0 to 1
 * @param top5 share whose class was among the first five
 * @param loss mean cross-entropy in nats
 * @param answers how often each class was taken for which; only what happened
 * @param calibration confidence against accuracy
 * @param mistakes the most confident ones, worst first
 */
record Findings(
    List<String> classes,
    long count,
    double top1,
    double top5,
    double loss,
    List<Answer> answers,
    Calibration calibration,
    List<Mistake> mistakes) {

  Findings {
    classes = List.copyOf(classes);
    answers = List.copyOf(answers);
    mistakes = List.copyOf(mistakes);
    for (Answer answer : answers) {
      requireClass(answer.label(), classes);
      requireClass(answer.predicted(), classes);
    }
    for (Mistake mistake : mistakes) {
      requireClass(mistake.label(), classes);
      requireClass(mistake.predicted(), classes);
    }
  }

  private static void requireClass(int label, List<String> classes) {
    if (label < 0 || label >= classes.size()) {
      throw new IllegalArgumentException(
          "label %d: expected 0 to %d".formatted(label, classes.size() - 1));
    }
  }

  /**
   * A cell of the confusion matrix.
   *
   * @param label the pictures' class
   * @param predicted what they were taken for
   * @param count how many
   */
  record Answer(int label, int predicted, long count) {}

  /**
   * How far confidence can be believed (Guo et al. 2017, "On Calibration of Modern Neural
   * Networks").
   *
   * @param error expected calibration error: mean distance of accuracy from confidence, weighted by
   *     the bins' pictures, 0 to 1
   * @param bins of equal width over confidences 0 to 1
   */
  record Calibration(double error, List<Bin> bins) {

    Calibration {
      bins = List.copyOf(bins);
    }
  }

  /**
   * Pictures of similar confidence.
   *
   * @param count pictures
   * @param confidence their mean; NaN of none
   * @param accuracy share of them that are right; NaN of none
   */
  record Bin(long count, double confidence, double accuracy) {}

  /**
   * A picture that was taken for something else.
   *
   * @param name of the picture
   * @param label its class
   * @param predicted what it was taken for
   * @param confidence in that, 0 to 1
   * @param png a small picture as a PNG file
   */
  @SuppressWarnings("ArrayRecordComponent") // a file's content; equality is not asked
  record Mistake(String name, int label, int predicted, double confidence, byte[] png) {}

  /**
   * A class's row.
   *
   * @param label of the class
   * @param count its pictures
   * @param right those recognised
   * @param takenFor the label that most of the others got; -1 if there are none
   */
  record PerClass(int label, long count, long right, int takenFor) {

    /** NaN of a class without pictures. */
    double accuracy() {
      return count == 0 ? Double.NaN : (double) right / count;
    }
  }

  /** All classes, in the order of their labels. */
  List<PerClass> perClass() {
    int size = classes.size();
    long[] count = new long[size];
    long[] right = new long[size];
    long[] most = new long[size];
    int[] takenFor = new int[size];
    Arrays.fill(takenFor, -1);
    for (Answer answer : answers) {
      int label = answer.label();
      count[label] += answer.count();
      if (answer.predicted() == label) {
        right[label] += answer.count();
      } else if (answer.count() > most[label]) {
        most[label] = answer.count();
        takenFor[label] = answer.predicted();
      }
    }
    List<PerClass> rows = new ArrayList<>();
    for (int k = 0; k < size; k++) {
      rows.add(new PerClass(k, count[k], right[k], takenFor[k]));
    }
    return rows;
  }

  /** Cells off the diagonal, most frequent first. */
  List<Answer> confusions() {
    return answers.stream()
        .filter(answer -> answer.label() != answer.predicted())
        .sorted(
            Comparator.comparingLong(Answer::count)
                .reversed()
                .thenComparing(Answer::label)
                .thenComparing(Answer::predicted))
        .toList();
  }

  /** Share of each class's pictures taken for each class, [label][predicted]; for few classes. */
  double[][] shares() {
    double[][] shares = new double[classes.size()][classes.size()];
    List<PerClass> rows = perClass();
    for (Answer answer : answers) {
      shares[answer.label()][answer.predicted()] =
          (double) answer.count() / rows.get(answer.label()).count();
    }
    return shares;
  }
}
