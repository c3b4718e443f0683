package io.github.cvt4j.explain;

import io.github.cvt4j.image.Area;
import io.github.cvt4j.spec.Size;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * An explanation as maps, lists, numbers and texts, ready for a JSON writer; the command and the
 * HTTP service show the same.
 */
public final class ExplanationDocument {

  private ExplanationDocument() {}

  /**
   * What holds for the whole look: {@code predictions}, {@code picture} with its {@code crop}, and
   * {@code stages}, which says what can be asked.
   *
   * @param top how many predictions
   */
  public static Map<String, Object> of(Explainer explainer, Explanation look, int top) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("predictions", look.predictions().stream().limit(top).toList());
    Map<String, Object> picture = new LinkedHashMap<>();
    picture.put("width", look.picture().width());
    picture.put("height", look.picture().height());
    picture.put("crop", area(look.seen()));
    document.put("picture", picture);
    document.put("stages", explainer.stages().stream().map(ExplanationDocument::stage).toList());
    return document;
  }

  /**
   * One overlay: {@code method}, {@code stage}, {@code block}, {@code head} ({@code mean} or a
   * number) and {@code class} as far as the method has them, {@code grid} [h, w], {@code area} in
   * pixels of the picture, and {@code values} or, for colours, {@code rgb}.
   */
  public static Map<String, Object> map(Overlay overlay) {
    Question question = overlay.question();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("method", question.method().name().toLowerCase(Locale.ROOT));
    question.stage().ifPresent(stage -> map.put("stage", stage));
    question.block().ifPresent(block -> map.put("block", block));
    if (question.method() == Method.ATTENTION) {
      map.put("head", question.head().isPresent() ? question.head().getAsInt() : "mean");
    }
    question.classIndex().ifPresent(index -> map.put("class", index));
    map.put("grid", grid(overlay.grid()));
    map.put("area", area(overlay.area()));
    map.put(overlay.channels() == 1 ? "values" : "rgb", overlay.values());
    return map;
  }

  private static Map<String, Object> stage(StageView view) {
    Map<String, Object> stage = new LinkedHashMap<>();
    stage.put("stage", view.stage());
    stage.put("blocks", view.blocks());
    stage.put("heads", view.heads());
    stage.put("grid", grid(view.grid()));
    stage.put("cls", view.classToken());
    return stage;
  }

  private static List<Integer> grid(Size size) {
    return List.of(size.height(), size.width());
  }

  private static Map<String, Object> area(Area area) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("x", area.x());
    map.put("y", area.y());
    map.put("width", area.width());
    map.put("height", area.height());
    return map;
  }
}
