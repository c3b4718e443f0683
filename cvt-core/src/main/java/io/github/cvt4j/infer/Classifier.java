package io.github.cvt4j.infer;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.image.Preprocessor;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Says what pictures show:
 *
 * <pre>{@code
 * try (Classifier classifier = Classifier.open(Path.of("model.safetensors"))) {
 *   RgbImage picture = ImageDecoder.decode(Path.of("cat.jpg"));
 *   for (Prediction p : classifier.classify(picture, 5)) {
 *     System.out.printf("%5.1f %% %s%n", 100 * p.probability(), p.label());
 *   }
 * }
 * }</pre>
 *
 * <p>Thread-safe: any number of threads share one classifier and its weights. It owns its network;
 * close it when no call is running any more.
 */
public final class Classifier implements AutoCloseable {

  private final Network network;
  private final Preprocessor preprocessor;
  private final List<String> labels;

  /**
   * @param network closed with this classifier; must have classes
   * @param preprocess how pictures become its input
   * @param labels a name for each class, or empty
   */
  public Classifier(Network network, Preprocess preprocess, List<String> labels) {
    int classes = network.spec().numClasses();
    if (classes == 0) {
      throw new SpecException("this model has no head (0 classes): it gives features only");
    }
    if (!labels.isEmpty() && labels.size() != classes) {
      throw new SpecException(
          "%d labels for %d classes: expected one each".formatted(labels.size(), classes));
    }
    this.network = network;
    this.preprocessor = new Preprocessor(preprocess);
    this.labels = List.copyOf(labels);
  }

  /**
   * A classifier from a checkpoint of ours, which says all that is needed.
   *
   * @throws InvalidInputException if the file is missing, damaged, or not one of ours
   */
  public static Classifier open(Path weights) {
    return ModelSource.of(weights).open().classifier();
  }

  /** The network, which stays this classifier's. */
  public Network network() {
    return network;
  }

  /** How pictures become the network's input. */
  public Preprocess preprocess() {
    return preprocessor.spec();
  }

  /** Name of a class; its number where names are unknown. */
  public String label(int index) {
    return labels.isEmpty() ? Integer.toString(index) : labels.get(index);
  }

  /**
   * The likeliest classes of a picture, likeliest first.
   *
   * @param top how many, at least 1; all where there are fewer
   */
  public List<Prediction> classify(RgbImage picture, int top) {
    return classify(List.of(picture), top).get(0);
  }

  /** The likeliest classes of each picture, computed as one batch. */
  public List<List<Prediction>> classify(List<RgbImage> pictures, int top) {
    if (top < 1) {
      throw new InvalidInputException("top " + top + ": expected at least 1");
    }
    float[] logits = logits(pictures);
    int classes = network.spec().numClasses();
    List<List<Prediction>> results = new ArrayList<>();
    for (int i = 0; i < pictures.size(); i++) {
      float[] own = Arrays.copyOfRange(logits, i * classes, (i + 1) * classes);
      results.add(Prediction.ranked(own, this::label, top));
    }
    return results;
  }

  /** Logits [B, K] of the pictures, row-major. */
  public float[] logits(List<RgbImage> pictures) {
    int each = preprocessor.elements();
    float[] input = new float[Math.multiplyExact(pictures.size(), each)];
    for (int i = 0; i < pictures.size(); i++) {
      System.arraycopy(preprocessor.apply(pictures.get(i)), 0, input, i * each, each);
    }
    try (Scope scope = Scope.open()) {
      Preprocess p = preprocess();
      Tensor images = Tensors.of(input, pictures.size(), 3, p.size().height(), p.size().width());
      return Tensors.floats(network.logits(images));
    }
  }

  @Override
  public void close() {
    network.close();
  }
}
