package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.image.PngWriter;
import io.github.cvt4j.image.Preprocessor;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Safetensors;
import io.github.cvt4j.weights.StateDict;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "preprocess",
    description = {
      "Shows what the network sees of a picture: as PNG, or as safetensors with 'pixels' [H,W,3]"
          + " uint8 and the normalised 'input' [1,3,H,W] float32."
    },
    footer = {
      "",
      "Example: ./cvt preprocess photo.jpg --size 224 --resize crop --output seen.png",
      "         ./cvt preprocess photo.jpg --size 384 --resize warp \\",
      "             --output seen.safetensors"
    })
final class PreprocessCommand implements Runnable {

  @Mixin private Common common;
  @Mixin private PreprocessOptions options;

  @Parameters(paramLabel = "IMAGE", description = "JPEG, PNG, BMP, GIF or WebP.")
  private Path image;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "Ends in .png or .safetensors.")
  private Path output;

  @Override
  public void run() {
    String name = output.toString().toLowerCase(Locale.ROOT);
    if (!name.endsWith(".png") && !name.endsWith(".safetensors")) {
      throw new InvalidInputException(
          output + ": expected a name that ends in .png or .safetensors");
    }
    Preprocessor preprocessor = new Preprocessor(options.published());
    RgbImage seen = preprocessor.view(ImageDecoder.decode(image, options.decoding()));
    if (name.endsWith(".png")) {
      PngWriter.write(seen, output);
    } else {
      Safetensors.write(output, tensors(preprocessor, seen));
    }
    if (common.json()) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("output", output.toString());
      result.putAll(json(preprocessor.spec()));
      common.printJson(result);
    } else {
      common.out().println(output);
    }
  }

  private static Map<String, Object> json(Preprocess preprocess) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("size", preprocess.size().toString());
    result.put("resize", preprocess.resize().name().toLowerCase(Locale.ROOT));
    result.put("crop_ratio", preprocess.cropRatio());
    result.put("interpolation", preprocess.interpolation().name().toLowerCase(Locale.ROOT));
    result.put("mean", preprocess.mean());
    result.put("std", preprocess.std());
    return result;
  }

  private static StateDict tensors(Preprocessor preprocessor, RgbImage seen) {
    Size size = preprocessor.spec().size();
    float[] input = new float[preprocessor.elements()];
    preprocessor.normalize(seen, FloatBuffer.wrap(input));
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    tensors.put("pixels", HostTensor.of(seen.pixels(), size.height(), size.width(), 3));
    tensors.put("input", HostTensor.of(input, 1, 3, size.height(), size.width()));
    return new StateDict(tensors);
  }
}
