package io.github.cvt4j.image;

import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import java.nio.FloatBuffer;

/**
 * Pictures as the network sees them in evaluation, equal to torchvision's {@code Resize}, {@code
 * CenterCrop}, {@code ToTensor} and {@code Normalize} on Pillow images. Immutable and thread-safe.
 */
public final class Preprocessor {

  private final Preprocess spec;

  /** What each byte becomes, by channel. */
  private final float[][] normalized = new float[3][256];

  public Preprocessor(Preprocess spec) {
    this.spec = spec;
    for (int c = 0; c < 3; c++) {
      float mean = spec.mean().get(c).floatValue();
      float std = spec.std().get(c).floatValue();
      for (int v = 0; v < 256; v++) {
        normalized[c][v] = (v / 255f - mean) / std;
      }
    }
  }

  public Preprocess spec() {
    return spec;
  }

  /** Floats that one picture becomes: 3 * height * width. */
  public int elements() {
    return 3 * spec.size().height() * spec.size().width();
  }

  /**
   * Resizes and crops.
   *
   * @return an image of the spec's size
   * @throws ImageException if the picture is so long that its resized length cannot be counted
   */
  public RgbImage view(RgbImage picture) {
    Size size = spec.size();
    return switch (spec.resize()) {
      case WARP -> Resample.resize(picture, size.height(), size.width(), spec.interpolation());
      case CROP -> {
        Cut cut = Cut.of(spec, picture.height(), picture.width());
        yield Resample.resizeThenCrop(
            picture, cut.height(), cut.width(), cut.box(), spec.interpolation());
      }
    };
  }

  /**
   * Which part of a picture of that size {@link #view} shows: the crop, undone.
   *
   * @throws ImageException as {@link #view} does
   */
  public Area seen(Size picture) {
    Area whole = new Area(0, 0, picture.width(), picture.height());
    return switch (spec.resize()) {
      case WARP -> whole;
      case CROP -> {
        Cut cut = Cut.of(spec, picture.height(), picture.width());
        Box box = cut.box();
        yield new Area(box.left(), box.top(), box.width(), box.height())
            .within(new Area(0, 0, cut.width(), cut.height()), whole);
      }
    };
  }

  /**
   * Scales to [0, 1] and normalises.
   *
   * @param view an image of any size
   * @param out takes 3 * height * width floats, [3, H, W], from its position on, which moves
   * @throws java.nio.BufferOverflowException if they do not fit
   */
  public void normalize(RgbImage view, FloatBuffer out) {
    byte[] pixels = view.pixels();
    int area = view.height() * view.width();
    float[] plane = new float[area];
    for (int c = 0; c < 3; c++) {
      float[] table = normalized[c];
      for (int i = 0; i < area; i++) {
        plane[i] = table[pixels[3 * i + c] & 0xff];
      }
      out.put(plane);
    }
  }

  /** The network's input for a picture, [3, H, W]: {@link #view}, then {@link #normalize}. */
  public float[] apply(RgbImage picture) {
    float[] out = new float[elements()];
    normalize(view(picture), FloatBuffer.wrap(out));
    return out;
  }

  /**
   * What a picture is resized to and which part of that is kept.
   *
   * <p>timm's rule for the resized size, floor(size / ratio), and torchvision's for the rest: the
   * side that fits tighter gets its size exactly (for a square: the short side), the other one
   * keeps the proportions, truncated; the origin is rounded half to even.
   */
  record Cut(int height, int width, Box box) {

    static Cut of(Preprocess spec, int height, int width) {
      long tall = (int) (spec.size().height() / spec.cropRatio()); // the cast saturates
      long wide = (int) (spec.size().width() / spec.cropRatio());
      if (height * wide <= width * tall) {
        wide = tall * width / height;
      } else {
        tall = wide * height / width;
      }
      if (Math.max(tall, wide) >= Integer.MAX_VALUE) {
        throw new ImageException(
            "a picture of %d x %d pixels (width x height) is too long and thin to be cropped to %s"
                .formatted(width, height, spec.size()));
      }
      return new Cut(
          (int) tall,
          (int) wide,
          new Box(
              origin(tall, spec.size().height()),
              origin(wide, spec.size().width()),
              spec.size().height(),
              spec.size().width()));
    }

    private static int origin(long resized, int kept) {
      return (int) Math.rint((resized - kept) / 2.0);
    }
  }
}
