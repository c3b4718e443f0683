package io.github.cvt4j.train;

import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.StateLayout;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Match;
import io.github.cvt4j.weights.StateDict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Models that start from a checkpoint, for fine-tuning. */
public final class Pretrained {

  private static final String HEAD = "head.*";

  private Pretrained() {}

  /**
   * A model with a checkpoint's weights. If it has another number of classes, the head starts
   * afresh; whatever else differs is an error unless it is allowed.
   *
   * @param spec the model to make
   * @param checkpoint under microsoft's names
   * @param allow patterns of names that may be missing, unexpected or of another shape, and then
   *     start afresh; {@code *} stands for anything
   * @param seed of what starts afresh
   * @return the caller closes it
   * @throws io.github.cvt4j.weights.CheckpointException listing what differs
   */
  public static Cvt model(CvtSpec spec, StateDict checkpoint, List<String> allow, long seed) {
    List<String> allowed = new ArrayList<>(allow);
    if (hasOtherClasses(spec, checkpoint)) {
      allowed.add(HEAD);
    }
    Map<String, HostTensor> weights = Match.strict(StateLayout.of(spec), checkpoint, allowed);
    Cvt model = new Cvt(spec, seed);
    model.assign(weights);
    return model;
  }

  /** Whether the checkpoint's head has another number of outputs. */
  public static boolean hasOtherClasses(CvtSpec spec, StateDict checkpoint) {
    HostTensor head = checkpoint.tensors().get("head.weight");
    if (head == null) {
      return spec.numClasses() > 0;
    }
    return head.shape().length == 2 && head.shape()[0] != spec.numClasses();
  }
}
