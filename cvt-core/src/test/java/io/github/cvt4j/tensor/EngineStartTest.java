package io.github.cvt4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts child JVMs, since natives load once per process. */
class EngineStartTest {

  @TempDir Path folder;

  /** What the children run: one sum in libtorch. */
  public static final class Child {

    public static void main(String[] args) {
      try (Scope scope = Scope.open()) {
        Tensor sum = Tensors.of(new float[] {1, 2, 3.5f}, 3).sum();
        System.out.println("sum " + sum.item_float());
      }
    }
  }

  /** What a child runs on a machine without natives. */
  public static final class ChildWithoutNatives {

    public static void main(String[] args) {
      try {
        Engine.start();
      } catch (UnsupportedPlatformException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @Test
  void twoProcessesStartAtOnceOnAnEmptyNativeCache() throws Exception {
    Path cache = Files.createDirectory(folder.resolve("cache"));
    List<Process> children = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      children.add(child("out" + i, System.getProperty("java.class.path"), Child.class, cache));
    }
    for (int i = 0; i < 2; i++) {
      assertThat(finish(children.get(i), "out" + i)).contains("sum 6.5");
      assertThat(children.get(i).exitValue()).isZero();
    }
  }

  @Test
  void aPlatformWithoutNativesIsNamed() throws Exception {
    String bindingsOnly =
        String.join(
            File.pathSeparator,
            List.of(System.getProperty("java.class.path").split(File.pathSeparator)).stream()
                .filter(entry -> !entry.matches(".*(linux|macosx|windows)-[a-z0-9_]+\\.jar"))
                .toList());
    Path cache = Files.createDirectory(folder.resolve("cache"));
    Process child = child("out", bindingsOnly, ChildWithoutNatives.class, cache);
    assertThat(finish(child, "out"))
        .contains("no libtorch for ")
        .contains("linux-x86_64, macosx-arm64");
    assertThat(child.exitValue()).isZero();
  }

  private Process child(String name, String classPath, Class<?> main, Path cache)
      throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dorg.bytedeco.javacpp.cachedir=" + cache,
            "-cp",
            classPath,
            main.getName())
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(name).toFile())
        .start();
  }

  private String finish(Process child, String name) throws Exception {
    boolean ended = child.waitFor(180, TimeUnit.SECONDS);
    if (!ended) {
      child.destroyForcibly();
    }
    String output = Files.readString(folder.resolve(name), StandardCharsets.UTF_8);
    assertThat(ended).as("ended within three minutes; it said: %s", output).isTrue();
    return output;
  }
}
