package io.github.cvt4j.explain;

import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.StageSpec;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * Attention rollout (Abnar &amp; Zuidema 2020, arXiv 2005.00928) through a CvT's stages.
 *
 * <p>A unit of mass starts where the answer is read: at the last stage's class token, or, where the
 * model averages its tokens, evenly on all of them. Then it is followed back, block by block:
 *
 * <ul>
 *   <li>Half stays with its token, which is the residual branch's identity; half goes to the keys
 *       as the block's attention says, averaged over the heads. (In matrices: times {@code (A + I)
 *       / 2}, the rows of which sum to 1.)
 *   <li>Keys may lie on a coarser grid than the tokens. Each hands its mass on to the tokens under
 *       its convolution's or pooling's window, as {@link Spread} defines; the class token's key is
 *       the class token.
 *   <li>Where a stage begins, what is left with its class token is dropped, since it has seen
 *       nothing of the picture there, and the rest scaled to sum 1. Then each token hands its mass
 *       on to the tokens of the stage before under its embedding's patch, as {@link Spread}
 *       defines.
 * </ul>
 *
 * <p>Every step is linear with rows that sum to 1, so the result is a distribution over the tokens
 * that enter the stage where it ends. As in the original, only attention is followed: not what
 * values hold, nor the MLPs, nor the class that was answered.
 */
final class Rollout {

  private final CvtSpec spec;
  private final List<StageView> views;
  private final Sight sight;

  Rollout(CvtSpec spec, List<StageView> views, Sight sight) {
    this.spec = spec;
    this.views = views;
    this.sight = sight;
  }

  /** The distribution over the grid of the tokens that enter a stage. */
  double[] to(int stage) {
    int last = views.size() - 1;
    double[] mass = through(last, answer(views.get(last)));
    for (int s = last; s > stage; s--) {
      StageView before = views.get(s - 1);
      double[] spread =
          Spread.of(spec.stages().get(s).patch(), views.get(s).grid(), before.grid()).apply(mass);
      double[] tokens = new double[before.extra() + spread.length];
      System.arraycopy(spread, 0, tokens, before.extra(), spread.length);
      mass = through(s - 1, tokens);
    }
    return mass;
  }

  private static double[] answer(StageView last) {
    double[] tokens = new double[last.extra() + last.area()];
    if (last.classToken()) {
      tokens[0] = 1;
    } else {
      Arrays.fill(tokens, 1.0 / tokens.length);
    }
    return tokens;
  }

  /** From the tokens that leave a stage to those of the grid that enter it. */
  private double[] through(int stage, double[] tokens) {
    StageView view = views.get(stage);
    StageSpec of = spec.stages().get(stage);
    Spread spread = Spread.of(of.projection(), view.keys(), view.grid());
    for (int block = view.blocks() - 1; block >= 0; block--) {
      double[] keys = sight.attention(stage, block).mix(tokens, OptionalInt.empty());
      double[] read = spread.apply(Distribution.grid(keys, view.extra()));
      for (int i = 0; i < tokens.length; i++) {
        double goes = i < view.extra() ? keys[i] : read[i - view.extra()];
        tokens[i] = (tokens[i] + goes) / 2;
      }
    }
    return Distribution.normalized(Distribution.grid(tokens, view.extra()));
  }
}
