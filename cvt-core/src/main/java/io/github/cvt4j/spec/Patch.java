package io.github.cvt4j.spec;

/**
 * The convolution of a token embedding (paper section 3.1).
 *
 * @param size side of the square kernel
 * @param stride step between tokens
 * @param padding zero padding on each side
 */
public record Patch(int size, int stride, int padding) {

  /**
   * Height or width of the token grid that an input of {@code input} gives; below 1 if none fits.
   */
  public int grid(int input) {
    int span = input + 2 * padding - size;
    return span < 0 ? 0 : span / stride + 1;
  }
}
