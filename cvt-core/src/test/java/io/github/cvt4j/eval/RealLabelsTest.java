package io.github.cvt4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.image.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RealLabelsTest {

  @TempDir Path folder;

  /** Pictures called as ImageNet's, or by what is given. */
  private static Dataset named(String... names) {
    return new Dataset() {
      @Override
      public int size() {
        return names.length;
      }

      @Override
      public List<String> classes() {
        return IntStream.range(0, 8).mapToObj(i -> "class" + i).toList();
      }

      @Override
      public int label(int index) {
        return 0;
      }

      @Override
      public RgbImage image(int index) {
        throw new UnsupportedOperationException("not asked for");
      }

      @Override
      public String name(int index) {
        return names[index];
      }
    };
  }

  private RealLabels read(String json, String... names) throws IOException {
    Path file = Files.writeString(folder.resolve("real.json"), json);
    return RealLabels.read(file, named(names), 8);
  }

  @Test
  void picturesAreFoundByFileNameAndThoseWithoutLabelsLeftOut() throws IOException {
    RealLabels real =
        read(
            "[[3, 5], [], [7], [0]]",
            "val/n01/ILSVRC2012_val_00000003.JPEG",
            "C:\\val\\ILSVRC2012_val_00000002.JPEG",
            "ILSVRC2012_val_00000001.jpeg");
    EvaluationCounter counter = new EvaluationCounter(ClassMap.inOrder(8), Optional.of(real), 0);
    // The first says 7, 0, ..., the second anything, the third 1, 2, 3, 4, 0, 5, ...
    float[] logits = {
      7, 6, 5, 4, 3, 2, 1, 8, //
      8, 7, 6, 5, 4, 3, 2, 1, //
      4, 8, 7, 6, 5, 3, 2, 1
    };
    counter.add(logits, 8, new long[] {0, 0, 0}, new int[] {0, 1, 2});
    RealMetrics metrics = counter.evaluation().real().orElseThrow();
    assertThat(metrics.count()).isEqualTo(2);
    assertThat(metrics.top1()).isEqualTo(0.5);
    assertThat(metrics.top5()).isEqualTo(1);
    assertThat(counter.evaluation().metrics().top1()).isEqualTo(1 / 3.0);
  }

  @Test
  void labelsAreOutputsOfTheModelWhateverTheOrderOfTheData() throws IOException {
    RealLabels real = read("[[5]]", "ILSVRC2012_val_00000001.JPEG");
    ClassMap map = ClassMap.of(List.of("5", "2"), 8, List.of());
    EvaluationCounter counter = new EvaluationCounter(map, Optional.of(real), 0);
    counter.add(new float[] {9, 0, 0, 0, 0, 1, 0, 0}, 8, new long[] {1}, new int[] {0});
    assertThat(counter.evaluation().real().orElseThrow().top1()).isEqualTo(1);
  }

  @Test
  void otherPicturesAndFilesAreRefused() {
    refused("[[1]]", "cat.jpg", "cat.jpg: not one of the 1 pictures");
    refused("[[1]]", "ILSVRC2012_val_00000002.JPEG", "not one of the 1 pictures");
    refused("[[1]]", "ILSVRC2012_val_00000000.JPEG", "not one of the 1 pictures");
    refused("[[8]]", "ILSVRC2012_val_00000001.JPEG", "entry 0 has class 8, expected 0 to 7");
    refused("[[-1]]", "ILSVRC2012_val_00000001.JPEG", "entry 0 has class -1");
    for (String json :
        List.of(
            "{}",
            "[1]",
            "[null]",
            "null",
            "[[1]",
            "[[\"a\"]]",
            "",
            "[[1.5]]",
            "[[\"1\"]]",
            "[[null]]",
            "[[1]] x")) {
      refused(json, "ILSVRC2012_val_00000001.JPEG", "real.json: expected a JSON list with a list");
    }
    assertThatThrownBy(() -> RealLabels.read(folder.resolve("no.json"), named(), 8))
        .isInstanceOf(EvalException.class)
        .hasMessageContaining("no.json: cannot be read");
  }

  private void refused(String json, String name, String message) {
    assertThatThrownBy(() -> read(json, name))
        .as(json)
        .isInstanceOf(EvalException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }
}
