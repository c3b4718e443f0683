package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Variants;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SettingsTest {

  private sealed interface Shape {}

  private record Circle(double radius) implements Shape {}

  private record Drawing(
      Shape first, List<Shape> others, Optional<Circle> frame, List<Integer> at) {}

  @Test
  void valuesStandUnderTheirPaths() {
    Drawing drawing =
        new Drawing(new Circle(1), List.of(new Circle(2)), Optional.empty(), List.of(3, 4));
    assertThat(Settings.of(drawing))
        .containsExactly(
            Map.entry("first", "Circle"),
            Map.entry("first.radius", "1.0"),
            Map.entry("others.size", "1"),
            Map.entry("others.0", "Circle"),
            Map.entry("others.0.radius", "2.0"),
            Map.entry("frame", "not set"),
            Map.entry("at", "[3, 4]"));
  }

  /** What is read twice must look the same, or no run could be resumed. */
  @Test
  void theSameExperimentGivesTheSameSettings() {
    List<String> everything =
        List.of(
            "AUG.TIMM_AUG.USE_LOADER", "True",
            "AUG.TIMM_AUG.AUTO_AUGMENT", "rand-m9-mstd0.5-inc1",
            "AUG.TIMM_AUG.RE_PROB", "0.25",
            "AUG.MIXUP", "0.8",
            "AUG.MIXCUT", "1.0",
            "TRAIN.OPTIMIZER", "adamW",
            "TRAIN.WITHOUT_WD_LIST", "['bn','bias','ln']");
    Map<String, String> settings =
        TrainConfig.of(Variants.experiment("cvt-13").with(everything)).settings();
    assertThat(TrainConfig.of(Variants.experiment("cvt-13").with(everything)).settings())
        .isEqualTo(settings);
    assertThat(settings.values()).noneMatch(value -> value.matches(".*[A-Za-z]@[0-9a-f]{4,}.*"));
    assertThat(settings).containsEntry("optimizer.rules.weightDecay", "1.0E-4");
    assertThat(TrainConfig.of(Experiment.defaults()).settings().keySet())
        .as("what does not change results may change")
        .noneMatch(path -> path.contains("workers") || path.startsWith("safeguards"));
  }
}
