package io.github.cvt4j.spec;

import java.util.Locale;

/**
 * How a block turns its tokens into queries, keys and values before the linear maps (paper section
 * 3.2; {@code QKV_PROJ_METHOD} in microsoft's configuration). Valid once constructed.
 *
 * @param method which of the three
 * @param kernel side of the square window; ignored by {@link Method#LINEAR}
 * @param paddingQ zero padding for queries
 * @param paddingKv zero padding for keys and values
 * @param strideQ step for queries; 1, since the residual sum needs as many queries as tokens
 * @param strideKv step for keys and values; 2 quarters them ("squeezed" projection)
 */
public record Projection(
    Method method, int kernel, int paddingQ, int paddingKv, int strideQ, int strideKv) {

  /** The spatial part of the projection. */
  public enum Method {
    /** Depth-wise convolution without bias, then batch norm. */
    DW_BN,
    /** Average pooling of keys and values (ceil mode); queries are taken as they are. */
    AVG,
    /** No spatial step at all. */
    LINEAR;

    /** The name in microsoft's configuration files. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The published models' projection: 3x3 depth-wise, keys and values at half resolution. */
  public static final Projection SQUEEZED = new Projection(Method.DW_BN, 3, 1, 1, 1, 2);

  public Projection {
    if (method != Method.LINEAR) {
      Range.check("projection kernel", kernel, 1, Patch.MAX_KERNEL);
      Range.check("padding q", paddingQ, 0, Patch.MAX_KERNEL);
      Range.check("padding kv", paddingKv, 0, Patch.MAX_KERNEL);
      Range.check("stride kv", strideKv, 1, Patch.MAX_KERNEL);
      if (strideQ != 1) {
        throw new SpecException(
            "stride q " + strideQ + ": only 1 gives as many queries as the residual sum needs");
      }
    }
    if (method == Method.DW_BN && kernel != 2 * paddingQ + 1) {
      throw new SpecException(
          "padding q %d with projection kernel %d: the residual sum needs as many queries as"
                  .formatted(paddingQ, kernel)
              + " tokens, so kernel = 2 * padding + 1");
    }
    if (method == Method.AVG && 2 * paddingKv > kernel) {
      throw new SpecException(
          "padding kv %d: average pooling takes at most half its kernel %d"
              .formatted(paddingKv, kernel));
    }
  }

  /** Whether its window fits a token grid of {@code grid}, the zero padding included. */
  boolean fits(int grid) {
    return method == Method.LINEAR || grid + 2 * paddingKv >= kernel;
  }

  /** Height or width of the query grid for a token grid of {@code grid}: the same, always. */
  public int queryGrid(int grid) {
    return grid;
  }

  /**
   * Height or width of the key and value grid for a token grid of {@code grid}. Average pooling
   * uses PyTorch's ceil mode: the last window may overhang but must start inside the input or its
   * left padding.
   */
  public int keyGrid(int grid) {
    return switch (method) {
      case DW_BN -> (grid + 2 * paddingKv - kernel) / strideKv + 1;
      case AVG -> {
        int windows = (grid + 2 * paddingKv - kernel + strideKv - 1) / strideKv + 1;
        yield (windows - 1) * strideKv >= grid + paddingKv ? windows - 1 : windows;
      }
      case LINEAR -> grid;
    };
  }
}
