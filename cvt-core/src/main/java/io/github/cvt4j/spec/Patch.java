package io.github.cvt4j.spec;

/**
 * The convolution of a token embedding (paper section 3.1). Valid once constructed.
 *
 * @param size side of the square kernel, 1 to 1024
 * @param stride step between tokens, 1 to 1024
 * @param padding zero padding on each side, 0 to 1024
 */
public record Patch(int size, int stride, int padding) {

  /** Larger kernels, strides and paddings are taken for damage. */
  static final int MAX_KERNEL = 1_024;

  public Patch {
    Range.check("patch size", size, 1, MAX_KERNEL);
    Range.check("patch stride", stride, 1, MAX_KERNEL);
    Range.check("patch padding", padding, 0, MAX_KERNEL);
  }

  /**
   * Height or width of the token grid that an input of {@code input} gives; below 1 if none fits.
   */
  public int grid(int input) {
    int span = input + 2 * padding - size;
    return span < 0 ? 0 : span / stride + 1;
  }
}
