package io.github.cvt4j.fused;

import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.StageSpec;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tokens;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** A token embedding and its blocks. */
final class FusedStage {

  /**
   * @param tokens [B, N, C], or the class token alone [B, 1, C]
   * @param height of the grid, and its width
   */
  record Output(Tensor tokens, long height, long width, boolean cls) {

    /** The grid as a map [B, C, H, W]. */
    Tensor map() {
      return Tokens.toMap(tokens.narrow(1, cls ? 1 : 0, height * width), height, width);
    }
  }

  private final StageSpec stage;
  private final Tensor clsToken; // [1, 1, C] or null
  private final Tensor posEmbed; // [1, C, H, W] on the grid of the spec's image size, or null
  private final FusedEmbed embed;
  private final List<FusedBlock> blocks;

  FusedStage(Weights weights, CvtSpec spec, int index) {
    stage = spec.stages().get(index);
    String prefix = "stage" + index;
    try (Scope scope = Scope.open()) {
      clsToken = stage.clsToken() ? weights.own(weights.read(prefix + ".cls_token")) : null;
      posEmbed = stage.posEmbed() ? weights.ownSingle(weights.read(prefix + ".pos_embed")) : null;
    }
    List<Size> grids = spec.grids(spec.imageSize());
    Size input = index == 0 ? spec.imageSize() : grids.get(index - 1);
    embed = new FusedEmbed(weights, prefix + ".patch_embed", stage.patch(), input);
    blocks =
        Cores.build(
            stage.depth(),
            j -> new FusedBlock(weights, prefix + ".blocks." + j, spec, stage, grids.get(index)));
  }

  /**
   * [B, C', H', W'] to the stage's tokens.
   *
   * @param clsOnly whether only the class token will be read
   */
  Output forward(Tensor x, boolean clsOnly) {
    Tensor map = embed.forward(x);
    long height = map.size(2);
    long width = map.size(3);
    if (posEmbed != null) {
      map = map.add(Tokens.positions(posEmbed, height, width).to(map.scalar_type()));
    }
    Tensor cls = clsToken == null ? null : clsToken.expand(map.size(0), -1, -1);
    Tensor tokens = Tokens.join(cls, Tokens.fromMap(map)); // [B, N, C]
    for (int j = 0; j < blocks.size(); j++) {
      boolean last = clsOnly && j == blocks.size() - 1;
      Tensor next =
          last
              ? blocks.get(j).clsOnly(tokens, height, width)
              : blocks.get(j).forward(tokens, height, width);
      Scope.release(tokens);
      tokens = next;
    }
    return new Output(tokens, height, width, cls != null);
  }
}
