package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.HostTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** What all optimizers share: some state for each parameter, and a rule for a group at a time. */
abstract class GroupwiseOptimizer implements Optimizer {

  final Parameters parameters;
  private final List<ParameterGroup> groups;
  private final List<Slots> slots = new ArrayList<>();
  private Tensor steps; // scalar, null if nobody counts

  GroupwiseOptimizer(Parameters parameters, List<ParameterGroup> groups) {
    this.parameters = parameters;
    this.groups = List.copyOf(groups);
  }

  /** State of that name, {@code initial} at first; for the constructors below. */
  final Slots keep(String name, double initial) {
    Slots added = new Slots(name, initial, parameters, groups);
    slots.add(added);
    return added;
  }

  /** A count of the steps, 0 at first and the number of the step in its updates. */
  final Tensor countSteps() {
    try (Scope scope = Scope.open()) {
      steps = Scope.keep(Tensors.full(0));
    }
    return steps;
  }

  @Override
  public void step(double rate) {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      List<List<Tensor>> gradients =
          groups.stream().map(group -> Gradients.of(parameters, group)).toList();
      if (steps != null) {
        steps.add_(new Scalar(1));
      }
      prepare(gradients);
      for (int i = 0; i < groups.size(); i++) {
        ParameterGroup group = groups.get(i);
        update(group, gradients.get(i), rate * group.rateScale());
      }
    }
  }

  /** Looks at all gradients before the first update. */
  void prepare(List<List<Tensor>> gradients) {}

  /**
   * Moves a group's parameters.
   *
   * @param rate this group's own
   */
  abstract void update(ParameterGroup group, List<Tensor> gradients, double rate);

  final List<Tensor> targets(ParameterGroup group) {
    return group.names().stream().map(parameters::get).toList();
  }

  @Override
  public Map<String, HostTensor> state() {
    Map<String, HostTensor> state = new LinkedHashMap<>();
    if (steps != null) {
      state.put("step", Tensors.shared(steps));
    }
    slots.forEach(slot -> slot.putInto(state));
    return state;
  }

  @Override
  public void load(Map<String, HostTensor> state) {
    if (steps != null) {
      Slots.assign(steps, "step", state);
    }
    slots.forEach(slot -> slot.load(state));
  }

  @Override
  public void close() {
    slots.forEach(Slots::close);
    Scope.release(steps);
  }
}
