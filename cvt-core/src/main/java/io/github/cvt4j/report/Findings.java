package io.github.cvt4j.report;

import io.github.cvt4j.eval.Confusion;
import io.github.cvt4j.eval.Evaluation;
import io.github.cvt4j.eval.Mistake;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * What a report shows of a model's answers to labelled pictures.
 *
 * @param classes names; labels are indices into this list
 * @param evaluation all figures
 * @param mistakes the evaluation's, with their pictures
 */
record Findings(List<String> classes, Evaluation evaluation, List<Shown> mistakes) {

  Findings {
    classes = List.copyOf(classes);
    mistakes = List.copyOf(mistakes);
    if (evaluation.confusion().classes() != classes.size()) {
      throw new IllegalArgumentException(
          "%d names for %d classes".formatted(classes.size(), evaluation.confusion().classes()));
    }
  }

  /**
   * A mistake to look at.
   *
   * @param name of the picture
   * @param png a small picture as a PNG file
   */
  @SuppressWarnings("ArrayRecordComponent") // a file's content; equality is not asked
  record Shown(Mistake mistake, String name, byte[] png) {}

  /**
   * A cell of the confusion matrix.
   *
   * @param label the pictures' class
   * @param predicted what they were taken for
   * @param count how many
   */
  record Answer(int label, int predicted, long count) {}

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
      return (double) right / count;
    }
  }

  /** The cells that occur, by label and then by what was predicted. */
  List<Answer> answers() {
    int size = classes.size();
    return evaluation.confusion().cells().entrySet().stream()
        .map(
            cell ->
                new Answer(
                    (int) (cell.getKey() / size), (int) (cell.getKey() % size), cell.getValue()))
        .toList();
  }

  /** All classes, in the order of their labels. */
  List<PerClass> perClass() {
    long[] most = new long[classes.size()];
    int[] takenFor = new int[classes.size()];
    Arrays.fill(takenFor, -1);
    for (Answer answer : answers()) {
      int label = answer.label();
      if (answer.predicted() != label && answer.count() > most[label]) {
        most[label] = answer.count();
        takenFor[label] = answer.predicted();
      }
    }
    Confusion confusion = evaluation.confusion();
    List<PerClass> rows = new ArrayList<>();
    for (int k = 0; k < classes.size(); k++) {
      rows.add(new PerClass(k, confusion.total(k), confusion.count(k, k), takenFor[k]));
    }
    return rows;
  }

  /** Cells off the diagonal, most frequent first. */
  List<Answer> confusions() {
    return answers().stream()
        .filter(answer -> answer.label() != answer.predicted())
        .sorted(
            Comparator.comparingLong(Answer::count)
                .reversed()
                .thenComparing(Answer::label)
                .thenComparing(Answer::predicted))
        .toList();
  }

  /** Share of its class's pictures that a cell has, 0 to 1. */
  double share(Answer answer) {
    return (double) answer.count() / evaluation.confusion().total(answer.label());
  }
}
