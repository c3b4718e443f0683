package io.github.cvt4j.report;

import io.github.cvt4j.data.Batch;
import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.data.Epoch;
import io.github.cvt4j.data.Loader;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.train.TrainConfig;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/** Training pictures as the network sees them, side by side. */
final class AugmentedSheet {

  private static final int COLUMNS = 8;
  private static final int ROWS = 4;
  private static final int GAP = 2;

  /** Of the gap; grey stands apart from light and dark pages alike. */
  private static final byte GREY = (byte) 128;

  private AugmentedSheet() {}

  /**
   * The first pictures of a run's first epoch.
   *
   * @throws io.github.cvt4j.InvalidInputException naming a picture that cannot be read
   */
  static RgbImage of(TrainConfig config, Dataset pictures) {
    int count = Math.min(COLUMNS * ROWS, pictures.size());
    Loader loader =
        new Loader(
            pictures,
            config.augmentation().transform(config.preprocess(), config.preprocess().size()),
            Loader.Config.shuffled(count, config.batches().workers(), config.seed()));
    try (Epoch epoch = loader.epoch(0);
        Batch batch = epoch.next()) {
      return sheet(batch.input(), batch.size(), config.preprocess());
    }
  }

  /**
   * @param input [count, 3, H, W], normalised
   */
  private static RgbImage sheet(FloatBuffer input, int count, Preprocess preprocess) {
    Size size = preprocess.size();
    int columns = Math.min(COLUMNS, count);
    int rows = (count + columns - 1) / columns;
    int width = columns * (size.width() + GAP) - GAP;
    int height = rows * (size.height() + GAP) - GAP;
    byte[] pixels = new byte[3 * width * height];
    Arrays.fill(pixels, GREY);
    for (int i = 0; i < count; i++) {
      int top = i / columns * (size.height() + GAP);
      int left = i % columns * (size.width() + GAP);
      for (int c = 0; c < 3; c++) {
        int plane = (3 * i + c) * size.height() * size.width();
        for (int y = 0; y < size.height(); y++) {
          for (int x = 0; x < size.width(); x++) {
            float value = input.get(plane + y * size.width() + x);
            pixels[3 * ((top + y) * width + left + x) + c] = level(value, preprocess, c);
          }
        }
      }
    }
    return new RgbImage(height, width, pixels);
  }

  /** Undoes normalisation; noise of an augmentation may be brighter than white. */
  private static byte level(float normalized, Preprocess preprocess, int channel) {
    List<Double> mean = preprocess.mean();
    List<Double> std = preprocess.std();
    double value = 255 * (normalized * std.get(channel) + mean.get(channel));
    return (byte) Math.round(Math.max(0, Math.min(255, value)));
  }
}
