package io.github.cvt4j.nn;

import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.tensor.Tokens;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.StateDict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * The Convolutional vision Transformer (Wu et al. 2021, arXiv 2103.15808), operator by operator as
 * published. Gradients flow through every pass that runs outside {@code NoGrad}.
 *
 * <p>Owns its weights: build it outside step scopes and {@link #close} it. Evaluation passes may
 * run on many threads at once; training passes, loading and {@link #resetHead} need the model
 * alone.
 */
public final class Cvt implements AutoCloseable {

  private final Parameters parameters = new Parameters();
  private final List<Stage> stages = new ArrayList<>();
  private final LayerNorm norm;
  private CvtSpec spec;
  private Linear head; // null without classes

  /**
   * A model with fresh weights.
   *
   * @param seed of the process's generator, which initialisation draws from
   */
  public Cvt(CvtSpec spec, long seed) {
    Engine.seed(seed);
    this.spec = spec;
    LayerNorm last;
    try {
      for (int i = 0; i < spec.stages().size(); i++) {
        stages.add(new Stage(parameters.root().child("stage" + i), spec, i));
      }
      last = new LayerNorm(parameters.root().child("norm"), spec.lastStage().dim());
      head = newHead(spec.numClasses());
    } catch (RuntimeException | Error e) {
      parameters.close(); // memory may run out half-way
      throw e;
    }
    norm = last;
  }

  private Linear newHead(int classes) {
    int dim = spec.lastStage().dim();
    return classes == 0
        ? null
        : new Linear(
            parameters.root().child("head"),
            dim,
            classes,
            Initializer.fanIn(dim),
            Initializer.truncNormal());
  }

  /** The shape this model has now. */
  public CvtSpec spec() {
    return spec;
  }

  /** The weights by checkpoint name; they stay the model's. */
  public Parameters parameters() {
    return parameters;
  }

  /**
   * Logits [B, K] of pictures [B, channels, H, W], already normalised, of any size that the kernels
   * fit; without classes the features [B, C].
   *
   * @throws io.github.cvt4j.spec.SpecException if the picture is too small for a stage
   */
  public Tensor forward(Tensor images, Pass pass) {
    Tensor features = features(images, pass);
    if (head == null) {
      return features;
    }
    Tensor logits = head.forward(features);
    pass.probe().see("logits", logits);
    return logits;
  }

  /** The features [B, C] that the head sees: the normalised class token, or the mean token. */
  public Tensor features(Tensor images, Pass pass) {
    Tokens.requireFit(images, spec);
    Tensor x = images;
    Tensor cls = null;
    for (Stage stage : stages) {
      Stage.Output output = stage.forward(x, pass);
      x = output.map();
      cls = output.cls();
    }
    Tensor features =
        cls != null
            ? norm.forward(cls).squeeze(1) // [B, 1, C] to [B, C]
            : norm.forward(Tokens.fromMap(x)).mean(1); // [B, N, C] to [B, C]
    pass.probe().see("prelogits", features);
    return features;
  }

  /**
   * Replaces the head by a fresh one.
   *
   * @param classes its outputs; 0 removes it, so that the model ends in features
   */
  public void resetHead(int classes) {
    Parameters.Place place = parameters.root().child("head");
    if (head != null) {
      place.remove("weight");
      place.remove("bias");
    }
    spec = spec.withClasses(classes);
    head = newHead(classes);
  }

  /** Copies of all weights and buffers under their checkpoint names. */
  public StateDict stateDict() {
    return new StateDict(parameters.copy());
  }

  /**
   * Takes over weights under checkpoint names; float types are widened. Names that the model has
   * and the checkpoint lacks keep their values, so match strictly first where that is wrong.
   *
   * @throws IllegalArgumentException if a tensor's shape is not the model's
   */
  public void assign(Map<String, HostTensor> weights) {
    weights.forEach(
        (name, value) -> {
          Tensor target = parameters.get(name);
          if (target != null) {
            Tensors.assign(target, value);
          }
        });
  }

  @Override
  public void close() {
    parameters.close();
  }
}
