package io.github.cvt4j.fused;

import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.tensor.Tokens;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Quantization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The whole network for inference. In single precision its answers differ from those of {@code
 * nn.Cvt} by rounding only.
 *
 * <p>Owns native memory: {@link #close} it. Any number of threads may call it at once; each call's
 * results belong to the caller's {@link Scope}.
 */
public final class FusedCvt implements AutoCloseable {

  /**
   * Larger batches are computed in parts of so many pixels, eight pictures of 224x224: more do not
   * run faster, for their intermediates no longer fit the caches, and memory stays bounded.
   */
  private static final long PIXELS_AT_ONCE = 8 * 224 * 224;

  private final CvtSpec spec;
  private final Weights weights;
  private final List<FusedStage> stages = new ArrayList<>();
  private final FusedLayerNorm norm;
  private final Tensor head; // [K, C] or null
  private final Tensor headBias; // [K] or null

  /**
   * Folds and packs; the tensors are copied.
   *
   * @param tensors exactly those of the spec, under microsoft's names
   * @param type of weights and activations
   */
  public FusedCvt(CvtSpec spec, Map<String, HostTensor> tensors, ComputeType type) {
    this(spec, tensors, type, Quantization.NONE);
  }

  /**
   * The same with layers in integers.
   *
   * @param quantization which ones; used with {@link ComputeType#INT8} only
   * @throws SpecException if that type has no layer to use it for
   * @throws io.github.cvt4j.weights.CheckpointException if a layer is not the network's
   */
  public FusedCvt(
      CvtSpec spec, Map<String, HostTensor> tensors, ComputeType type, Quantization quantization) {
    this(spec, Weights.onFastest(tensors, type, requireLayers(type, quantization)));
  }

  /**
   * In integers as every processor can compute them, on plain kernels: what others are held
   * against.
   */
  public static FusedCvt portable(
      CvtSpec spec, Map<String, HostTensor> tensors, Quantization quantization) {
    requireLayers(ComputeType.INT8, quantization);
    return new FusedCvt(spec, Weights.portable(tensors, quantization));
  }

  private static Quantization requireLayers(ComputeType type, Quantization quantization) {
    if (type == ComputeType.INT8 && quantization.inputs().isEmpty()) {
      throw new SpecException(
          "int8 needs weights that were quantized for it; ./cvt quantize makes them");
    }
    return quantization;
  }

  /**
   * @param weights owned from now on
   */
  FusedCvt(CvtSpec spec, Weights weights) {
    this.spec = spec;
    this.weights = weights;
    FusedLayerNorm last;
    Tensor classifier = null;
    Tensor classifierBias = null;
    try (NoGrad noGrad = NoGrad.enter();
        Scope scope = Scope.open()) {
      for (int i = 0; i < spec.stages().size(); i++) {
        stages.add(new FusedStage(weights, spec, i));
      }
      last = new FusedLayerNorm(weights, "norm");
      if (spec.numClasses() > 0) {
        classifier = weights.ownSingle(weights.read("head.weight"));
        classifierBias = weights.ownSingle(weights.read("head.bias"));
      }
      weights.requireAllRounded();
    } catch (RuntimeException | Error e) {
      weights.close(); // memory may run out half-way
      throw e;
    }
    norm = last;
    head = classifier;
    headBias = classifierBias;
  }

  /** The shape of the model. */
  public CvtSpec spec() {
    return spec;
  }

  /** The type of its weights and activations. */
  public ComputeType type() {
    return weights.type();
  }

  /**
   * What the head sees of normalised pictures [B, channels, H, W] of any size that the kernels fit:
   * the normalised class token or mean token, [B, C] in single precision.
   *
   * @throws io.github.cvt4j.spec.SpecException if the picture is too small for a stage
   */
  public Tensor preLogits(Tensor images) {
    Tokens.requireFit(images, spec);
    return Cores.run(cores -> inParts(images, cores));
  }

  /** Every core takes its share of the pictures; the few that are left over get several each. */
  private Tensor inParts(Tensor images, int cores) {
    long batch = images.size(0);
    if (batch <= 1 || cores == 1) {
      return inPieces(images, PIXELS_AT_ONCE);
    }
    return Scope.only(
        () -> {
          List<Tensor> results = new ArrayList<>();
          long done = 0;
          while (done < batch) {
            int parts = (int) Math.min(batch - done, cores);
            long each = (batch - done) / parts;
            long first = done;
            results.addAll(
                Cores.inParallel(
                    parts,
                    cores / parts,
                    part ->
                        inPieces(
                            images.narrow(0, first + part * each, each), PIXELS_AT_ONCE / parts)));
            done += parts * each;
          }
          return joined(results);
        });
  }

  /** One piece after the other, each of about so many pixels. */
  private Tensor inPieces(Tensor images, long pixels) {
    long batch = images.size(0);
    long atOnce = Math.max(1, pixels / (images.size(2) * images.size(3)));
    if (batch <= atOnce) {
      return run(images, null);
    }
    return Scope.only(
        () -> {
          List<Tensor> results = new ArrayList<>();
          for (long i = 0; i < batch; i += atOnce) {
            Tensor some = images.narrow(0, i, Math.min(atOnce, batch - i));
            results.add(Scope.only(() -> run(some, null)));
          }
          return joined(results);
        });
  }

  private static Tensor joined(List<Tensor> parts) {
    return torch.cat(Tensors.list(parts.toArray(Tensor[]::new)), 0);
  }

  /**
   * The same, showing the feature maps on the way.
   *
   * @param maps takes each stage's map [B, C, h, w], in single precision, without class token; they
   *     belong to the caller's scope
   */
  public Tensor preLogits(Tensor images, Consumer<Tensor> maps) {
    Tokens.requireFit(images, spec);
    return Cores.run(cores -> run(images, maps));
  }

  private Tensor run(Tensor images, Consumer<Tensor> maps) {
    try (NoGrad noGrad = NoGrad.enter()) {
      Tensor x = weights.type().cast(images);
      FusedStage.Output output = null;
      for (int i = 0; i < stages.size(); i++) {
        boolean last = i == stages.size() - 1;
        boolean clsOnly = last && maps == null && spec.lastStage().clsToken();
        Tensor input = x;
        FusedStage stage = stages.get(i);
        output = stage.forward(input, clsOnly);
        if (maps != null || !last) {
          x = output.map();
        }
        if (maps != null) {
          maps.accept(x.to(ScalarType.Float));
        }
      }
      Tensor tokens = output.tokens();
      Tensor features =
          output.cls()
              ? norm.forward(tokens.select(1, 0)) // [B, C]
              : norm.forward(tokens).mean(1);
      return features.to(ScalarType.Float);
    }
  }

  /**
   * Logits [B, K] of what {@link #preLogits} gave; without classes the same.
   *
   * @param preLogits [B, C] in single precision
   */
  public Tensor head(Tensor preLogits) {
    if (head == null) {
      return preLogits;
    }
    try (NoGrad noGrad = NoGrad.enter()) {
      return torch.linear(preLogits, head, Tensors.optional(headBias));
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
