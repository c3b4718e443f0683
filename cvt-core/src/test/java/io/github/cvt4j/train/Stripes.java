package io.github.cvt4j.train;

import io.github.cvt4j.data.DataSplit;
import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.image.RgbImage;
import java.util.List;
import java.util.Random;

/** Pictures of 16x16 pixels that are easy to tell apart: which third is bright, under noise. */
record Stripes(int size, int seed) implements Dataset {

  static final DataSplit SMALL = new DataSplit(new Stripes(22, 1), new Stripes(10, 2));

  @Override
  public List<String> classes() {
    return List.of("top", "middle", "bottom");
  }

  @Override
  public int label(int index) {
    return index % 3;
  }

  @Override
  public RgbImage image(int index) {
    Random random = new Random(31L * seed + index);
    byte[] pixels = new byte[16 * 16 * 3];
    random.nextBytes(pixels);
    for (int y = 0; y < 16; y++) {
      int level = y / 6 == label(index) ? 190 : 0;
      for (int i = y * 48; i < (y + 1) * 48; i++) {
        pixels[i] = (byte) (level + (pixels[i] & 63));
      }
    }
    return new RgbImage(16, 16, pixels);
  }

  @Override
  public String name(int index) {
    return "stripe " + index;
  }
}
