package io.github.cvt4j.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Translates checkpoints between namings; nothing but names changes, except that Paddle's linear
 * weights are transposed and batch norm counters, which Paddle does not keep, start at 0.
 */
public final class KeyMap {

  /** What training wrappers put in front of every name. */
  private static final List<String> WRAPPERS = List.of("module.", "_orig_mod.", "model.");

  private static final String BLOCK = "stage(\\d+)\\.blocks\\.(\\d+)\\.";
  private static final String HF_STAGE = "cvt.encoder.stages.$1.";
  private static final String HF_LAYER = HF_STAGE + "layers.$2.";
  private static final String HF_ATTENTION = HF_LAYER + "attention.attention.";

  /** microsoft's names, as patterns over a whole name, and Hugging Face's. */
  private static final List<Rule> TO_HUGGING_FACE =
      List.of(
          new Rule(
              "stage(\\d+)\\.patch_embed\\.proj\\.(.+)",
              HF_STAGE + "embedding.convolution_embeddings.projection.$2"),
          new Rule(
              "stage(\\d+)\\.patch_embed\\.norm\\.(.+)",
              HF_STAGE + "embedding.convolution_embeddings.normalization.$2"),
          new Rule("stage(\\d+)\\.cls_token", HF_STAGE + "cls_token"),
          new Rule(BLOCK + "norm1\\.(.+)", HF_LAYER + "layernorm_before.$3"),
          new Rule(BLOCK + "norm2\\.(.+)", HF_LAYER + "layernorm_after.$3"),
          convolution("q", "query"),
          convolution("k", "key"),
          convolution("v", "value"),
          batchNorm("q", "query"),
          batchNorm("k", "key"),
          batchNorm("v", "value"),
          new Rule(BLOCK + "attn\\.proj_q\\.(.+)", HF_ATTENTION + "projection_query.$3"),
          new Rule(BLOCK + "attn\\.proj_k\\.(.+)", HF_ATTENTION + "projection_key.$3"),
          new Rule(BLOCK + "attn\\.proj_v\\.(.+)", HF_ATTENTION + "projection_value.$3"),
          new Rule(BLOCK + "attn\\.proj\\.(.+)", HF_LAYER + "attention.output.dense.$3"),
          new Rule(BLOCK + "mlp\\.fc1\\.(.+)", HF_LAYER + "intermediate.dense.$3"),
          new Rule(BLOCK + "mlp\\.fc2\\.(.+)", HF_LAYER + "output.dense.$3"),
          new Rule("norm\\.(.+)", "layernorm.$1"),
          new Rule("head\\.(.+)", "classifier.$1"));

  private static final List<Rule> FROM_HUGGING_FACE =
      TO_HUGGING_FACE.stream().map(Rule::reversed).toList();

  private static final List<Rule> FROM_PASSL =
      List.of(
          new Rule("head\\.fc_cls\\.(.+)", "head.$1"),
          new Rule("(?:backbone\\.)?(.+\\.conv_proj_[qkv])\\.0\\.(.+)", "$1.conv.$2"),
          new Rule("(?:backbone\\.)?(.+\\.conv_proj_[qkv])\\.1\\._mean", "$1.bn.running_mean"),
          new Rule("(?:backbone\\.)?(.+\\.conv_proj_[qkv])\\.1\\._variance", "$1.bn.running_var"),
          new Rule("(?:backbone\\.)?(.+\\.conv_proj_[qkv])\\.1\\.(.+)", "$1.bn.$2"),
          new Rule("backbone\\.(.+)", "$1"));

  private static final List<Rule> FROM_PADDLE_CLAS =
      List.of(
          new Rule("(.+)\\._mean", "$1.running_mean"),
          new Rule("(.+)\\._variance", "$1.running_var"));

  private KeyMap() {}

  /** A pattern over a whole name, and what replaces it. */
  private record Rule(Pattern from, String to) {

    Rule(String from, String to) {
      this(Pattern.compile(from), to);
    }

    Optional<String> apply(String name) {
      Matcher matcher = from.matcher(name);
      return matcher.matches() ? Optional.of(matcher.replaceFirst(to)) : Optional.empty();
    }

    /** Turns the groups of the pattern and the references of the replacement around. */
    Rule reversed() {
      String pattern = to.replace(".", "\\.");
      String replacement = from.pattern().replace("\\.", ".");
      Matcher groups = Pattern.compile("\\((.+?)\\)").matcher(from.pattern());
      for (int i = 1; groups.find(); i++) {
        pattern = pattern.replace("$" + i, groups.group());
        replacement = replacement.replaceFirst("\\(.+?\\)", "\\$" + i);
      }
      // A model without head is saved without the prefix.
      return new Rule(pattern.replaceFirst("^cvt\\\\\\.", "(?:cvt\\\\.)?"), replacement);
    }
  }

  private static Rule convolution(String letter, String word) {
    return new Rule(
        BLOCK + "attn\\.conv_proj_" + letter + "\\.conv\\.(.+)",
        HF_ATTENTION + "convolution_projection_" + word + ".convolution_projection.convolution.$3");
  }

  private static Rule batchNorm(String letter, String word) {
    return new Rule(
        BLOCK + "attn\\.conv_proj_" + letter + "\\.bn\\.(.+)",
        HF_ATTENTION
            + "convolution_projection_"
            + word
            + ".convolution_projection.normalization.$3");
  }

  /**
   * The naming of a checkpoint, told from its names; wrappers' prefixes do not matter.
   *
   * @return empty if it looks like no CvT
   */
  public static Optional<Naming> naming(StateDict given) {
    return Naming.of(unwrapped(given).names());
  }

  /**
   * The checkpoint under microsoft's names.
   *
   * @throws CheckpointException if it looks like no CvT, or two names fall together
   */
  public static StateDict toMicrosoft(StateDict given) {
    StateDict state = unwrapped(given);
    Naming naming =
        Naming.of(state.names())
            .orElseThrow(
                () ->
                    new CheckpointException(
                        "the checkpoint's names are no CvT's (such as %s); expected microsoft's,"
                                .formatted(state.names().stream().limit(3).toList())
                            + " Hugging Face's, PASSL's or PaddleClas's"));
    List<Rule> rules =
        switch (naming) {
          case MICROSOFT -> List.of();
          case HUGGING_FACE -> FROM_HUGGING_FACE;
          case PASSL -> FROM_PASSL;
          case PADDLE_CLAS -> FROM_PADDLE_CLAS;
        };
    Map<String, HostTensor> result = new LinkedHashMap<>();
    state
        .tensors()
        .forEach(
            (name, tensor) -> {
              String translated = translate(name, rules);
              put(
                  result,
                  translated,
                  naming.transposesLinear() && isLinear(translated, tensor)
                      ? transposed(tensor)
                      : tensor);
              if (naming.transposesLinear() && translated.endsWith(".running_var")) {
                put(
                    result,
                    translated.replaceFirst("running_var$", "num_batches_tracked"),
                    HostTensor.of(new long[1]));
              }
            });
    return new StateDict(result, given.metadata());
  }

  /**
   * A checkpoint with microsoft's names under Hugging Face's; names that have no counterpart there
   * stay.
   */
  public static StateDict toHuggingFace(StateDict microsoft) {
    Map<String, HostTensor> result = new LinkedHashMap<>();
    microsoft
        .tensors()
        .forEach((name, tensor) -> put(result, translate(name, TO_HUGGING_FACE), tensor));
    return new StateDict(result, microsoft.metadata());
  }

  private static StateDict unwrapped(StateDict given) {
    StateDict state = given;
    for (boolean again = true; again; ) {
      again = false;
      for (String prefix : WRAPPERS) {
        StateDict current = state;
        if (!current.names().isEmpty()
            && current.names().stream().allMatch(name -> name.startsWith(prefix))) {
          Map<String, HostTensor> shorter = new LinkedHashMap<>();
          current
              .tensors()
              .forEach((name, tensor) -> shorter.put(name.substring(prefix.length()), tensor));
          state = new StateDict(shorter, given.metadata());
          again = true;
        }
      }
    }
    return state;
  }

  private static String translate(String name, List<Rule> rules) {
    return rules.stream()
        .map(rule -> rule.apply(name))
        .flatMap(Optional::stream)
        .findFirst()
        .orElse(name);
  }

  private static void put(Map<String, HostTensor> map, String name, HostTensor tensor) {
    if (map.put(name, tensor) != null) {
      throw new CheckpointException("two tensors of the checkpoint are both " + name);
    }
  }

  private static boolean isLinear(String name, HostTensor tensor) {
    return name.endsWith(".weight") && tensor.shape().length == 2;
  }

  private static HostTensor transposed(HostTensor tensor) {
    int rows = Math.toIntExact(tensor.shape()[0]);
    int columns = Math.toIntExact(tensor.shape()[1]);
    int size = tensor.dtype().bytes();
    ByteBuffer in = tensor.data();
    ByteBuffer out = ByteBuffer.allocate(in.remaining()).order(ByteOrder.LITTLE_ENDIAN);
    byte[] element = new byte[size];
    for (int c = 0; c < columns; c++) {
      for (int r = 0; r < rows; r++) {
        in.get((r * columns + c) * size, element);
        out.put(element);
      }
    }
    return new HostTensor(tensor.dtype(), new long[] {columns, rows}, out.flip());
  }
}
