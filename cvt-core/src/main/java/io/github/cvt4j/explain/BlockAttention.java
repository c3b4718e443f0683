package io.github.cvt4j.explain;

import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.util.Arrays;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The attention matrix of one block and picture, by rows, a few at a time: the first stage's of a
 * large picture would fill gigabytes. N queries, M keys, D heads.
 *
 * @param queries [1, D, N, C/D]
 * @param keys [1, D, M, C/D]
 * @param scale of their products
 */
record BlockAttention(Tensor queries, Tensor keys, double scale) {

  /** Floats of the matrix that are made at once: 16 MB, and some times as much in between. */
  private static final long MOST = 4 << 20;

  /**
   * What the keys get if each query asks with its weight.
   *
   * @param weights [N]
   * @param head the only one, or empty for the mean over all
   * @return [M]; the sum is that of the weights
   */
  double[] mix(double[] weights, OptionalInt head) {
    try (Scope scope = Scope.open()) {
      Tensor q = heads(queries, head).mul(new Scalar(scale)); // [D, N, C/D]
      Tensor k = heads(keys, head).transpose(1, 2); // [D, C/D, M]
      int at = Math.toIntExact(Math.max(1, MOST / (k.size(0) * k.size(2))));
      double[] sums = new double[(int) k.size(2)];
      int end = end(weights);
      for (int from = begin(weights); from < end; from += at) {
        add(q, k, from, Arrays.copyOfRange(weights, from, Math.min(end, from + at)), sums);
      }
      return sums;
    }
  }

  private static Tensor heads(Tensor all, OptionalInt head) {
    Tensor one = all.detach().select(0, 0);
    return head.isPresent() ? one.narrow(0, head.getAsInt(), 1) : one;
  }

  private static void add(Tensor q, Tensor k, int from, double[] weights, double[] sums) {
    try (Scope scope = Scope.open()) {
      Tensor rows = torch.matmul(q.narrow(1, from, weights.length), k).softmax(2).mean(0); // [n, M]
      float[] asked = new float[weights.length];
      for (int i = 0; i < asked.length; i++) {
        asked[i] = (float) weights[i];
      }
      float[] part = Tensors.floats(torch.matmul(Tensors.of(asked, 1, asked.length), rows));
      for (int i = 0; i < sums.length; i++) {
        sums[i] += part[i];
      }
    }
  }

  /** The first that asks at all. */
  private static int begin(double[] weights) {
    int begin = 0;
    while (begin < weights.length && weights[begin] == 0) {
      begin++;
    }
    return begin;
  }

  private static int end(double[] weights) {
    int end = weights.length;
    while (end > 0 && weights[end - 1] == 0) {
      end--;
    }
    return end;
  }
}
