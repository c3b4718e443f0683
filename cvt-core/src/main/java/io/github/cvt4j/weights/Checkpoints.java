package io.github.cvt4j.weights;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Reads the weights of a file in any supported format, told by its content: safetensors, PyTorch's
 * two layouts, and Paddle's parameters. Nothing in a file is ever executed. Stateless; safe to use
 * from several threads.
 */
public final class Checkpoints {

  private static final int HEAD = 64;
  private static final int PICKLE_PROTOCOL = 0x80;

  private Checkpoints() {}

  /**
   * The tensors under the file's own names, dense and in its own types. Of training checkpoints the
   * model's weights. Most data is mapped, not read: the file must not be shortened while the
   * tensors are in use.
   *
   * @throws CheckpointException in one line that starts with the path: if the file is missing, a
   *     folder, empty, damaged, hostile, of an unknown format, or holds no tensors or one above 2
   *     GiB
   */
  public static StateDict read(Path path) {
    try (InputFile file = InputFile.open(path)) {
      StateDict state = read(file);
      if (state.tensors().isEmpty()) {
        throw file.error("holds no tensors");
      }
      return state;
    }
  }

  private static StateDict read(InputFile file) {
    ByteBuffer head = file.read(0, (int) Math.min(HEAD, file.size()));
    if (Safetensors.recognises(head, file.size()) || isCalledSafetensors(file.path())) {
      return Safetensors.read(file);
    }
    try {
      if (TorchPickle.recognisesZip(head)) {
        return TorchPickle.readZip(file);
      } else if (TorchPickle.recognisesLegacy(head)) {
        return TorchPickle.readLegacy(file);
      } else if ((head.get(0) & 0xff) == PICKLE_PROTOCOL) {
        return PaddleParams.read(file);
      }
    } catch (CheckpointException e) {
      throw file.error(e.getMessage(), e);
    }
    throw file.error(
        "unknown format, expected safetensors, PyTorch (.pth, .pt, .bin) or Paddle (.pdparams)");
  }

  /** A damaged one should be told what is wrong with it, even where its start shows nothing. */
  private static boolean isCalledSafetensors(Path path) {
    return path.toString().endsWith(".safetensors");
  }
}
