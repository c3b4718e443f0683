package io.github.cvt4j.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VariantsTest {

  @Test
  void everyVariantIsEvaluatedAsThePublishedModelsOfItsSizeAre() {
    for (Variants.Variant variant : Variants.all()) {
      assertThat(variant.preprocess())
          .as(variant.name())
          .isEqualTo(Preprocess.standard(variant.spec().imageSize()));
      assertThat(variant.about()).as(variant.name()).isNotBlank().doesNotContain("\n");
    }
    assertThat(Variants.names())
        .contains("cvt-13", "cvt-13-384", "cvt-21", "cvt-21-384", "cvt-w24", "cvt-w24-224");
  }

  @ParameterizedTest
  @CsvSource({
    "cvt-tiny-32, 0.4, 1, 10, 25",
    "cvt-small-32, 1, 3, 40, 65",
    "cvt-13-32, 19, 21, 250, 400"
  })
  void smallVariantsHaveGridsOf16And8And4AndCostWhatTheyClaim(
      String name, double leastMillions, double mostMillions, long leastMacs, long mostMacs) {
    CvtSpec spec = Variants.get(name).spec();
    Complexity complexity = Complexity.of(spec, spec.imageSize());
    assertThat(spec.grids(Size.square(32)))
        .containsExactly(Size.square(16), Size.square(8), Size.square(4));
    assertThat(complexity.parameters() / 1e6).isBetween(leastMillions, mostMillions);
    assertThat(complexity.macs() / 1_000_000).isBetween(leastMacs, mostMacs);
    assertThat(spec.numClasses()).isEqualTo(10);
  }

  @Test
  void unknownVariantsSuggestTheNearest() {
    assertThatThrownBy(() -> Variants.get("cvt-12"))
        .isInstanceOf(SpecException.class)
        .hasMessage("unknown variant 'cvt-12'; did you mean cvt-13?");
  }

  @Test
  void nearestNamesIgnoreCaseAndGiveUpOnOtherThings() {
    List<String> known = List.of("train", "validate", "predict");
    assertThat(Nearest.of("TRIAN", known)).contains("train");
    assertThat(Nearest.likely("predcit", known)).contains("predict");
    assertThat(Nearest.likely("xyz", known)).isEmpty();
    assertThat(Nearest.of("x".repeat(1_000), known)).isEmpty();
    assertThat(Nearest.of("x", List.of())).isEqualTo(Optional.empty());
  }
}
