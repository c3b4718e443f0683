package io.github.cvt4j.explain;

import io.github.cvt4j.image.Area;
import io.github.cvt4j.infer.Prediction;
import io.github.cvt4j.spec.Size;
import java.util.List;

/**
 * What a look at a picture showed. Plain Java memory.
 *
 * @param picture height and width of the picture
 * @param seen the part of it that the network saw
 * @param predictions every class, likeliest first; empty in a model without classes
 * @param overlays one for each question, in their order
 */
public record Explanation(
    Size picture, Area seen, List<Prediction> predictions, List<Overlay> overlays) {

  public Explanation {
    predictions = List.copyOf(predictions);
    overlays = List.copyOf(overlays);
  }
}
