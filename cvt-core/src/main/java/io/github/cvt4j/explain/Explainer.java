package io.github.cvt4j.explain;

import io.github.cvt4j.image.Area;
import io.github.cvt4j.image.Preprocessor;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.Prediction;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.StageSpec;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Looks inside a model while it looks at a picture:
 *
 * <pre>{@code
 * try (Explainer explainer = Explainer.of(ModelSource.of(Path.of("model.safetensors")).open())) {
 *   RgbImage picture = ImageDecoder.decode(Path.of("cat.jpg"));
 *   Explanation look = explainer.explain(picture, Question.of(Method.ROLLOUT));
 *   Overlay overlay = look.overlays().get(0);
 *   float[] heat = overlay.over(look.seen(), new Size(480, 640)); // ready to be laid over it
 * }
 * }</pre>
 *
 * <p>All questions of a call share one pass over the picture; each {@link Method#GRADCAM} adds one
 * of its own. Memory is that of a pass; attention matrices are never made in full.
 *
 * <p>Thread-safe. Owns an eager network; close it when no call is running any more.
 */
public final class Explainer implements AutoCloseable {

  private final Cvt model;
  private final Preprocessor preprocessor;
  private final List<String> labels;
  private final List<StageView> stages;

  private Explainer(Cvt model, LoadedModel loaded) {
    this.model = model;
    preprocessor = new Preprocessor(loaded.preprocess());
    labels = loaded.labels();
    stages = StageView.of(model.spec(), loaded.preprocess().size());
    model.parameters().freeze(model.parameters().names());
  }

  /**
   * For a model with its weights.
   *
   * @throws io.github.cvt4j.InvalidInputException if the weights do not fit, or the model takes
   *     other than pictures of three channels
   */
  public static Explainer of(LoadedModel loaded) {
    if (loaded.spec().inChannels() != 3) {
      throw new ExplainException(
          "the model takes %d channels: expected 3, for pictures"
              .formatted(loaded.spec().inChannels()));
    }
    Cvt model = loaded.build();
    try {
      return new Explainer(model, loaded);
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }

  /** The model's shape. */
  public CvtSpec spec() {
    return model.spec();
  }

  /** How pictures become its input. */
  public Preprocess preprocess() {
    return preprocessor.spec();
  }

  /** What can be asked, stage by stage. */
  public List<StageView> stages() {
    return stages;
  }

  /** Looks with one question. */
  public Explanation explain(RgbImage picture, Question question) {
    return explain(picture, List.of(question));
  }

  /**
   * Looks with any number of questions.
   *
   * @return an overlay for each
   * @throws ExplainException if the model cannot answer one
   */
  public Explanation explain(RgbImage picture, List<Question> questions) {
    List<Question> complete = questions.stream().map(this::complete).toList();
    Area seen = preprocessor.seen(picture.size());
    Size size = preprocess().size();
    float[] input = preprocessor.apply(picture);
    try (Scope scope = Scope.open()) {
      Tensor images = Tensors.of(input, 1, 3, size.height(), size.width());
      Sight sight = Sight.of(model, images, complete);
      List<Prediction> predictions = predictions(sight);
      List<Overlay> overlays = new ArrayList<>();
      for (Question question : complete) {
        overlays.add(overlay(withClass(question, predictions), images, sight, seen));
      }
      return new Explanation(picture.size(), seen, predictions, overlays);
    }
  }

  private List<Prediction> predictions(Sight sight) {
    return sight.logits() == null
        ? List.of()
        : Prediction.ranked(Tensors.floats(sight.logits()), this::label, spec().numClasses());
  }

  /** Name of a class; its number where names are unknown. */
  public String label(int index) {
    return labels.isEmpty() ? Integer.toString(index) : labels.get(index);
  }

  /** The class of that number or, if it is no number of one, of that name. */
  public OptionalInt classIndex(String numberOrName) {
    int classes = spec().numClasses();
    return IntStream.concat(
            IntStream.range(0, classes).filter(k -> Integer.toString(k).equals(numberOrName)),
            IntStream.range(0, classes).filter(k -> label(k).equals(numberOrName)))
        .findFirst();
  }

  /**
   * The question with what it leaves open, but for the class, which depends on the picture.
   *
   * @throws ExplainException if the model has no such stage, block, head, token or class, or the
   *     method no use for what is given
   */
  public Question complete(Question question) {
    Method method = question.method();
    int last = stages.size() - 1;
    int stage =
        within("stage", question.stage(), method == Method.ROLLOUT ? 0 : last, stages.size());
    StageView view = stages.get(stage);
    allow("block", question.block().isPresent(), method != Method.ROLLOUT, method);
    allow("head", question.head().isPresent(), method == Method.ATTENTION, method);
    allow("token", question.token().isPresent(), method == Method.ATTENTION, method);
    allow("class", question.classIndex().isPresent(), method == Method.GRADCAM, method);
    if (method == Method.GRADCAM && spec().numClasses() == 0) {
      throw new ExplainException("gradcam: this model has no classes that anything speaks for");
    }
    OptionalInt block = OptionalInt.empty();
    if (method != Method.ROLLOUT) {
      block = OptionalInt.of(within("block", question.block(), view.blocks() - 1, view.blocks()));
    }
    within("head", question.head(), 0, view.heads());
    within("class", question.classIndex(), 0, spec().numClasses());
    question.token().ifPresent(token -> requireInside(token, view));
    return new Question(
        method,
        OptionalInt.of(stage),
        block,
        question.head(),
        question.token(),
        question.classIndex());
  }

  private static void allow(String what, boolean given, boolean useful, Method method) {
    if (given && !useful) {
      throw new ExplainException(
          "%s has no %s".formatted(method.name().toLowerCase(java.util.Locale.ROOT), what));
    }
  }

  private static int within(String what, OptionalInt given, int open, int count) {
    int value = given.orElse(open);
    if (given.isPresent() && (value < 0 || value >= count)) {
      throw new ExplainException("%s %d: expected 0 to %d".formatted(what, value, count - 1));
    }
    return value;
  }

  private static void requireInside(Question.Token token, StageView view) {
    if (token.row() < 0
        || token.column() < 0
        || token.row() >= view.grid().height()
        || token.column() >= view.grid().width()) {
      throw new ExplainException(
          "token in row %d, column %d: stage %d has a grid of %s"
              .formatted(token.row(), token.column(), view.stage(), view.grid()));
    }
  }

  private static Question withClass(Question question, List<Prediction> predictions) {
    return question.method() == Method.GRADCAM && question.classIndex().isEmpty()
        ? question.ofClass(predictions.get(0).index())
        : question;
  }

  private Overlay overlay(Question question, Tensor images, Sight sight, Area seen) {
    StageView view = stages.get(question.stage().orElseThrow());
    boolean ofKeys = question.method() == Method.ATTENTION;
    float[] values =
        switch (question.method()) {
          case ATTENTION -> attention(question, sight, view);
          case ROLLOUT -> Distribution.floats(new Rollout(spec(), stages, sight).to(view.stage()));
          case GRADCAM ->
              GradCam.of(model, images, view, view.stage() == stages.size() - 1, question);
          case COMPONENTS ->
              Components.of(
                  sight
                      .tokens(view.stage(), question.block().orElseThrow())
                      .select(0, 0)
                      .narrow(0, view.extra(), view.area()));
        };
    Size grid = ofKeys ? view.keys() : view.grid();
    Size size = preprocess().size();
    Area input = new Area(0, 0, size.width(), size.height());
    Area area = lattice(view.stage(), ofKeys).area(grid).within(input, seen);
    return new Overlay(question, grid, area, values);
  }

  private static float[] attention(Question question, Sight sight, StageView view) {
    double[] asking = new double[view.extra() + view.area()];
    if (question.token().isPresent()) {
      Question.Token token = question.token().get();
      asking[view.extra() + token.row() * view.grid().width() + token.column()] = 1;
    } else if (view.classToken()) {
      asking[0] = 1;
    } else {
      java.util.Arrays.fill(asking, 1.0 / asking.length);
    }
    double[] keys =
        sight.attention(view.stage(), question.block().orElseThrow()).mix(asking, question.head());
    return Distribution.floats(Distribution.normalized(Distribution.grid(keys, view.extra())));
  }

  private Lattice lattice(int stage, boolean ofKeys) {
    Lattice lattice = Lattice.PIXELS;
    for (StageSpec each : spec().stages().subList(0, stage + 1)) {
      lattice = lattice.of(each.patch());
    }
    return ofKeys ? lattice.of(spec().stages().get(stage).projection()) : lattice;
  }

  @Override
  public void close() {
    model.close();
  }
}
