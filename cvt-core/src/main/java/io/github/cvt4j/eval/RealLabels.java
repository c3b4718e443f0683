package io.github.cvt4j.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cvt4j.data.Dataset;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reassessed labels of ImageNet's validation pictures (Beyer et al., "Are we done with ImageNet?",
 * 2020): any number of classes for each picture. Those with none are not judged.
 */
public final class RealLabels {

  /** The published file has under 1 MB. */
  private static final int MAX_BYTES = 1 << 24;

  /** Class numbers are whole numbers and nothing that can be made one. */
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  /** As timm looks pictures up: by file name, whatever the order of the data set. */
  private static final Pattern FILE_NAME =
      Pattern.compile("(?:.*[/\\\\])?ILSVRC2012_val_([0-9]{8})\\.[A-Za-z]+");

  private final int[][] labels;

  private RealLabels(int[][] labels) {
    this.labels = labels;
  }

  /**
   * Reads {@code real.json}: a list of lists of the model's class numbers, entry i for {@code
   * ILSVRC2012_val_0000000(i+1).JPEG}, and finds each picture's.
   *
   * @param classes of the model
   * @throws EvalException if the file is no such list, or a picture has no name of ImageNet's
   *     validation part or is beyond the list
   */
  public static RealLabels read(Path file, Dataset pictures, int classes) {
    int[][] all = parse(file, classes);
    int[][] labels = new int[pictures.size()][];
    for (int i = 0; i < labels.length; i++) {
      Matcher name = FILE_NAME.matcher(pictures.name(i));
      int number = name.matches() ? Integer.parseInt(name.group(1)) : 0;
      if (number < 1 || number > all.length) {
        throw new EvalException(
            "%s: not one of the %d pictures that %s has labels for; expected ILSVRC2012_val_00000001.JPEG and so on"
                .formatted(pictures.name(i), all.length, file));
      }
      labels[i] = all[number - 1];
    }
    return new RealLabels(labels);
  }

  private static int[][] parse(Path file, int classes) {
    int[][] all;
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw notALabelFile(file, null);
      }
      all = JSON.readValue(bytes, int[][].class);
    } catch (JsonProcessingException e) {
      throw notALabelFile(file, e);
    } catch (IOException e) {
      throw new EvalException(file + ": cannot be read (" + e + ")", e);
    }
    if (all == null) {
      throw notALabelFile(file, null);
    }
    for (int i = 0; i < all.length; i++) {
      if (all[i] == null) {
        throw notALabelFile(file, null);
      }
      for (int label : all[i]) {
        if (label < 0 || label >= classes) {
          throw new EvalException(
              "%s: entry %d has class %d, expected 0 to %d".formatted(file, i, label, classes - 1));
        }
      }
    }
    return all;
  }

  private static EvalException notALabelFile(Path file, Exception cause) {
    return new EvalException(
        file + ": expected a JSON list with a list of class numbers for each picture", cause);
  }

  /** Whether a picture is judged at all. */
  boolean judges(int picture) {
    return labels[picture].length > 0;
  }

  /** Whether an output of the model is one of the picture's classes. */
  boolean holds(int picture, int output) {
    for (int label : labels[picture]) {
      if (label == output) {
        return true;
      }
    }
    return false;
  }
}
