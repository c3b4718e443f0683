package io.github.cvt4j.nn;

import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.StageSpec;
import io.github.cvt4j.tensor.Tokens;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** A token embedding and its blocks; what follows gets a map again. */
final class Stage {

  /**
   * @param map [B, C, H, W]
   * @param cls the class token [B, 1, C], or null
   */
  record Output(Tensor map, Tensor cls) {}

  private final StageSpec stage;
  private final String name;
  private final Tensor clsToken; // [1, 1, C] or null
  private final Tensor posEmbed; // [1, C, H, W] on the grid of the spec's image size, or null
  private final ConvEmbed embed;
  private final List<Block> blocks = new ArrayList<>();

  Stage(Parameters.Place place, CvtSpec spec, int index) {
    stage = spec.stages().get(index);
    name = place.prefix();
    int in = index == 0 ? spec.inChannels() : spec.stages().get(index - 1).dim();
    clsToken =
        stage.clsToken()
            ? place.parameter("cls_token", Initializer.truncNormal(), 1, 1, stage.dim())
            : null;
    Size grid = spec.grids(spec.imageSize()).get(index);
    posEmbed =
        stage.posEmbed()
            ? place.parameter(
                "pos_embed", Initializer.truncNormal(), 1, stage.dim(), grid.height(), grid.width())
            : null;
    embed = new ConvEmbed(place.child("patch_embed"), stage.patch(), in, stage.dim());
    for (int j = 0; j < stage.depth(); j++) {
      Parameters.Place block = place.child("blocks").child(j);
      blocks.add(new Block(block, spec, stage, j, blockName(j)));
    }
  }

  private String blockName(int block) {
    return name + ".block" + block;
  }

  /** [B, C', H', W'] to [B, C, H, W] and the class token. */
  Output forward(Tensor x, Pass pass) {
    Tensor map = embed.forward(x, pass);
    pass.probe().see(name + ".patch_embed", map);
    long height = map.size(2);
    long width = map.size(3);
    if (posEmbed != null) {
      map = map.add(Tokens.positions(posEmbed, height, width));
    }
    Tensor cls = clsToken == null ? null : clsToken.expand(map.size(0), -1, -1);
    Tensor tokens = Tokens.join(cls, Tokens.fromMap(map)); // [B, N, C]
    tokens = Drop.features(tokens, stage.drop().features(), pass);
    for (int j = 0; j < blocks.size(); j++) {
      tokens = run(blocks.get(j), tokens, height, width, pass);
      pass.probe().see(blockName(j), tokens);
    }
    Tensor grid = cls == null ? tokens : tokens.narrow(1, 1, height * width);
    Output output =
        new Output(Tokens.toMap(grid, height, width), cls == null ? null : tokens.narrow(1, 0, 1));
    pass.probe().see(name + ".out", output.map());
    if (output.cls() != null) {
      pass.probe().see(name + ".cls", output.cls());
    }
    return output;
  }

  private static Tensor run(Block block, Tensor tokens, long height, long width, Pass pass) {
    return pass.recomputation() == null
        ? block.forward(tokens, height, width, pass)
        : pass.recomputation().run(tokens, (x, p) -> block.forward(x, height, width, p), pass);
  }
}
