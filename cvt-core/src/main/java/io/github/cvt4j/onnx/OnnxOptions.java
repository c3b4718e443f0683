package io.github.cvt4j.onnx;

import io.github.cvt4j.spec.Size;
import java.util.Objects;

/**
 * How a model is written as ONNX. The number of pictures in a batch is always free.
 *
 * @param size of the pictures
 * @param dynamicSize whether pictures may have other sizes, too
 * @param preprocessing whether the model takes pictures of bytes and does with them what has to be
 *     done, instead of normalised ones
 * @param precision of weights and of what is computed
 * @param externalData whether weights stand in a file of their own beside the model, which needs
 *     not be asked for where they are too large for one file
 */
public record OnnxOptions(
    Size size,
    boolean dynamicSize,
    boolean preprocessing,
    Precision precision,
    boolean externalData) {

  /** In what the model computes; its input and output are single precision either way. */
  public enum Precision {
    /** Single precision. */
    FP32(ElementType.FLOAT),
    /** Half precision: half the file, for processors that have it. */
    FP16(ElementType.FLOAT16),
    /**
     * Linear layers that the weights were quantized for in integers of 8 bits, their inputs in 7,
     * so that no processor overflows; the rest in single precision.
     */
    INT8(ElementType.FLOAT);

    private final ElementType type;

    Precision(ElementType type) {
      this.type = type;
    }

    ElementType type() {
      return type;
    }
  }

  public OnnxOptions {
    Objects.requireNonNull(size, "size");
    Objects.requireNonNull(precision, "precision");
    if (dynamicSize && preprocessing) {
      throw new OnnxException(
          "a dynamic size with preprocessing: it brings every picture to one size; expected one of"
              + " the two");
    }
  }

  /** Normalised pictures of one size, single precision, one file. */
  public static OnnxOptions of(Size size) {
    return new OnnxOptions(size, false, false, Precision.FP32, false);
  }

  /** The same with height and width free. */
  public OnnxOptions withDynamicSize() {
    return new OnnxOptions(size, true, preprocessing, precision, externalData);
  }

  /** The same for pictures of bytes. */
  public OnnxOptions withPreprocessing() {
    return new OnnxOptions(size, dynamicSize, true, precision, externalData);
  }

  /** The same in another precision. */
  public OnnxOptions withPrecision(Precision other) {
    return new OnnxOptions(size, dynamicSize, preprocessing, other, externalData);
  }

  /** The same with weights in a file of their own. */
  public OnnxOptions withExternalData() {
    return new OnnxOptions(size, dynamicSize, preprocessing, precision, true);
  }
}
