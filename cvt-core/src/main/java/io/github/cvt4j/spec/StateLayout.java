package io.github.cvt4j.spec;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Names and shapes of the state dict that a spec implies, with microsoft's key names in microsoft's
 * order (github.com/microsoft/CvT, lib/models/cls_cvt.py): for each stage its class token, position
 * embedding, patch embedding and blocks, then the last norm and the head. Shapes are PyTorch's:
 * convolutions [out, in / groups, k, k], linear maps [out, in], vectors [n], counters [].
 */
public final class StateLayout {

  private final Map<String, long[]> shapes = new LinkedHashMap<>();

  private StateLayout() {}

  /**
   * All entries, batch norm's buffers included. A position embedding, {@code stage{i}.pos_embed},
   * is [1, C, h, w] on the grid of the spec's own image size; it leaves the class token out.
   *
   * @return unmodifiable, in the state dict's order
   */
  public static Map<String, long[]> of(CvtSpec spec) {
    StateLayout layout = new StateLayout();
    int channels = spec.inChannels();
    for (int i = 0; i < spec.stages().size(); i++) {
      StageSpec stage = spec.stages().get(i);
      layout.stage("stage" + i + ".", stage, channels, spec.grids(spec.imageSize()).get(i));
      channels = stage.dim();
    }
    layout.norm("norm.", channels);
    if (spec.numClasses() > 0) {
      layout.linear("head.", channels, spec.numClasses(), true);
    }
    return Collections.unmodifiableMap(layout.shapes);
  }

  /** Whether the entry is one of batch norm's buffers, not a parameter that learns. */
  public static boolean isBuffer(String name) {
    return isCounter(name) || name.endsWith(".running_mean") || name.endsWith(".running_var");
  }

  /** Whether the entry is a 64-bit integer counter; all others are floats. */
  public static boolean isCounter(String name) {
    return name.endsWith(".num_batches_tracked");
  }

  private void stage(String prefix, StageSpec stage, int inChannels, Size grid) {
    int dim = stage.dim();
    if (stage.clsToken()) {
      add(prefix + "cls_token", 1, 1, dim);
    }
    if (stage.posEmbed()) {
      add(prefix + "pos_embed", 1, dim, grid.height(), grid.width());
    }
    int kernel = stage.patch().size();
    add(prefix + "patch_embed.proj.weight", dim, inChannels, kernel, kernel);
    add(prefix + "patch_embed.proj.bias", dim);
    norm(prefix + "patch_embed.norm.", dim);
    for (int j = 0; j < stage.depth(); j++) {
      block(prefix + "blocks." + j + ".", stage);
    }
  }

  private void block(String prefix, StageSpec stage) {
    int dim = stage.dim();
    norm(prefix + "norm1.", dim);
    if (stage.projection().method() == Projection.Method.DW_BN) {
      for (char c : QKV) {
        convolution(prefix + "attn.conv_proj_" + c + ".", dim, stage.projection().kernel());
      }
    }
    for (char c : QKV) {
      linear(prefix + "attn.proj_" + c + ".", dim, dim, stage.qkvBias());
    }
    linear(prefix + "attn.proj.", dim, dim, true);
    norm(prefix + "norm2.", dim);
    linear(prefix + "mlp.fc1.", dim, stage.hidden(), true);
    linear(prefix + "mlp.fc2.", stage.hidden(), dim, true);
  }

  private static final char[] QKV = {'q', 'k', 'v'};

  private void convolution(String prefix, int dim, int kernel) {
    add(prefix + "conv.weight", dim, 1, kernel, kernel);
    norm(prefix + "bn.", dim);
    add(prefix + "bn.running_mean", dim);
    add(prefix + "bn.running_var", dim);
    add(prefix + "bn.num_batches_tracked");
  }

  private void linear(String prefix, int in, int out, boolean bias) {
    add(prefix + "weight", out, in);
    if (bias) {
      add(prefix + "bias", out);
    }
  }

  private void norm(String prefix, int dim) {
    add(prefix + "weight", dim);
    add(prefix + "bias", dim);
  }

  private void add(String name, long... shape) {
    shapes.put(name, shape);
  }
}
