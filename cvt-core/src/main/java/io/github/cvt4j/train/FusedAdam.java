package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import io.github.cvt4j.tensor.Operator;
import java.util.Collections;
import java.util.List;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;

/** Adam and AdamW in libtorch's fused kernels, one pass over memory; they differ in the kernel. */
abstract class FusedAdam extends GroupwiseOptimizer {

  private final Operator kernel;
  private final AdamW.Options options;
  private final Slots means = keep("exp_avg", 0);
  private final Slots variances = keep("exp_avg_sq", 0);
  private final Tensor steps = countSteps();

  FusedAdam(
      Operator kernel, Parameters parameters, List<ParameterGroup> groups, AdamW.Options options) {
    super(parameters, groups);
    this.kernel = kernel;
    this.options = options;
  }

  @Override
  final void update(ParameterGroup group, List<Tensor> gradients, double rate) {
    kernel.run(
        kernel.list(0, targets(group)),
        kernel.list(1, gradients),
        kernel.list(2, means.of(group)),
        kernel.list(3, variances.of(group)),
        kernel.list(4, List.of()), // maxima, for AMSGrad only
        kernel.list(5, Collections.nCopies(gradients.size(), steps)),
        new IValue(rate),
        new IValue(options.beta1()),
        new IValue(options.beta2()),
        new IValue(group.weightDecay()),
        new IValue(options.eps()),
        new IValue(false), // no AMSGrad
        new IValue(false), // downhill
        new IValue(), // no gradient scale
        new IValue()); // no overflow flag
  }
}
