package io.github.cvt4j.fused;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Sees what goes into the linear layers of an engine. */
interface LinearObserver {

  /**
   * An input.
   *
   * @param layers the reference's whose rows the layer has
   * @param unit what 1 in their input is in the engine
   * @param weight [out, in], before packing; the engine's
   * @param x [B, N, in]; belongs to the engine's scope
   */
  void input(List<String> layers, double unit, Tensor weight, Tensor x);
}
