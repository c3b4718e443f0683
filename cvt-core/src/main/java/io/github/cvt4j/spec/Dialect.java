package io.github.cvt4j.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Another project's names for the keys of {@code MODEL.SPEC}. All of them default to CvT-13's
 * values, as ours do.
 */
final class Dialect {

  /** Hugging Face transformers, {@code configuration_cvt.py}. */
  static final Dialect HUGGING_FACE =
      new Dialect(
          "num_channels=IN_CHANS",
          "patch_sizes=PATCH_SIZE",
          "patch_stride=PATCH_STRIDE",
          "patch_padding=PATCH_PADDING",
          "embed_dim=DIM_EMBED",
          "num_heads=NUM_HEADS",
          "depth=DEPTH",
          "mlp_ratio=MLP_RATIO",
          "attention_drop_rate=ATTN_DROP_RATE",
          "drop_rate=DROP_RATE",
          "drop_path_rate=DROP_PATH_RATE",
          "qkv_bias=QKV_BIAS",
          "cls_token=CLS_TOKEN",
          "qkv_projection_method=QKV_PROJ_METHOD",
          "kernel_qkv=KERNEL_QKV",
          "padding_kv=PADDING_KV",
          "stride_kv=STRIDE_KV",
          "padding_q=PADDING_Q",
          "stride_q=STRIDE_Q");

  /** PASSL, the arguments of {@code passl/modeling/backbones/cvt.py}. */
  static final Dialect PASSL =
      new Dialect(
          "in_chans=IN_CHANS",
          "init=INIT",
          "num_stages=NUM_STAGES",
          "patch_size=PATCH_SIZE",
          "patch_stride=PATCH_STRIDE",
          "patch_padding=PATCH_PADDING",
          "embed_dim=DIM_EMBED",
          "num_heads=NUM_HEADS",
          "depth=DEPTH",
          "mlp_ratio=MLP_RATIO",
          "attn_drop_rate=ATTN_DROP_RATE",
          "drop_rate=DROP_RATE",
          "drop_path_rate=DROP_PATH_RATE",
          "qkv_bias=QKV_BIAS",
          "with_cls_token=CLS_TOKEN",
          "method=QKV_PROJ_METHOD",
          "kernel_size=KERNEL_QKV",
          "padding_kv=PADDING_KV",
          "stride_kv=STRIDE_KV",
          "padding_q=PADDING_Q",
          "stride_q=STRIDE_Q");

  private final Map<String, String> keys = new LinkedHashMap<>();

  private Dialect(String... pairs) {
    for (String pair : pairs) {
      int equals = pair.indexOf('=');
      keys.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
  }

  /** The names that are understood. */
  Collection<String> names() {
    return keys.keySet();
  }

  /**
   * Lays those of the values that have a name here over an experiment; the rest is not looked at.
   */
  void read(ObjectNode values, ExperimentReader into, String source) {
    for (Map.Entry<String, JsonNode> entry : values.properties()) {
      String key = keys.get(entry.getKey());
      if (key != null) {
        into.set("MODEL.SPEC." + key, entry.getValue(), entry.getKey() + " in " + source);
      }
    }
  }

  /** An experiment's values under the names here. */
  void write(Experiment experiment, ObjectNode into) {
    keys.forEach((name, key) -> into.set(name, experiment.value("MODEL.SPEC." + key)));
  }
}
