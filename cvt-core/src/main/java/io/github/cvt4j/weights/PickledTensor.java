package io.github.cvt4j.weights;

/** A tensor that a pickle describes; its elements are touched only when somebody wants them. */
interface PickledTensor {

  DType dtype();

  /** Sizes; not to be changed. */
  long[] shape();

  /**
   * The elements, dense and row-major: a view of the file where they lie like that already.
   *
   * @throws CheckpointException if the description does not fit the data
   */
  HostTensor dense();
}
