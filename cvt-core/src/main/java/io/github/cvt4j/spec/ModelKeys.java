package io.github.cvt4j.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Between an experiment's keys about the model and the records that describe it. */
final class ModelKeys {

  private static final List<String> PER_STAGE =
      List.of(
          "PATCH_SIZE",
          "PATCH_STRIDE",
          "PATCH_PADDING",
          "DIM_EMBED",
          "NUM_HEADS",
          "DEPTH",
          "MLP_RATIO",
          "ATTN_DROP_RATE",
          "DROP_RATE",
          "DROP_PATH_RATE",
          "QKV_BIAS",
          "CLS_TOKEN",
          "POS_EMBED",
          "QKV_PROJ_METHOD",
          "KERNEL_QKV",
          "PADDING_KV",
          "STRIDE_KV",
          "PADDING_Q",
          "STRIDE_Q");

  private ModelKeys() {}

  static CvtSpec spec(Experiment experiment) {
    Section spec = experiment.section("MODEL.SPEC");
    int count = spec.integer("NUM_STAGES");
    for (String key : PER_STAGE) {
      if (experiment.value("MODEL.SPEC." + key).size() != count) {
        throw spec.invalid(key, "one entry for each of the NUM_STAGES " + count + " stages");
      }
    }
    Size imageSize = size(experiment.section("TRAIN"));
    try {
      List<StageSpec> stages = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int index = i;
        stages.add(CvtSpec.stage(index, () -> stage(spec, index)));
      }
      return new CvtSpec(
          stages,
          experiment.section("MODEL").integer("NUM_CLASSES"),
          spec.integer("IN_CHANS"),
          spec.choice("ACT", Activation.class),
          spec.choice("INIT", Init.class),
          imageSize);
    } catch (SpecException e) {
      throw experiment.invalid(e);
    }
  }

  private static StageSpec stage(Section spec, int i) {
    return new StageSpec(
        new Patch(
            spec.integers("PATCH_SIZE").get(i),
            spec.integers("PATCH_STRIDE").get(i),
            spec.integers("PATCH_PADDING").get(i)),
        spec.integers("DIM_EMBED").get(i),
        spec.integers("NUM_HEADS").get(i),
        spec.integers("DEPTH").get(i),
        spec.numbers("MLP_RATIO").get(i),
        spec.flags("QKV_BIAS").get(i),
        spec.flags("CLS_TOKEN").get(i),
        spec.flags("POS_EMBED").get(i),
        new Projection(
            spec.choices("QKV_PROJ_METHOD", Projection.Method.class).get(i),
            spec.integers("KERNEL_QKV").get(i),
            spec.integers("PADDING_Q").get(i),
            spec.integers("PADDING_KV").get(i),
            spec.integers("STRIDE_Q").get(i),
            spec.integers("STRIDE_KV").get(i)),
        new DropRates(
            spec.numbers("DROP_RATE").get(i),
            spec.numbers("ATTN_DROP_RATE").get(i),
            spec.numbers("DROP_PATH_RATE").get(i)));
  }

  static Preprocess preprocess(Experiment experiment) {
    Section test = experiment.section("TEST");
    Section input = experiment.section("INPUT");
    boolean crop = test.flag("CENTER_CROP");
    Size size = size(test);
    Preprocess.Interpolation interpolation =
        Preprocess.Interpolation.ofPillow(test.integer("INTERPOLATION"))
            .orElseThrow(() -> test.invalid("INTERPOLATION", "2 (bilinear) or 3 (bicubic)"));
    try {
      return new Preprocess(
          size,
          crop ? Preprocess.Resize.CROP : Preprocess.Resize.WARP,
          crop ? test.number("CROP_RATIO") : 1,
          interpolation,
          input.numbers("MEAN"),
          input.numbers("STD"));
    } catch (SpecException e) {
      throw experiment.invalid(e);
    }
  }

  /** microsoft's order is [width, height]. */
  private static Size size(Section section) {
    List<Integer> sides = section.integers("IMAGE_SIZE");
    if (sides.size() == 2) {
      int width = sides.get(0);
      int height = sides.get(1);
      if (Math.min(width, height) >= 1 && Math.max(width, height) <= Size.MAX_SIDE) {
        return new Size(height, width);
      }
    }
    throw section.invalid("IMAGE_SIZE", "[width, height], each 1 to " + Size.MAX_SIDE);
  }

  /** The keys that say all of it, to be laid over an experiment. */
  static ObjectNode tree(CvtSpec spec, Preprocess preprocess) {
    ObjectNode tree = Documents.object();
    ObjectNode model = tree.putObject("MODEL");
    model.put("NUM_CLASSES", spec.numClasses());
    model.set("SPEC", stages(spec));
    tree.putObject("TRAIN").set("IMAGE_SIZE", sides(spec.imageSize()));
    boolean crop = preprocess.resize() == Preprocess.Resize.CROP;
    ObjectNode test = tree.putObject("TEST");
    test.set("IMAGE_SIZE", sides(preprocess.size()));
    test.put("CENTER_CROP", crop);
    test.put("INTERPOLATION", preprocess.interpolation().pillow());
    if (crop) {
      test.put("CROP_RATIO", preprocess.cropRatio());
    }
    ObjectNode input = tree.putObject("INPUT");
    input.set("MEAN", Documents.tree(preprocess.mean()));
    input.set("STD", Documents.tree(preprocess.std()));
    return tree;
  }

  private static JsonNode sides(Size size) {
    return Documents.tree(List.of(size.width(), size.height()));
  }

  private static ObjectNode stages(CvtSpec spec) {
    ObjectNode tree = Documents.object();
    tree.put("INIT", lower(spec.init()));
    tree.put("ACT", lower(spec.activation()));
    tree.put("IN_CHANS", spec.inChannels());
    tree.put("NUM_STAGES", spec.stages().size());
    Columns columns = new Columns(spec.stages(), tree);
    columns.put("PATCH_SIZE", stage -> stage.patch().size());
    columns.put("PATCH_STRIDE", stage -> stage.patch().stride());
    columns.put("PATCH_PADDING", stage -> stage.patch().padding());
    columns.put("DIM_EMBED", StageSpec::dim);
    columns.put("NUM_HEADS", StageSpec::heads);
    columns.put("DEPTH", StageSpec::depth);
    columns.put("MLP_RATIO", StageSpec::mlpRatio);
    columns.put("ATTN_DROP_RATE", stage -> stage.drop().attention());
    columns.put("DROP_RATE", stage -> stage.drop().features());
    columns.put("DROP_PATH_RATE", stage -> stage.drop().path());
    columns.put("QKV_BIAS", StageSpec::qkvBias);
    columns.put("CLS_TOKEN", StageSpec::clsToken);
    columns.put("POS_EMBED", StageSpec::posEmbed);
    columns.put("QKV_PROJ_METHOD", stage -> stage.projection().method().key());
    columns.put("KERNEL_QKV", stage -> stage.projection().kernel());
    columns.put("PADDING_KV", stage -> stage.projection().paddingKv());
    columns.put("STRIDE_KV", stage -> stage.projection().strideKv());
    columns.put("PADDING_Q", stage -> stage.projection().paddingQ());
    columns.put("STRIDE_Q", stage -> stage.projection().strideQ());
    return tree;
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** Turns a list of stages into lists of fields. */
  private record Columns(List<StageSpec> stages, ObjectNode tree) {
    void put(String key, Function<StageSpec, Object> field) {
      tree.set(key, Documents.tree(stages.stream().map(field).toList()));
    }
  }
}
