package io.github.cvt4j.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.Golden;
import io.github.cvt4j.weights.DType;
import io.github.cvt4j.weights.HostTensor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateLayoutTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tiny/a_default",
        "tiny/b_rect",
        "tiny/c_meanpool",
        "tiny/d_avg",
        "tiny/e_four_stage",
        "tiny/f_gelu",
        "tiny/g_kv1",
        "tiny/h_two_stage",
        "tiny/j_linear",
        "hf/microsoft"
      })
  void namesAndShapesAreThoseOfTheReferencesStateDict(String model) {
    CvtSpec spec = Experiment.read(Golden.path(model + ".yaml")).spec();
    Map<String, String> expected = new TreeMap<>();
    for (Map.Entry<String, HostTensor> entry :
        Golden.read(model + ".weights.safetensors").tensors().entrySet()) {
      expected.put(entry.getKey(), entry.getValue().toString());
    }
    Map<String, String> actual = new TreeMap<>();
    StateLayout.of(spec)
        .forEach(
            (name, shape) -> {
              DType type = StateLayout.isCounter(name) ? DType.I64 : DType.F32;
              actual.put(name, type + List.of(boxed(shape)).toString());
            });
    assertThat(actual).isEqualTo(expected);
  }

  @Test
  void ordersEntriesAsTheReferenceDoes() {
    CvtSpec spec = Variants.get("cvt-13").spec();
    List<String> names = List.copyOf(StateLayout.of(spec).keySet());
    assertThat(names.subList(0, 6))
        .containsExactly(
            "stage0.patch_embed.proj.weight",
            "stage0.patch_embed.proj.bias",
            "stage0.patch_embed.norm.weight",
            "stage0.patch_embed.norm.bias",
            "stage0.blocks.0.norm1.weight",
            "stage0.blocks.0.norm1.bias");
    assertThat(names.indexOf("stage2.cls_token"))
        .isEqualTo(names.indexOf("stage2.patch_embed.proj.weight") - 1);
    assertThat(names.subList(names.size() - 4, names.size()))
        .containsExactly("norm.weight", "norm.bias", "head.weight", "head.bias");
  }

  @Test
  void positionEmbeddingsHaveTheGridOfTheSpecsOwnSize() {
    CvtSpec spec =
        Experiment.defaults()
            .with(
                List.of(
                    "MODEL.SPEC.POS_EMBED",
                    "[True, False, True]",
                    "TRAIN.IMAGE_SIZE",
                    "[320, 256]",
                    "MODEL.NUM_CLASSES",
                    "0"))
            .spec();
    Map<String, long[]> layout = StateLayout.of(spec);
    assertThat(layout.get("stage0.pos_embed")).containsExactly(1, 64, 64, 80);
    assertThat(layout.get("stage2.pos_embed")).containsExactly(1, 384, 16, 20);
    assertThat(layout).doesNotContainKeys("stage1.pos_embed", "head.weight", "head.bias");
  }

  private static Long[] boxed(long[] shape) {
    return java.util.Arrays.stream(shape).boxed().toArray(Long[]::new);
  }
}
