package io.github.cvt4j;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The plan of the house: which package may use which, and what no library code does. */
final class Architecture {

  private enum Engine {
    /** No libtorch. */
    NONE,
    /** libtorch's classes, but nothing of the pointers under them. */
    BINDINGS,
    /** Everything: the only home of pointer tricks. */
    POINTERS
  }

  /** From the ground up; a package uses those above it in this list and never one below. */
  private static final Map<String, Engine> PACKAGES = new LinkedHashMap<>();

  static {
    PACKAGES.put("spec", Engine.NONE);
    PACKAGES.put("weights", Engine.NONE);
    PACKAGES.put("image", Engine.NONE);
    PACKAGES.put("onnx", Engine.NONE);
    PACKAGES.put("tensor", Engine.POINTERS);
    PACKAGES.put("nn", Engine.BINDINGS);
    PACKAGES.put("fused", Engine.BINDINGS);
    PACKAGES.put("data", Engine.NONE);
    PACKAGES.put("infer", Engine.BINDINGS);
    PACKAGES.put("explain", Engine.BINDINGS);
    PACKAGES.put("eval", Engine.BINDINGS);
    PACKAGES.put("train", Engine.BINDINGS);
    PACKAGES.put("report", Engine.BINDINGS);
  }

  /** Doors that stay shut although they open the right way. */
  private static final Map<String, Set<String>> FORBIDDEN = Map.of("fused", Set.of("nn"));

  private static final Map<Pattern, String> HABITS =
      Map.of(
          Pattern.compile("\\bSystem\\.(out|err)\\b"), "prints; use SLF4J",
          Pattern.compile("\\bSystem\\.exit\\b"), "ends the JVM of whoever embeds it",
          Pattern.compile("(^|[;{}])\\s*assert\\b", Pattern.MULTILINE),
              "asserts, which nobody switches on; throw",
          Pattern.compile("\\.printStackTrace\\b"), "prints a stack trace; log or throw");

  private static final Pattern OURS = Pattern.compile("\\bio\\.github\\.cvt4j\\.([a-z]\\w*)");

  /** Comments and literals, which may say what code may not. */
  private static final Pattern NOT_CODE =
      Pattern.compile(
          "/\\*.*?\\*/|//[^\\n]*|\"\"\".*?\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])+'",
          Pattern.DOTALL);

  private Architecture() {}

  /**
   * What is wrong with a source file.
   *
   * @param home its package below {@code io.github.cvt4j}, or empty for that package itself
   * @param source its text
   */
  static List<String> violations(String home, String source) {
    List<String> found = new ArrayList<>();
    String code = NOT_CODE.matcher(source).replaceAll(" ");
    if (!home.isEmpty() && !PACKAGES.containsKey(home)) {
      found.add("package '" + home + "' has no place in the plan yet");
      return found;
    }
    Matcher used = OURS.matcher(code);
    while (used.find()) {
      if (!mayUse(home, used.group(1))) {
        found.add("uses " + used.group(1));
      }
    }
    Engine engine = PACKAGES.getOrDefault(home, Engine.NONE);
    if (engine == Engine.NONE && code.contains("org.bytedeco.")) {
      found.add("uses libtorch's bindings");
    }
    if (engine == Engine.BINDINGS && code.contains("org.bytedeco.javacpp")) {
      found.add("uses raw pointers, whose only home is tensor");
    }
    HABITS.forEach(
        (pattern, what) -> {
          if (pattern.matcher(code).find()) {
            found.add(what);
          }
        });
    return found;
  }

  private static boolean mayUse(String home, String other) {
    if (other.equals(home)) {
      return true;
    }
    List<String> fromTheGround = List.copyOf(PACKAGES.keySet());
    boolean above = fromTheGround.indexOf(other) < fromTheGround.indexOf(home);
    return above
        && fromTheGround.contains(other)
        && !FORBIDDEN.getOrDefault(home, Set.of()).contains(other);
  }
}
