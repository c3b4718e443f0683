package io.github.cvt4j.train;

import io.github.cvt4j.weights.CheckpointException;
import io.github.cvt4j.weights.HostTensor;
import java.util.Map;

/**
 * Moves parameters along their gradients. Owns its state, not the parameters; close it before the
 * model. One thread at a time.
 */
public interface Optimizer extends AutoCloseable {

  /**
   * Updates all parameters in place from the gradients that they hold; the gradients stay.
   *
   * @param rate the learning rate of this step
   * @throws IllegalStateException naming a parameter that has no gradient
   */
  void step(double rate);

  /**
   * The state, under names that say what it is and of which parameter. Shares the optimizer's
   * memory, so it changes with the next step and must not outlive the optimizer.
   */
  Map<String, HostTensor> state();

  /**
   * Takes a state over, so that the next step is the one that would have followed.
   *
   * @throws CheckpointException if it lacks something or belongs to another model or optimizer
   */
  void load(Map<String, HostTensor> state);

  @Override
  void close();
}
