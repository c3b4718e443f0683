package io.github.cvt4j.infer;

import io.github.cvt4j.fused.FusedCvt;
import io.github.cvt4j.spec.CvtSpec;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** The folded and prepacked model. Owns it. */
final class FusedNetwork implements Network {

  private final FusedCvt model;

  /**
   * @param model closed with this network
   */
  FusedNetwork(FusedCvt model) {
    this.model = model;
  }

  @Override
  public CvtSpec spec() {
    return model.spec();
  }

  @Override
  public Execution execution() {
    return new Execution(Execution.Engine.FUSED, model.type());
  }

  @Override
  public Tensor logits(Tensor images) {
    return model.head(model.preLogits(images));
  }

  @Override
  public Tensor preLogits(Tensor images) {
    return model.preLogits(images);
  }

  @Override
  public Features features(Tensor images) {
    List<Tensor> maps = new ArrayList<>();
    Tensor preLogits = model.preLogits(images, maps::add);
    Tensor logits = spec().numClasses() == 0 ? null : model.head(preLogits);
    return new Features(maps, preLogits, logits);
  }

  @Override
  public void close() {
    model.close();
  }
}
