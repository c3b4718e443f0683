package io.github.cvt4j.infer;

import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.nn.Pass;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.tensor.NoGrad;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/** The model operator by operator, as it is trained. Owns the model. */
public final class EagerNetwork implements Network {

  private final Cvt model;

  /**
   * @param model closed with this network
   */
  public EagerNetwork(Cvt model) {
    this.model = model;
  }

  @Override
  public CvtSpec spec() {
    return model.spec();
  }

  @Override
  public Execution execution() {
    return Execution.EAGER;
  }

  @Override
  public Tensor logits(Tensor images) {
    return withoutGradient(images, Pass.EVAL);
  }

  @Override
  public Tensor preLogits(Tensor images) {
    return features(images).preLogits();
  }

  @Override
  public Features features(Tensor images) {
    Map<String, Tensor> seen = new HashMap<>();
    withoutGradient(images, Pass.eval(seen::put));
    return new Features(
        IntStream.range(0, spec().stages().size())
            .mapToObj(i -> seen.get("stage" + i + ".out"))
            .toList(),
        seen.get("prelogits"),
        seen.get("logits"));
  }

  private Tensor withoutGradient(Tensor images, Pass pass) {
    try (NoGrad noGrad = NoGrad.enter()) {
      return model.forward(images, pass);
    }
  }

  @Override
  public void close() {
    model.close();
  }
}
