package io.github.cvt4j.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import io.github.cvt4j.spec.Activation;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.DropRates;
import io.github.cvt4j.spec.Init;
import io.github.cvt4j.spec.Patch;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Projection;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.StageSpec;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {

  private static final Provenance PROVENANCE =
      new Provenance(
          "cvt4j 0.1.0",
          "2026-11-21T04:00:00Z",
          "shapes",
          "TRAIN:\n  END_EPOCH: 3\n",
          Map.of("top1", 0.93, "loss", Double.NaN));

  @TempDir Path folder;

  private final StateDict weights =
      new StateDict(Map.of("head.bias", HostTensor.of(new float[] {1, 2}, 2)));

  private static CvtSpec spec(int classes) {
    StageSpec stage =
        new StageSpec(
            new Patch(3, 2, 1),
            8,
            2,
            1,
            4.0,
            true,
            false,
            false,
            Projection.SQUEEZED,
            DropRates.path(0.1));
    return new CvtSpec(
        List.of(stage), classes, 3, Activation.QUICK_GELU, Init.TRUNC_NORM, new Size(32, 48));
  }

  private ModelFile model(List<String> labels) {
    return new ModelFile(
        spec(2), Preprocess.standard(Size.square(32)), labels, PROVENANCE, weights);
  }

  @Test
  void writesAndReadsEverything() {
    Path path = folder.resolve("model.safetensors");
    model(List.of("cat", "dög\n\"x\"")).write(path);
    ModelFile read = ModelFile.read(path);
    assertThat(read.spec()).isEqualTo(spec(2));
    assertThat(read.preprocess()).isEqualTo(Preprocess.standard(Size.square(32)));
    assertThat(read.labels()).containsExactly("cat", "dög\n\"x\"");
    assertThat(read.provenance()).isEqualTo(PROVENANCE);
    assertThat(read.weights().get("head.bias").toFloats()).containsExactly(1, 2);
    assertThat(ModelFile.of(Checkpoints.read(path))).isPresent();
  }

  @Test
  void needsNoLabels() {
    Path path = folder.resolve("model.safetensors");
    model(List.of()).write(path);
    assertThat(ModelFile.read(path).labels()).isEmpty();
  }

  @Test
  void refusesLabelsThatDoNotMatchTheClasses() {
    assertThatThrownBy(() -> model(List.of("one")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("1 labels for 2 classes");
  }

  @Test
  void tellsOtherFilesApart() {
    Path other = Golden.path("tiny/a_default.weights.safetensors");
    assertThat(ModelFile.of(Safetensors.read(other))).isEmpty();
    assertThatThrownBy(() -> ModelFile.read(other))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("says nothing of its model");
  }

  @Test
  void refusesDamagedDescriptions() {
    Path path = folder.resolve("model.safetensors");
    model(List.of()).write(path);
    StateDict state = Safetensors.read(path);
    Map<String, String> changes =
        Map.of(
            "cvt4j.format", "2",
            "cvt4j.spec", "{}",
            "cvt4j.preprocess", "null",
            "cvt4j.labels", "[1]",
            "cvt4j.provenance", "[]");
    changes.forEach(
        (key, value) -> {
          Map<String, String> metadata = new HashMap<>(state.metadata());
          metadata.put(key, value);
          assertThatThrownBy(() -> ModelFile.of(state.withMetadata(metadata)))
              .as(key)
              .isInstanceOf(CheckpointException.class);
          if (!key.equals("cvt4j.format")) {
            metadata.remove(key);
            assertThatThrownBy(() -> ModelFile.of(state.withMetadata(metadata)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(key);
          }
        });
  }
}
