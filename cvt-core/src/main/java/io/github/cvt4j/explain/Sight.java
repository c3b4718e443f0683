package io.github.cvt4j.explain;

import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.nn.Pass;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.tensor.NoGrad;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/** What one pass over a picture shows of what questions need. Lives in the scope it was made in. */
final class Sight implements Pass.Probe {

  private final CvtSpec spec;
  private final Set<String> wanted = new HashSet<>();
  private final Map<String, Tensor> seen = new HashMap<>();

  private Sight(CvtSpec spec, List<Question> questions) {
    this.spec = spec;
    questions.forEach(this::want);
  }

  /**
   * Runs the pass.
   *
   * @param questions complete ones
   */
  static Sight of(Cvt model, Tensor images, List<Question> questions) {
    Sight sight = new Sight(model.spec(), questions);
    try (NoGrad noGrad = NoGrad.enter()) {
      model.forward(images, Pass.eval(sight));
    }
    return sight;
  }

  private void want(Question question) {
    int from = question.stage().orElseThrow();
    switch (question.method()) {
      case ATTENTION -> wanted.add(attentionName(from, question.block().orElseThrow()));
      case ROLLOUT -> { // comes by every block from the end to where it stops
        for (int stage = from; stage < spec.stages().size(); stage++) {
          for (int block = 0; block < spec.stages().get(stage).depth(); block++) {
            wanted.add(attentionName(stage, block));
          }
        }
      }
      case GRADCAM, COMPONENTS -> {}
    }
  }

  @Override
  public void see(String name, Tensor value) {
    seen.put(name, value);
  }

  @Override
  public boolean wantsQueries(String name) {
    return wanted.contains(name);
  }

  /** The name of a block's tokens, as {@link Pass.Probe} lists it. */
  static String name(int stage, int block) {
    return "stage" + stage + ".block" + block;
  }

  private static String attentionName(int stage, int block) {
    return name(stage, block) + ".attention";
  }

  BlockAttention attention(int stage, int block) {
    String name = attentionName(stage, block);
    return new BlockAttention(
        seen.get(name + ".queries"),
        seen.get(name + ".keys"),
        spec.stages().get(stage).attentionScale());
  }

  /** The tokens that leave a block, [1, N, C]. */
  Tensor tokens(int stage, int block) {
    return seen.get(name(stage, block));
  }

  /** [1, K], or null. */
  Tensor logits() {
    return seen.get("logits");
  }
}
