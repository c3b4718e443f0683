package io.github.cvt4j.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Hugging Face's {@code preprocessor_config.json}. CvT's processor there is ConvNextImageProcessor:
 * below 384 pixels it resizes the short side to {@code int(size / crop_pct)} and cuts the centre
 * out, from 384 on it warps the whole picture. ViTImageProcessor, which always warps, is understood
 * too.
 */
public final class HuggingFacePreprocessor {

  /** The file's usual name. */
  public static final String FILE_NAME = "preprocessor_config.json";

  private static final int WARPS_FROM = 384;

  private final ObjectNode file;
  private final String source;

  private HuggingFacePreprocessor(ObjectNode file, String source) {
    this.file = file;
    this.source = source;
  }

  /**
   * Reads the file; keys that it lacks have the processor's defaults.
   *
   * @throws SpecException for another processor, for steps that are switched off and for damage,
   *     naming file and key
   */
  public static Preprocess read(Path preprocessorConfig) {
    return new HuggingFacePreprocessor(
            Documents.json(preprocessorConfig), preprocessorConfig.toString())
        .preprocess();
  }

  /**
   * The file's text for a way of preprocessing.
   *
   * @throws SpecException if neither processor does it: a crop of 384 and more, or not a square
   */
  public static String write(Preprocess preprocess) {
    Size size = preprocess.size();
    boolean square = size.height() == size.width();
    boolean warps = preprocess.resize() == Preprocess.Resize.WARP;
    boolean convNext = square && warps == size.height() >= WARPS_FROM;
    if (!convNext && !warps) {
      throw new SpecException(
          "a centre crop to %s: Hugging Face's processor crops to squares below %d only"
              .formatted(size, WARPS_FROM));
    }
    ObjectNode tree = Documents.object();
    tree.put("image_processor_type", convNext ? "ConvNextImageProcessor" : "ViTImageProcessor");
    for (String step : List.of("do_resize", "do_rescale", "do_normalize")) {
      tree.put(step, true);
    }
    tree.put("rescale_factor", 1 / 255.0);
    tree.put("resample", preprocess.interpolation().pillow());
    tree.set("image_mean", Documents.tree(preprocess.mean()));
    tree.set("image_std", Documents.tree(preprocess.std()));
    ObjectNode sides = tree.putObject("size");
    if (convNext) {
      sides.put("shortest_edge", size.height());
      tree.put("crop_pct", preprocess.cropRatio());
    } else {
      sides.put("height", size.height()).put("width", size.width());
    }
    return Documents.toJson(tree);
  }

  private Preprocess preprocess() {
    String legacy = field("feature_extractor_type", "").textValue();
    String type = field("image_processor_type", legacy).textValue();
    boolean vit = type.startsWith("ViT");
    if (!vit && !type.isEmpty() && !type.startsWith("ConvNext")) {
      throw invalid("image_processor_type", "ConvNextImageProcessor or ViTImageProcessor");
    }
    for (String step : List.of("do_resize", "do_rescale", "do_normalize")) {
      if (!field(step, true).booleanValue()) {
        throw invalid(step, "true");
      }
    }
    if (Math.abs(field("rescale_factor", 1 / 255.0).doubleValue() * 255 - 1) > 1e-6) {
      throw invalid("rescale_factor", "1/255");
    }
    Size size = size(vit);
    boolean crop = !vit && !file.path("size").has("height") && size.height() < WARPS_FROM;
    Preprocess.Interpolation kernel =
        Preprocess.Interpolation.ofPillow(field("resample", 3).intValue())
            .orElseThrow(() -> invalid("resample", "2 (bilinear) or 3 (bicubic)"));
    try {
      return new Preprocess(
          size,
          crop ? Preprocess.Resize.CROP : Preprocess.Resize.WARP,
          crop ? field("crop_pct", 224.0 / 256).doubleValue() : 1,
          kernel,
          channels("image_mean", Preprocess.IMAGENET_MEAN),
          channels("image_std", Preprocess.IMAGENET_STD));
    } catch (SpecException e) {
      throw new SpecException(source + ": " + e.getMessage(), e);
    }
  }

  /** The value of a key, of the fallback's type; the fallback if the file has none, or null. */
  private JsonNode field(String key, Object fallback) {
    JsonNode standard = Documents.tree(fallback);
    JsonNode value = file.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return standard;
    }
    ValueType type = ValueType.of(standard);
    JsonNode accepted = type.accept(value);
    if (accepted == null) {
      throw invalid(key, type.description());
    }
    return accepted;
  }

  private List<Double> channels(String key, List<Double> fallback) {
    List<Double> values = new ArrayList<>();
    field(key, fallback).forEach(value -> values.add(value.doubleValue()));
    return values;
  }

  /** One number, {@code {shortest_edge}}, or {@code {height, width}}. */
  private Size size(boolean vit) {
    JsonNode size = file.path("size");
    if (size.isMissingNode()) {
      return Size.square(vit ? 224 : WARPS_FROM);
    }
    boolean exact = size.has("height") && size.has("width");
    JsonNode height = exact ? size.get("height") : size.isInt() ? size : size.path("shortest_edge");
    JsonNode width = exact ? size.get("width") : height;
    if (!side(height) || !side(width)) {
      throw invalid(
          "size", "a number, shortest_edge, or height and width, each 1 to " + Size.MAX_SIDE);
    }
    return new Size(height.intValue(), width.intValue());
  }

  private static boolean side(JsonNode value) {
    return value.isInt() && value.intValue() >= 1 && value.intValue() <= Size.MAX_SIDE;
  }

  private SpecException invalid(String key, String expected) {
    return Experiment.invalid(key, file.path(key).toString(), source, expected);
  }
}
