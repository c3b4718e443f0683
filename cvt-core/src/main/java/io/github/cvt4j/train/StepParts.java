package io.github.cvt4j.train;

/**
 * Where a step's time went, in seconds.
 *
 * @param data waiting for a batch and handing it to libtorch
 * @param forward pass, up to the loss
 * @param backward pass
 * @param update norm and limit of the gradients, optimizer
 */
public record StepParts(double data, double forward, double backward, double update) {

  /** No time at all. */
  public static final StepParts NONE = new StepParts(0, 0, 0, 0);

  /** Both together. */
  public StepParts plus(StepParts other) {
    return new StepParts(
        data + other.data,
        forward + other.forward,
        backward + other.backward,
        update + other.update);
  }

  /** The mean of so many. */
  public StepParts over(int steps) {
    return new StepParts(data / steps, forward / steps, backward / steps, update / steps);
  }
}
