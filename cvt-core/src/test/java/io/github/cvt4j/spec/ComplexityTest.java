package io.github.cvt4j.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

class ComplexityTest {

  @Test
  void multiplyAddsOfThePublishedModelsAreExact() {
    Map<String, String> expected = new TreeMap<>();
    Map<String, String> actual = new TreeMap<>();
    for (Map<String, String> row : Golden.csv("facts/macs.csv")) {
      Size size = new Size(number(row, "height"), number(row, "width"));
      Map<String, String> figures = figures(published(row.get("model"), 1000), size);
      String key = row.get("convention") + "." + row.get("item");
      expected.put(row.get("model") + " " + size + " " + key, row.get("value"));
      actual.put(row.get("model") + " " + size + " " + key, figures.get(key));
    }
    assertThat(expected).hasSizeGreaterThan(100);
    assertThat(actual).isEqualTo(expected);
  }

  @Test
  void parameterCountsOfThePublishedModelsAreExact() {
    Map<String, String> expected = new TreeMap<>();
    Map<String, String> actual = new TreeMap<>();
    for (Map<String, String> row : Golden.csv("facts/parameters.csv")) {
      String item = row.get("item");
      if (!item.contains("weight_decay")) { // the optimizer's business
        CvtSpec spec = published(row.get("model"), number(row, "num_classes"));
        String key = row.get("model") + " " + row.get("num_classes") + " " + item;
        expected.put(key, row.get("value"));
        actual.put(key, String.valueOf(count(spec, item)));
      }
    }
    assertThat(expected).hasSizeGreaterThan(90);
    assertThat(actual).isEqualTo(expected);
  }

  @Test
  void countsOfTheTinyModelsAreExact() {
    for (Map<String, String> row : Golden.csv("facts/tiny_models.csv")) {
      String model = row.get("model");
      CvtSpec spec = Experiment.read(Golden.path("tiny/" + model + ".yaml")).spec();
      assertThat(spec.imageSize())
          .as(model)
          .isEqualTo(new Size(number(row, "height"), number(row, "width")));
      Complexity complexity = Complexity.of(spec, spec.imageSize());
      assertThat(complexity.parameters()).as(model).isEqualTo(number(row, "parameters"));
      assertThat(complexity.stateDictEntries())
          .as(model)
          .isEqualTo(number(row, "state_dict_entries"));
      if (!row.get("exact_macs_per_image").isEmpty()) {
        assertThat(complexity.macs()).as(model).isEqualTo(number(row, "exact_macs_per_image"));
      }
    }
  }

  @Test
  void poolingAndIdentityProjectionsCountNoConvolution() {
    for (String method : List.of("avg", "linear")) {
      CvtSpec spec =
          Experiment.defaults()
              .with(List.of("MODEL.SPEC.QKV_PROJ_METHOD", "[" + method + ",dw_bn,dw_bn]"))
              .spec();
      Complexity complexity = Complexity.of(spec, Size.square(224));
      assertThat(complexity.stages().get(0).macs().convProj()).as(method).isZero();
      assertThat(complexity.stages().get(1).macs().convProj()).as(method).isPositive();
    }
    assertThat(new Projection(Projection.Method.AVG, 3, 0, 1, 1, 2).keyGrid(56)).isEqualTo(29);
  }

  @Test
  void countsBeyondSixtyFourBitsAreRefused() {
    CvtSpec spec =
        Experiment.defaults()
            .with(
                List.of(
                    "MODEL.SPEC.DIM_EMBED", "[32768,64,64]",
                    "MODEL.SPEC.NUM_HEADS", "[1,1,1]",
                    "MODEL.SPEC.PATCH_SIZE", "[1,3,3]",
                    "MODEL.SPEC.PATCH_STRIDE", "[1,2,2]",
                    "MODEL.SPEC.PATCH_PADDING", "[0,1,1]",
                    "MODEL.SPEC.STRIDE_KV", "[1,2,2]"))
            .spec();
    assertThatThrownBy(() -> Complexity.of(spec, Size.square(Size.MAX_SIDE)))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("more multiply-adds than 64 bits can count");
  }

  private static CvtSpec published(String model, int classes) {
    String variant = model.equals("cvt-w24") ? "cvt-w24-224" : model;
    return Variants.get(variant).spec().withClasses(classes);
  }

  private static int number(Map<String, String> row, String column) {
    return Integer.parseInt(row.get(column));
  }

  private static Map<String, String> figures(CvtSpec spec, Size size) {
    Complexity complexity = Complexity.of(spec, size);
    Map<String, String> figures = new TreeMap<>();
    for (int i = 0; i < complexity.stages().size(); i++) {
      Complexity.Stage stage = complexity.stages().get(i);
      figures.put("exact.stage" + i, String.valueOf(stage.macs().total()));
      figures.put("exact.stage" + i + ".grid", stage.grid().toString());
    }
    figures.put("exact.patch_embed", sum(complexity, Complexity.Macs::patchEmbed));
    figures.put("exact.conv_proj", sum(complexity, Complexity.Macs::convProj));
    figures.put("exact.linear_proj", sum(complexity, Complexity.Macs::linearProj));
    figures.put("exact.attention", sum(complexity, Complexity.Macs::attention));
    figures.put("exact.mlp", sum(complexity, Complexity.Macs::mlp));
    figures.put("exact.head", String.valueOf(complexity.headMacs()));
    figures.put("exact.total", String.valueOf(complexity.macs()));
    long biases = attentionBiases(spec, complexity);
    long hook =
        biases
            + complexity.stages().stream()
                .map(Complexity.Stage::macs)
                .mapToLong(macs -> macs.convProj() + macs.linearProj() + macs.attention())
                .sum();
    figures.put("reference_hook.attention_modules", String.valueOf(hook));
    figures.put(
        "reference_hook.total_with_conv_mlp_head", String.valueOf(complexity.macs() + biases));
    return figures;
  }

  private static String sum(Complexity complexity, ToLongFunction<Complexity.Macs> kind) {
    return String.valueOf(
        complexity.stages().stream().map(Complexity.Stage::macs).mapToLong(kind).sum());
  }

  /** The reference's own counter takes each bias of attention's linear maps for a multiply-add. */
  private static long attentionBiases(CvtSpec spec, Complexity complexity) {
    long sum = 0;
    for (int i = 0; i < spec.stages().size(); i++) {
      StageSpec stage = spec.stages().get(i);
      Size grid = complexity.stages().get(i).grid();
      int cls = stage.clsToken() ? 1 : 0;
      long keys =
          (long) stage.projection().keyGrid(grid.height())
              * stage.projection().keyGrid(grid.width());
      sum += stage.depth() * (2 * (grid.area() + cls) + 2 * (keys + cls)) * stage.dim();
    }
    return sum;
  }

  private static long count(CvtSpec spec, String item) {
    Map<String, long[]> layout = StateLayout.of(spec);
    Complexity complexity = Complexity.of(spec, spec.imageSize());
    long buffers = layout.keySet().stream().filter(StateLayout::isBuffer).count();
    return switch (item) {
      case "total" -> complexity.parameters();
      case "stage0", "stage1", "stage2" ->
          complexity.stages().get(item.charAt(5) - '0').parameters();
      case "norm" -> complexity.norm();
      case "head" -> complexity.headParameters();
      case "state_dict_entries" -> complexity.stateDictEntries();
      case "parameter_tensors" -> layout.size() - buffers;
      case "buffer_tensors" -> buffers;
      case "state_dict_elements" ->
          layout.values().stream().mapToLong(ComplexityTest::elements).sum();
      default ->
          layout.entrySet().stream()
              .filter(e -> e.getKey().equals(item) || e.getKey().startsWith(item + "."))
              .filter(e -> !StateLayout.isBuffer(e.getKey()))
              .mapToLong(e -> elements(e.getValue()))
              .sum();
    };
  }

  private static long elements(long[] shape) {
    long elements = 1;
    for (long side : shape) {
      elements *= side;
    }
    return elements;
  }
}
