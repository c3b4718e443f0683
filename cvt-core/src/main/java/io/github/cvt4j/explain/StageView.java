package io.github.cvt4j.explain;

import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Projection;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.StageSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * What can be asked of a stage.
 *
 * @param stage its number from 0
 * @param blocks how many
 * @param heads how many
 * @param grid of its tokens
 * @param keys grid of its keys, which is coarser where they are strided
 * @param classToken whether it has one
 */
public record StageView(
    int stage, int blocks, int heads, Size grid, Size keys, boolean classToken) {

  static List<StageView> of(CvtSpec spec, Size input) {
    List<Size> grids = spec.grids(input);
    List<StageView> views = new ArrayList<>();
    for (int s = 0; s < grids.size(); s++) {
      StageSpec stage = spec.stages().get(s);
      Projection projection = stage.projection();
      Size grid = grids.get(s);
      Size keys = new Size(projection.keyGrid(grid.height()), projection.keyGrid(grid.width()));
      views.add(new StageView(s, stage.depth(), stage.heads(), grid, keys, stage.clsToken()));
    }
    return List.copyOf(views);
  }

  /** Tokens in front of the grid's: 1 or 0. */
  int extra() {
    return classToken ? 1 : 0;
  }

  /** Tokens of the grid. */
  int area() {
    return Math.toIntExact(grid.area());
  }
}
