package io.github.cvt4j.explain;

import io.github.cvt4j.Golden;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.ModelSource;
import io.github.cvt4j.spec.Size;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Small models and pictures for them. */
final class Models {

  private Models() {}

  /** One of the golden models, by the name of its files. */
  static LoadedModel golden(String name) {
    return new ModelSource(
            Optional.of(Golden.path("tiny/" + name + ".yaml").toString()),
            List.of(),
            Optional.of(Golden.path("tiny/" + name + ".weights.safetensors").toString()),
            List.of(),
            0)
        .open();
  }

  static RgbImage noise(Size size, long seed) {
    byte[] pixels = new byte[3 * size.height() * size.width()];
    new Random(seed).nextBytes(pixels);
    return new RgbImage(size.height(), size.width(), pixels);
  }
}
