package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.spec.SpecException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** On a model of two stages, with one block and with two. */
class ParameterRulesTest {

  private static List<ParameterGroup> groups(double layerDecay, Frozen frozen) {
    try (Cvt model = new Cvt(Tiny.small(3), 1)) {
      return new ParameterRules(0.05, ParameterGroup.PUBLISHED, layerDecay, frozen)
          .groups(model.parameters());
    }
  }

  private static double scale(List<ParameterGroup> groups, String name) {
    return groups.stream()
        .filter(group -> group.names().contains(name))
        .findFirst()
        .orElseThrow()
        .rateScale();
  }

  private static Set<String> names(List<ParameterGroup> groups) {
    Set<String> names = new LinkedHashSet<>();
    groups.forEach(group -> names.addAll(group.names()));
    return names;
  }

  @Test
  void ratesFallFromTheHeadToTheFirstEmbedding() {
    List<ParameterGroup> groups = groups(0.5, Frozen.NONE);
    Map<String, Integer> layers =
        Map.ofEntries(
            Map.entry("stage0.patch_embed.proj.weight", 0),
            Map.entry("stage0.patch_embed.norm.bias", 0),
            Map.entry("stage0.blocks.0.attn.conv_proj_q.bn.weight", 1),
            Map.entry("stage0.blocks.0.mlp.fc2.weight", 1),
            Map.entry("stage1.cls_token", 2),
            Map.entry("stage1.patch_embed.proj.weight", 2),
            Map.entry("stage1.blocks.0.norm1.weight", 2),
            Map.entry("stage1.blocks.1.attn.proj.weight", 3),
            Map.entry("norm.weight", 4),
            Map.entry("head.weight", 4),
            Map.entry("head.bias", 4));
    layers.forEach(
        (name, layer) ->
            assertThat(scale(groups, name))
                .as(name)
                .isCloseTo(Math.pow(0.5, 4 - layer), offset(1e-15)));
    assertThat(groups).as("five layers, with and without decay").hasSize(10);
  }

  @Test
  void eachParameterIsInOneGroup() {
    List<ParameterGroup> groups = groups(0.75, Frozen.NONE);
    assertThat(groups.stream().mapToInt(group -> group.names().size()).sum())
        .isEqualTo(names(groups).size());
    assertThat(new TreeSet<>(names(groups)))
        .isEqualTo(new TreeSet<>(names(groups(1, Frozen.NONE))));
  }

  @Test
  void frozenLayersAreInNoGroup() {
    Set<String> all = names(groups(1, Frozen.NONE));
    Frozen frozen = new Frozen(List.of("stage0", "stage1.blocks.1.mlp.fc*", "*.cls_token"), false);
    Set<String> rest = names(groups(1, frozen));
    all.removeAll(rest);
    assertThat(all)
        .contains("stage0.patch_embed.proj.weight", "stage1.cls_token")
        .contains("stage1.blocks.1.mlp.fc1.weight", "stage1.blocks.1.mlp.fc2.bias")
        .allMatch(name -> name.matches("stage0\\..*|stage1\\.(blocks\\.1\\.mlp\\.fc.*|cls_token)"));
  }

  @Test
  void theHeadAlone() {
    assertThat(names(groups(1, Frozen.ALL_BUT_HEAD))).containsExactly("head.weight", "head.bias");
  }

  @Test
  void refusesToFreezeWhatIsNotThereOrEverything() {
    assertThatThrownBy(() -> groups(1, new Frozen(List.of("stage0", "stage01"), false)))
        .isInstanceOf(SpecException.class)
        .hasMessage(
            "frozen layer 'stage01': expected a part of the model, such as stage0.blocks.0");
    assertThatThrownBy(() -> groups(1, new Frozen(List.of("head"), true)))
        .isInstanceOf(SpecException.class)
        .hasMessage("all parameters are frozen: expected some that are trained");
  }
}
