package io.github.cvt4j.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KeyMapTest {

  @Test
  void huggingFaceNamesAreTheReferencesAndComeBackUnchanged() {
    StateDict microsoft = Golden.read("hf/microsoft.weights.safetensors");
    StateDict hf = Golden.read("hf/model.safetensors");
    assertThat(KeyMap.naming(hf)).contains(Naming.HUGGING_FACE);
    StateDict translated = KeyMap.toMicrosoft(hf);
    for (Map<String, String> row : Golden.csv("hf/key_map.csv")) {
      String name = row.get("microsoft");
      same(name, translated.get(name), hf.get(row.get("huggingface")));
      same(name, translated.get(name), microsoft.get(name));
    }
    assertThat(translated.names()).isEqualTo(microsoft.names());
    StateDict back = KeyMap.toHuggingFace(translated);
    assertThat(back.names()).isEqualTo(hf.names());
    back.tensors().forEach((name, tensor) -> same(name, tensor, hf.get(name)));
  }

  @Test
  void aHeadlessHuggingFaceModelHasNoPrefix() {
    Map<String, HostTensor> bare = new LinkedHashMap<>();
    Golden.read("hf/model.safetensors")
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith("cvt.")) {
                bare.put(name.substring(4), tensor);
              }
            });
    assertThat(KeyMap.toMicrosoft(new StateDict(bare)).names())
        .contains("stage2.cls_token", "stage0.blocks.0.attn.conv_proj_q.bn.running_mean")
        .allMatch(name -> name.startsWith("stage"));
  }

  @Test
  void wrappersPrefixesAreTakenOff() {
    StateDict plain = Golden.read("tiny/a_default.weights.safetensors");
    Map<String, HostTensor> wrapped = new LinkedHashMap<>();
    plain.tensors().forEach((name, tensor) -> wrapped.put("module._orig_mod." + name, tensor));
    assertThat(KeyMap.toMicrosoft(new StateDict(wrapped)).names()).isEqualTo(plain.names());
  }

  @Test
  void paddlesNamesAreTranslatedAndLinearWeightsTransposed() {
    StateDict plain = Golden.read("tiny/a_default.weights.safetensors");
    Map<String, HostTensor> passl = new LinkedHashMap<>();
    Map<String, HostTensor> paddleClas = new LinkedHashMap<>();
    for (Map<String, String> row : Golden.csv("ckpt/passl_key_map.csv")) {
      HostTensor tensor = plain.get(row.get("microsoft"));
      HostTensor stored = row.get("transposed").equals("1") ? transposed(tensor) : tensor;
      passl.put(row.get("passl"), stored);
      paddleClas.put(
          row.get("microsoft").replace("running_mean", "_mean").replace("running_var", "_variance"),
          stored);
    }
    for (Map<String, HostTensor> tensors : java.util.List.of(passl, paddleClas)) {
      StateDict translated = KeyMap.toMicrosoft(new StateDict(tensors));
      assertThat(translated.names()).containsExactlyInAnyOrderElementsOf(plain.names());
      translated
          .tensors()
          .forEach(
              (name, tensor) -> {
                if (!name.endsWith("num_batches_tracked")) {
                  same(name, tensor, plain.get(name));
                }
              });
    }
  }

  @Test
  void anotherModelsNamesAreRefused() {
    StateDict other = new StateDict(Map.of("conv1.weight", HostTensor.of(new float[1], 1)));
    assertThat(KeyMap.naming(other)).isEmpty();
    assertThatThrownBy(() -> KeyMap.toMicrosoft(other))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("conv1.weight");
  }

  private static void same(String name, HostTensor actual, HostTensor expected) {
    assertThat(actual.dtype()).as(name).isEqualTo(expected.dtype());
    assertThat(actual.shape()).as(name).isEqualTo(expected.shape());
    assertThat(actual.data()).as(name).isEqualTo(expected.data());
  }

  private static HostTensor transposed(HostTensor tensor) {
    int rows = (int) tensor.shape()[0];
    int columns = (int) tensor.shape()[1];
    float[] values = tensor.toFloats();
    float[] turned = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      turned[i % columns * rows + i / columns] = values[i];
    }
    return HostTensor.of(turned, columns, rows);
  }
}
