package io.github.cvt4j.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cvt4j.Golden;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.spec.Activation;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.spec.Variants;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.CheckpointException;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.ModelFile;
import io.github.cvt4j.weights.Provenance;
import io.github.cvt4j.weights.Safetensors;
import io.github.cvt4j.weights.StateDict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelSourceTest {

  private static final List<String> LABELS =
      IntStream.range(0, 10).mapToObj(i -> "class " + i).toList();

  @TempDir Path folder;

  @Test
  void aCheckpointOfOursNeedsNothingElse() {
    Path file = folder.resolve("model.safetensors");
    float[] logits;
    RgbImage picture = new RgbImage(5, 7, new byte[5 * 7 * 3]);
    CvtSpec spec = Variants.get("cvt-tiny-32").spec();
    Preprocess preprocess = Preprocess.standard(Size.square(32));
    try (Cvt model = new Cvt(spec, 3)) {
      Provenance provenance =
          new Provenance("test", "2026-01-01T00:00:00Z", "none", "", Map.of("top1", 0.5));
      new ModelFile(spec, preprocess, LABELS, provenance, model.stateDict()).write(file);
      try (Scope scope = Scope.open()) {
        logits =
            Tensors.floats(
                new EagerNetwork(model)
                    .logits(
                        Tensors.of(
                            new io.github.cvt4j.image.Preprocessor(preprocess).apply(picture),
                            1,
                            3,
                            32,
                            32)));
      }
    }
    LoadedModel loaded = ModelSource.of(file).open();
    assertThat(loaded.spec()).isEqualTo(spec);
    assertThat(loaded.provenance().metrics()).containsEntry("top1", 0.5);
    try (Classifier classifier = ModelSource.of(file).open().classifier(Execution.EAGER)) {
      assertThat(classifier.logits(List.of(picture))).isEqualTo(logits);
      List<Prediction> all = classifier.classify(picture, 20);
      assertThat(all).hasSize(10);
      assertThat(all.get(0).probability()).isGreaterThanOrEqualTo(all.get(9).probability());
      assertThat(all.stream().mapToDouble(Prediction::probability).sum())
          .isCloseTo(1, within(1e-9));
      assertThat(all.get(0).label()).isEqualTo("class " + all.get(0).index());
    }
  }

  @Test
  void aConfigBesideTheWeightsSaysTheirShape() {
    LoadedModel loaded = ModelSource.of(Golden.path("hf/pytorch_model.bin")).open();
    assertThat(loaded.spec().activation()).isEqualTo(Activation.GELU);
    assertThat(loaded.spec().imageSize()).isEqualTo(Size.square(64));
    StateDict golden = Golden.read("hf/golden.safetensors");
    try (Network network = loaded.network(Execution.EAGER);
        Scope scope = Scope.open()) {
      float[] actual = Tensors.floats(network.logits(Tensors.of(golden.get("input"))));
      float[] expected = golden.get("logits").toFloats();
      for (int i = 0; i < expected.length; i++) {
        assertThat(actual[i]).isCloseTo(expected[i], within(2e-5f));
      }
    }
  }

  @Test
  void weightsThatDoNotSayTheirShapeAskForIt() throws Exception {
    Path bare = folder.resolve("bare.safetensors");
    Files.copy(Golden.path("tiny/a_default.weights.safetensors"), bare);
    assertThatThrownBy(() -> ModelSource.of(bare).open())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("does not say which model it is");
    assertThatThrownBy(
            () -> new ModelSource(Optional.empty(), List.of(), Optional.empty(), List.of(), 0))
        .isInstanceOf(SpecException.class);
  }

  @Test
  void anotherClassCountMustBeAllowed() {
    LoadedModel loaded =
        new ModelSource(
                Optional.of(Golden.path("tiny/a_default.yaml").toString()),
                List.of("MODEL.NUM_CLASSES", "3"),
                Optional.of(Golden.path("tiny/a_default.weights.safetensors").toString()),
                List.of(),
                0)
            .open();
    assertThatThrownBy(loaded::build)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("- head.weight float[3, 28]")
        .hasMessageContaining("+ head.weight F32[10, 28]");
    LoadedModel allowed =
        new LoadedModel(
            loaded.experiment(),
            loaded.spec(),
            loaded.preprocess(),
            loaded.labels(),
            loaded.provenance(),
            loaded.weights(),
            List.of("head.*"),
            0);
    try (Cvt model = allowed.build()) {
      assertThat(model.stateDict().get("norm.weight").data())
          .isEqualTo(Golden.read("tiny/a_default.weights.safetensors").get("norm.weight").data());
    }
  }

  @Test
  void positionEmbeddingsMoveToAnotherGrid() {
    List<String> with = List.of("MODEL.SPEC.POS_EMBED", "[True, False, False]");
    LoadedModel small =
        new ModelSource(Optional.of("cvt-tiny-32"), with, Optional.empty(), List.of(), 0).open();
    Path file = folder.resolve("small.safetensors");
    try (Cvt model = small.build()) {
      float[] ones = new float[32 * 16 * 16];
      java.util.Arrays.fill(ones, 0.25f);
      model.assign(Map.of("stage0.pos_embed", HostTensor.of(ones, 1, 32, 16, 16)));
      Safetensors.write(file, model.stateDict());
    }
    List<String> larger =
        List.of("MODEL.SPEC.POS_EMBED", "[True, False, False]", "TRAIN.IMAGE_SIZE", "[48, 64]");
    LoadedModel large =
        new ModelSource(
                Optional.of("cvt-tiny-32"), larger, Optional.of(file.toString()), List.of(), 0)
            .open();
    HostTensor moved = large.matched().get("stage0.pos_embed");
    assertThat(moved.shape()).containsExactly(1, 32, 32, 24); // IMAGE_SIZE is width, height
    for (float value : moved.toFloats()) {
      assertThat(value).isCloseTo(0.25f, within(1e-6f));
    }
  }
}
