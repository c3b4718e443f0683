package io.github.cvt4j.data;

import io.github.cvt4j.image.PngWriter;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.weights.HostTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Small data sets for tests. */
final class Pictures {

  private Pictures() {}

  /** A picture of one gray. */
  static RgbImage gray(int height, int width, int value) {
    byte[] pixels = new byte[height * width * 3];
    Arrays.fill(pixels, (byte) value);
    return new RgbImage(height, width, pixels);
  }

  /** A golden tensor [H, W, 3] as a picture. */
  static RgbImage image(HostTensor tensor) {
    byte[] pixels = new byte[(int) tensor.elements()];
    tensor.data().get(pixels);
    return new RgbImage((int) tensor.shape()[0], (int) tensor.shape()[1], pixels);
  }

  /** A picture without any order. */
  static RgbImage noise(int height, int width, long seed) {
    byte[] pixels = new byte[height * width * 3];
    new SplittableRandom(seed).nextBytes(pixels);
    return new RgbImage(height, width, pixels);
  }

  /** Writes gray PNGs, making the folders that they are in. */
  static void write(Path root, String... files) throws IOException {
    for (String file : files) {
      Path path = root.resolve(file);
      Files.createDirectories(path.getParent());
      PngWriter.write(gray(4, 4, file.length()), path);
    }
  }

  /** A data set in memory; picture i is all i, so that a batch tells what it was made from. */
  static Dataset numbered(int size, int side, int... labels) {
    return new Dataset() {
      @Override
      public int size() {
        return size;
      }

      @Override
      public List<String> classes() {
        int most = Arrays.stream(labels).max().orElse(0);
        return IntStream.rangeClosed(0, most).mapToObj(i -> "class" + i).toList();
      }

      @Override
      public int label(int index) {
        return labels.length == 0 ? 0 : labels[index % labels.length];
      }

      @Override
      public RgbImage image(int index) {
        return gray(side, side, index);
      }

      @Override
      public String name(int index) {
        return "picture " + index;
      }
    };
  }

  /** The same data set, counting how often a picture is asked for. */
  static Dataset counting(Dataset source, AtomicInteger count) {
    return new Dataset() {
      @Override
      public int size() {
        return source.size();
      }

      @Override
      public List<String> classes() {
        return source.classes();
      }

      @Override
      public int label(int index) {
        return source.label(index);
      }

      @Override
      public RgbImage image(int index) {
        count.incrementAndGet();
        return source.image(index);
      }

      @Override
      public String name(int index) {
        return source.name(index);
      }
    };
  }
}
