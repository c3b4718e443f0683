package io.github.cvt4j;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.spec.Activation;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.DropRates;
import io.github.cvt4j.spec.Init;
import io.github.cvt4j.spec.Patch;
import io.github.cvt4j.spec.Projection;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.StageSpec;
import io.github.cvt4j.weights.StateDict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Builds the small models of the golden files from the spec in their metadata. */
public final class GoldenModels {

  private GoldenModels() {}

  /** The shape that a golden file describes in its metadata. */
  public static CvtSpec spec(Map<String, String> metadata) throws Exception {
    JsonNode spec = new ObjectMapper().readTree(metadata.get("spec"));
    List<StageSpec> stages = new ArrayList<>();
    for (int i = 0; i < spec.get("NUM_STAGES").asInt(); i++) {
      stages.add(
          new StageSpec(
              new Patch(
                  spec.get("PATCH_SIZE").get(i).asInt(),
                  spec.get("PATCH_STRIDE").get(i).asInt(),
                  spec.get("PATCH_PADDING").get(i).asInt()),
              spec.get("DIM_EMBED").get(i).asInt(),
              spec.get("NUM_HEADS").get(i).asInt(),
              spec.get("DEPTH").get(i).asInt(),
              spec.get("MLP_RATIO").get(i).asDouble(),
              spec.get("QKV_BIAS").get(i).asBoolean(),
              spec.get("CLS_TOKEN").get(i).asBoolean(),
              spec.get("POS_EMBED").get(i).asBoolean(),
              new Projection(
                  Projection.Method.valueOf(
                      spec.get("QKV_PROJ_METHOD").get(i).asText().toUpperCase(Locale.ROOT)),
                  spec.get("KERNEL_QKV").get(i).asInt(),
                  spec.get("PADDING_Q").get(i).asInt(),
                  spec.get("PADDING_KV").get(i).asInt(),
                  spec.get("STRIDE_Q").get(i).asInt(),
                  spec.get("STRIDE_KV").get(i).asInt()),
              DropRates.NONE));
    }
    return new CvtSpec(
        stages,
        Integer.parseInt(metadata.get("num_classes")),
        3,
        Activation.valueOf(metadata.get("activation").toUpperCase(Locale.ROOT)),
        Init.TRUNC_NORM,
        new Size(
            Integer.parseInt(metadata.get("image_height")),
            Integer.parseInt(metadata.get("image_width"))));
  }

  /** The model that a golden file's metadata describes, with the weights of another. */
  public static Cvt model(StateDict golden, String weights) throws Exception {
    Cvt model = new Cvt(spec(golden.metadata()), 0);
    StateDict given = Golden.read(weights);
    if (!model.parameters().names().equals(given.names())) {
      throw new AssertionError(weights + " has other names than " + model.parameters().names());
    }
    model.assign(given.tensors());
    return model;
  }
}
