package io.github.cvt4j.weights;

/**
 * Reads what {@code paddle.save} writes ({@code .pdparams}, PASSL's and PaddleClas's, training
 * checkpoints too): one pickle of NumPy arrays, up to 2 GiB. 16-bit unsigned integers are taken as
 * bfloat16, as Paddle does, since NumPy has no such type.
 */
final class PaddleParams {

  private PaddleParams() {}

  /**
   * @throws CheckpointException without the path
   */
  static StateDict read(InputFile file) {
    Object value = Pickle.load(new MappedSlices(file).slice(0, file.size()), NumpyGlobals::find);
    return PickledState.find(value, file.size());
  }
}
