package io.github.cvt4j.app;

import io.github.cvt4j.image.PngWriter;
import io.github.cvt4j.image.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Generated data sets that are learnt at once. */
final class Pictures {

  private Pictures() {}

  /**
   * Class folders of twelve noisy pictures of 16x16 each, brightest in the channel of their class.
   *
   * @param root gets {@code train/} and {@code val/}
   * @param classes whose names begin with r, g or b
   * @return {@code root}
   */
  static Path folders(Path root, String... classes) throws IOException {
    Random random = new Random(1);
    for (String part : List.of("train", "val")) {
      for (String name : classes) {
        Path folder = Files.createDirectories(root.resolve(part).resolve(name));
        int channel = "rgb".indexOf(name.charAt(0));
        for (int i = 0; i < 12; i++) {
          byte[] pixels = new byte[16 * 16 * 3];
          random.nextBytes(pixels);
          for (int p = channel; p < pixels.length; p += 3) {
            pixels[p] = (byte) (160 + random.nextInt(96));
          }
          PngWriter.write(new RgbImage(16, 16, pixels), folder.resolve(i + ".png"));
        }
      }
    }
    return root;
  }
}
