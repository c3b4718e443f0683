package io.github.cvt4j.app;

import io.github.cvt4j.eval.ClassMap;
import io.github.cvt4j.eval.EvalException;
import io.github.cvt4j.infer.LoadedModel;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Which classes a checkpoint's classifier begins with: its rows stand for the classes that the
 * checkpoint was trained on, in their order, which need not be the data's.
 */
final class StartingHead {

  private final boolean tunes;
  private final PrintWriter err;

  /**
   * @param tunes whether a head that does not fit may begin anew; otherwise only matching decides
   * @param err is told what was done
   */
  StartingHead(boolean tunes, PrintWriter err) {
    this.tunes = tunes;
    this.err = err;
  }

  /** The weights with a head for the data's classes, as far as it can be known. */
  LoadedModel fit(LoadedModel loaded, List<String> classes) {
    List<String> labels = loaded.labels();
    int known = loaded.spec().numClasses();
    if (classes.equals(labels)) {
      return loaded;
    }
    if (known != classes.size() && !(tunes && Set.copyOf(labels).containsAll(classes))) {
      return tunes
          ? anew(
              loaded,
              "the weights know %d classes and the data has %d".formatted(known, classes.size()))
          : loaded;
    }
    ClassMap map;
    try {
      map = ClassMap.of(classes, known, labels);
    } catch (EvalException e) {
      if (tunes) {
        return anew(loaded, "the data's classes are not those of the weights");
      }
      say(e.getMessage() + "; the head is kept as it is");
      return loaded;
    }
    say(map.note());
    int[] outputs = IntStream.range(0, map.size()).map(map::output).toArray();
    return Arrays.equals(outputs, IntStream.range(0, known).toArray())
        ? loaded
        : loaded.withClasses(classes, outputs);
  }

  private LoadedModel anew(LoadedModel loaded, String why) {
    say(why + ": the head begins anew, all else is kept");
    return loaded.withFreshHead();
  }

  private void say(String what) {
    if (!what.isEmpty()) {
      err.println("cvt: " + what);
    }
  }
}
