package io.github.cvt4j.train;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The nearest orthogonal matrix, about: all singular values become roughly 1 (0.7 to 1.2 after five
 * steps), their directions stay. A quintic Newton-Schulz iteration {@code X <- aX + b(XX')X +
 * c(XX')^2 X} needs nothing but matrix products. Its coefficients give up exact convergence for the
 * steepest slope at zero (K. Jordan, "Muon: An optimizer for hidden layers in neural networks",
 * 2024; {@code torch.optim.Muon} has the same).
 */
final class NewtonSchulz {

  private static final double A = 3.4445;
  private static final double B = -4.7750;
  private static final double C = 2.0315;

  /**
   * Smallest norm that is divided by, so that a zero matrix stays one. Matrices below it are scaled
   * up less, in PyTorch too.
   */
  private static final double EPS = 1e-7;

  private NewtonSchulz() {}

  /**
   * One orthogonalised matrix, in float32 throughout.
   *
   * @param matrix [rows, columns]; stays as it is
   * @return of the same shape, perhaps a transposed view; belongs to the innermost scope
   */
  static Tensor orthogonalise(Tensor matrix, int steps) {
    boolean tall = matrix.size(0) > matrix.size(1);
    Tensor wide = tall ? matrix.t().contiguous() : matrix; // the smaller of the two squares
    // A spectral norm of at most 1, which the iteration needs: it is at most the Frobenius norm.
    Tensor x = wide.div(wide.norm().clamp_min(new Scalar(EPS)));
    for (int i = 0; i < steps; i++) {
      Tensor square = torch.mm(x, x.t());
      Tensor sum = torch.addmm(square, square, square, new Scalar(B), new Scalar(C));
      x = torch.addmm(x, sum, x, new Scalar(A), new Scalar(1));
    }
    return tall ? x.t() : x;
  }
}
