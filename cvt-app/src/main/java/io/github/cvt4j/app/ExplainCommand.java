package io.github.cvt4j.app;

import io.github.cvt4j.AtomicFile;
import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.explain.Explainer;
import io.github.cvt4j.explain.Explanation;
import io.github.cvt4j.explain.ExplanationDocument;
import io.github.cvt4j.explain.Method;
import io.github.cvt4j.explain.Question;
import io.github.cvt4j.explain.StageView;
import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.Prediction;
import io.github.cvt4j.report.ExplanationSheet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "explain",
    description = {
      "Shows what a model looks at in a picture, as a sheet (PNG): attention of every block and"
          + " head, rollout through the stages, Grad-CAM, principal components of its maps."
    },
    footer = {
      "",
      "Example: ./cvt explain photo.jpg --weights model.safetensors --output sheet.png",
      "         ./cvt explain photo.jpg --weights hf:microsoft/cvt-13 --method attention \\",
      "             --block 9 --output heads.png"
    })
final class ExplainCommand implements Runnable {

  private static final int TOP = 5;

  /** What the sheet is to show. */
  enum Chosen {
    ATTENTION(Method.ATTENTION),
    ROLLOUT(Method.ROLLOUT),
    GRADCAM(Method.GRADCAM),
    COMPONENTS(Method.COMPONENTS),
    ALL(null);

    private final Method method; // null for all

    Chosen(Method method) {
      this.method = method;
    }

    List<Method> methods() {
      return method == null ? List.of(Method.values()) : List.of(method);
    }
  }

  @Mixin private Common common;
  @Mixin private ModelOptions model;
  @Mixin private PreprocessOptions preprocessing;

  @Parameters(paramLabel = "IMAGE", description = "JPEG, PNG, BMP, GIF or WebP.")
  private Path image;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "The sheet to write; ends in .png.")
  private Path output;

  @Option(
      names = "--method",
      defaultValue = "ALL",
      paramLabel = "NAME",
      description = "attention, rollout, gradcam, components or all (default: all).")
  private Chosen chosen;

  @Option(
      names = "--stage",
      paramLabel = "N",
      description = "From 0 (default: the last for attention or with --block, otherwise each).")
  private Integer stage;

  @Option(
      names = "--block",
      paramLabel = "N",
      description = "From 0 (default: each for attention, otherwise the stage's last).")
  private Integer block;

  @Option(
      names = "--head",
      paramLabel = "N",
      description = "Of attention, from 0 (default: the mean, and each).")
  private Integer head;

  @Option(
      names = "--token",
      paramLabel = "ROW,COLUMN",
      split = ",",
      description =
          "Who asks in attention, on the stage's grid (default: the class token, or the mean).")
  private List<Integer> token;

  @Option(
      names = "--class",
      paramLabel = "NAME|N",
      description = "What Grad-CAM speaks for (default: the likeliest).")
  private String category;

  @Option(
      names = "--random-weights",
      description = "Takes fresh weights, to try things out; what they look at means nothing.")
  private boolean randomWeights;

  @Override
  public void run() {
    if (!model.hasWeights() && !randomWeights) {
      throw new InvalidInputException("explain with what? give --weights FILE");
    }
    if (output == null && !common.json()) {
      throw new InvalidInputException("explain where? give --output FILE.png, or --json");
    }
    if (output != null && !output.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
      throw new InvalidInputException(output + ": expected a name that ends in .png");
    }
    LoadedModel loaded = model.open(List.of(), 0);
    loaded = loaded.withPreprocess(preprocessing.applyTo(loaded.preprocess()));
    RgbImage picture = ImageDecoder.decode(image, preprocessing.decoding());
    common.startEngine();
    try (Explainer explainer = Explainer.of(loaded)) {
      Explanation look = explainer.explain(picture, questions(explainer));
      if (output != null) {
        write(
            ExplanationSheet.png(image.getFileName().toString(), picture, look, explainer::label));
      }
      say(explainer, look);
    } catch (IOException e) {
      throw new InvalidInputException(output + ": cannot be written: " + e.getMessage(), e);
    }
  }

  private void write(byte[] png) throws IOException {
    AtomicFile.write(output, out -> out.write(ByteBuffer.wrap(png)));
  }

  private List<Question> questions(Explainer explainer) {
    List<Question> questions = new ArrayList<>();
    for (Method method : chosen.methods()) {
      if (method == Method.GRADCAM && chosen == Chosen.ALL && explainer.spec().numClasses() == 0) {
        continue; // there is no class to speak for
      }
      questions.addAll(questions(explainer, method));
    }
    return questions;
  }

  private List<Question> questions(Explainer explainer, Method method) {
    Question usual = narrowed(Question.of(method), explainer);
    if (method == Method.ATTENTION) {
      return ofBlocksAndHeads(explainer, usual);
    }
    return stage != null || block != null
        ? List.of(usual)
        : explainer.stages().stream().map(view -> usual.ofStage(view.stage())).toList();
  }

  /** With all that the options say and the method has; the rest is for the others of all. */
  private Question narrowed(Question question, Explainer explainer) {
    boolean alone = chosen != Chosen.ALL;
    Method method = question.method();
    Question narrow = stage == null ? question : question.ofStage(stage);
    if (block != null && (alone || method != Method.ROLLOUT)) {
      narrow = narrow.ofBlock(block);
    }
    if (head != null && (alone || method == Method.ATTENTION)) {
      narrow = narrow.ofHead(head);
    }
    if (token != null && (alone || method == Method.ATTENTION)) {
      if (token.size() != 2) {
        throw new InvalidInputException("--token " + token + ": expected ROW,COLUMN");
      }
      narrow = narrow.ofToken(new Question.Token(token.get(0), token.get(1)));
    }
    if (category != null && (alone || method == Method.GRADCAM)) {
      narrow = narrow.ofClass(classIndex(explainer));
    }
    return narrow;
  }

  private int classIndex(Explainer explainer) {
    return explainer
        .classIndex(category)
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "--class %s: expected the name or number (0 to %d) of one of the model's classes"
                        .formatted(category, explainer.spec().numClasses() - 1)));
  }

  private List<Question> ofBlocksAndHeads(Explainer explainer, Question usual) {
    StageView view = explainer.stages().get(explainer.complete(usual).stage().orElseThrow());
    List<Question> questions = new ArrayList<>();
    for (int b = 0; b < view.blocks(); b++) {
      if (block != null && b != block) {
        continue;
      }
      Question ofBlock = usual.ofBlock(b);
      questions.add(ofBlock);
      for (int h = 0; h < view.heads() && head == null && view.heads() > 1; h++) {
        questions.add(ofBlock.ofHead(h));
      }
    }
    return questions;
  }

  private void say(Explainer explainer, Explanation look) {
    if (common.json()) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("image", image.toString());
      result.put("output", output == null ? null : output.toString());
      result.putAll(ExplanationDocument.of(explainer, look, TOP));
      result.put("maps", look.overlays().stream().map(ExplanationDocument::map).toList());
      common.printJson(result);
      return;
    }
    for (Prediction prediction : look.predictions().stream().limit(TOP).toList()) {
      common
          .out()
          .println(
              String.format(
                  Locale.ROOT,
                  "  %6.2f %%  %s",
                  100 * prediction.probability(),
                  prediction.label()));
    }
    common.out().println(output);
  }
}
