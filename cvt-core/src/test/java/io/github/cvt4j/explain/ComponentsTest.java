package io.github.cvt4j.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import org.junit.jupiter.api.Test;

class ComponentsTest {

  /** Four tokens that differ by 8 along one direction, by 2 along another, and by nothing else. */
  @Test
  void strongerDirectionsComeFirstAndTheSignIsTheLargestChannels() {
    float[] tokens = {
      5 + 4,
      7 - 3,
      1, //
      5 - 4,
      7 + 3,
      1, //
      5 + 1,
      7 + 4f / 3,
      1, //
      5 - 1,
      7 - 4f / 3,
      1
    };
    try (Scope scope = Scope.open()) {
      float[] colours = Components.of(Tensors.of(tokens, 4, 3));
      double[] expected = {
        1, 0.5, 0.5, //
        0, 0.5, 0.5, //
        0.5, 1, 0.5, //
        0.5, 0, 0.5
      };
      for (int i = 0; i < expected.length; i++) {
        assertThat((double) colours[i]).as("value %d", i).isCloseTo(expected[i], within(1e-5));
      }
    }
  }

  @Test
  void tokensThatAreAllTheSameAreGray() {
    try (Scope scope = Scope.open()) {
      assertThat(Components.of(Tensors.full(3, 5, 2))).containsOnly(0.5f).hasSize(15);
    }
  }

  @Test
  void aSingleTokenIsGray() {
    try (Scope scope = Scope.open()) {
      assertThat(Components.of(Tensors.full(3, 1, 7))).containsOnly(0.5f).hasSize(3);
    }
  }
}
