package io.github.cvt4j.fused;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Sees the linear layers of an engine and what goes into them. */
interface LinearObserver {

  /**
   * A layer that is being made.
   *
   * @param layers the reference's whose rows it has
   * @param unit what 1 in their input is in the engine
   * @param weight [out, in]; belongs to the engine's scope
   */
  void layer(List<String> layers, double unit, Tensor weight);

  /**
   * An input.
   *
   * @param layers as {@link #layer} had them
   * @param x [B, N, in]; belongs to the engine's scope
   */
  void input(List<String> layers, Tensor x);
}
