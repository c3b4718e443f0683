package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * A grid of training pictures, to see what the network learns from: one row for each sample, one
 * column for each epoch's draw. The pictures come from a {@link Loader}, erased and mixed, and are
 * brought back from normalised floats to pixels.
 */
public final class AugmentationSheet {

  /** White pixels between pictures. */
  private static final int GAP = 2;

  private static final long MAX_PIXELS = 100_000_000;

  private AugmentationSheet() {}

  /**
   * How many pictures.
   *
   * @param rows samples, 1 to 100
   * @param columns draws of each, 1 to 100
   */
  public record Grid(int rows, int columns) {

    public Grid {
      if (rows < 1 || rows > 100 || columns < 1 || columns > 100) {
        throw new SpecException(
            "a sheet of %d x %d pictures: expected 1 to 100 each".formatted(rows, columns));
      }
    }
  }

  /**
   * Draws a sheet.
   *
   * @param dataset the samples are even in its classes; if it has fewer, so has the sheet
   * @param mixing done to the pictures of each column, if at all
   * @param seed of every draw
   * @throws SpecException if the sheet would be larger than 100 million pixels
   * @throws io.github.cvt4j.InvalidInputException naming a picture that cannot be read
   */
  public static RgbImage of(
      Dataset dataset, Transform transform, Optional<Mixing> mixing, Grid grid, long seed) {
    Dataset samples = Subset.limit(dataset, grid.rows);
    Paper paper = new Paper(transform.size(), samples.size(), grid.columns);
    Loader.Config config = new Loader.Config(samples.size(), false, false, 0, seed);
    Loader loader = new Loader(samples, transform, config, mixing);
    for (int column = 0; column < grid.columns; column++) {
      try (Epoch epoch = loader.epoch(column);
          Batch batch = epoch.next()) {
        for (int row = 0; row < batch.size(); row++) {
          FloatBuffer picture = batch.input().slice(row * transform.floats(), transform.floats());
          paper.put(picture, transform.preprocess(), row, column);
        }
      }
    }
    return paper.image();
  }

  private static final class Paper {

    private final Size size;
    private final int height;
    private final int width;
    private final byte[] pixels;

    Paper(Size size, int rows, int columns) {
      this.size = size;
      long tall = (long) rows * (size.height() + GAP) + GAP;
      long wide = (long) columns * (size.width() + GAP) + GAP;
      if (tall * wide > MAX_PIXELS) {
        throw new SpecException(
            "a sheet of %d x %d pixels: expected at most %d in all, so fewer rows or columns"
                .formatted(tall, wide, MAX_PIXELS));
      }
      height = (int) tall;
      width = (int) wide;
      pixels = new byte[height * width * 3];
      Arrays.fill(pixels, (byte) 255);
    }

    void put(FloatBuffer picture, Preprocess preprocess, int row, int column) {
      int area = size.height() * size.width();
      int top = row * (size.height() + GAP) + GAP;
      int left = column * (size.width() + GAP) + GAP;
      for (int channel = 0; channel < 3; channel++) {
        double mean = preprocess.mean().get(channel);
        double std = preprocess.std().get(channel);
        for (int i = 0; i < area; i++) {
          double value = 255 * (picture.get(channel * area + i) * std + mean);
          int at = ((top + i / size.width()) * width + left + i % size.width()) * 3 + channel;
          pixels[at] = (byte) Math.max(0, Math.min(255, Math.rint(value)));
        }
      }
    }

    RgbImage image() {
      return new RgbImage(height, width, pixels);
    }
  }
}
