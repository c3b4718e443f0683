package io.github.cvt4j.infer;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * What a network sees on the way. The tensors belong to the scope that they were made in.
 *
 * @param stages feature maps [B, C, h, w], one for each stage, without class tokens
 * @param preLogits what the head sees, [B, C]
 * @param logits [B, K]; null in a model without classes
 */
public record Features(List<Tensor> stages, Tensor preLogits, Tensor logits) {

  public Features {
    stages = List.copyOf(stages);
  }
}
