package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What a backward pass left on the parameters. */
final class Gradients {

  /** Adaptive clipping: the least norm that weights count with, so that zeros can grow (timm). */
  private static final double LEAST_WEIGHT = 1e-3;

  /** Adaptive clipping: the least gradient norm that is divided by (timm). */
  private static final double LEAST_GRADIENT = 1e-6;

  private Gradients() {}

  /** Gradients of a group, in its order; they belong to the innermost scope. */
  static List<Tensor> of(Parameters parameters, ParameterGroup group) {
    List<Tensor> gradients = new ArrayList<>(group.names().size());
    for (String name : group.names()) {
      // A copy of the handle: grad() points into the parameter.
      Tensor gradient = new Tensor(parameters.get(name).grad());
      if (!gradient.defined()) {
        throw new IllegalStateException("parameter " + name + " has no gradient");
      }
      gradients.add(gradient);
    }
    return gradients;
  }

  /**
   * Changes the gradients that there are, in place, so that they keep a limit.
   *
   * @return the joint L2 norm of all gradients before; not finite if one of them is not
   */
  static double clip(Parameters parameters, Clipping clipping) {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      Map<String, Tensor> gradients = present(parameters);
      double norm = norm(gradients.values());
      if (clipping.limit() > 0) {
        switch (clipping.mode()) {
          case NORM -> limitNorm(gradients.values(), norm, clipping.limit());
          case VALUE -> limitValues(gradients.values(), clipping.limit());
          case AGC -> limitRatios(parameters, gradients, clipping.limit());
        }
      }
      return norm;
    }
  }

  /** The joint L2 norm. */
  static double norm(Iterable<Tensor> gradients) {
    try (Scope scope = Scope.open()) {
      List<Tensor> norms = new ArrayList<>();
      gradients.forEach(gradient -> norms.add(gradient.norm()));
      return torch.stack(Tensors.list(norms.toArray(new Tensor[0]))).norm().item_double();
    }
  }

  private static Map<String, Tensor> present(Parameters parameters) {
    Map<String, Tensor> present = new LinkedHashMap<>();
    parameters
        .trained()
        .forEach(
            (name, tensor) -> {
              Tensor gradient = new Tensor(tensor.grad());
              if (gradient.defined()) {
                present.put(name, gradient);
              }
            });
    return present;
  }

  /** PyTorch's {@code clip_grad_norm_}, which adds 1e-6 to the norm. */
  private static void limitNorm(Iterable<Tensor> gradients, double norm, double limit) {
    double scale = limit / (norm + 1e-6);
    if (!(scale >= 1)) { // also where it is not a number
      Scalar factor = new Scalar(scale);
      gradients.forEach(gradient -> gradient.mul_(factor));
    }
  }

  private static void limitValues(Iterable<Tensor> gradients, double limit) {
    ScalarOptional least = new ScalarOptional(new Scalar(-limit));
    ScalarOptional most = new ScalarOptional(new Scalar(limit));
    gradients.forEach(gradient -> gradient.clamp_(least, most));
  }

  private static void limitRatios(
      Parameters parameters, Map<String, Tensor> gradients, double limit) {
    gradients.forEach(
        (name, gradient) -> {
          if (!name.startsWith("head.")) {
            limitRatio(parameters.get(name), gradient, limit);
          }
        });
  }

  /** timm's {@code adaptive_clip_grad}. */
  private static void limitRatio(Tensor weight, Tensor gradient, double limit) {
    try (Scope scope = Scope.open()) {
      Tensor most = rowNorms(weight).clamp_min(new Scalar(LEAST_WEIGHT)).mul(new Scalar(limit));
      Tensor norms = rowNorms(gradient);
      Tensor scale = most.div(norms.clamp_min(new Scalar(LEAST_GRADIENT)));
      gradient.mul_(torch.where(norms.lt(most), new Scalar(1f), scale));
    }
  }

  /** Norms over all axes but the first, which stay with size 1; of a vector as a whole. */
  private static Tensor rowNorms(Tensor tensor) {
    if (tensor.dim() <= 1) {
      return tensor.norm();
    }
    long[] axes = LongStream.range(1, tensor.dim()).toArray();
    return torch.linalg_vector_norm(tensor, new Scalar(2), axes, true, Tensors.sameType());
  }
}
