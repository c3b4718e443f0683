package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.fused.ComputeType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchmarkCommandTest {

  @TempDir Path folder;

  @Test
  void everyContenderOfEveryBatchHasItsLine() throws Exception {
    Path table = folder.resolve("speed.csv");
    Cli run =
        Cli.done(
            "benchmark",
            "--model",
            "cvt-tiny-32",
            "--batch",
            "1,3",
            "--engine",
            "eager,fused",
            "--dtype",
            "fp32,bf16,int8",
            "--peer",
            "onnxruntime",
            "--seconds",
            0.01,
            "--results-file",
            table,
            "--json");
    List<String> seen = new ArrayList<>();
    for (String line : run.out().lines().toList()) {
      JsonNode result = new ObjectMapper().readTree(line);
      seen.add(
          "%s %s %d"
              .formatted(
                  result.get("engine").asText(),
                  result.get("dtype").asText(),
                  result.get("batch").asInt()));
      assertThat(result.get("images_per_second").asDouble()).as(line).isPositive();
      assertThat(result.get("p50_ms").asDouble()).as(line).isPositive();
      assertThat(result.get("p99_ms").asDouble())
          .as(line)
          .isGreaterThanOrEqualTo(result.get("p50_ms").asDouble());
      assertThat(result.get("share_of_peak").asDouble()).as(line).isPositive();
      if (result.get("engine").asText().equals("onnxruntime")) {
        assertThat(result.get("ratio").asDouble()).isEqualTo(1);
      } else {
        assertThat(result.get("ratio").asDouble()).as(line).isPositive();
      }
    }
    assertThat(seen)
        .containsExactly(
            "eager fp32 1",
            "fused fp32 1",
            "fused bf16 1",
            "fused int8 1",
            "onnxruntime fp32 1",
            "eager fp32 3",
            "fused fp32 3",
            "fused bf16 3",
            "fused int8 3",
            "onnxruntime fp32 3");
    List<String> rows = Files.readAllLines(table);
    assertThat(rows).hasSize(11);
    assertThat(rows.get(0)).startsWith("model,infer_samples_per_sec,infer_step_time");
    assertThat(rows.get(2)).startsWith("cvt-tiny-32 (fused fp32),");
  }

  /** The first contender is what others are held against, and it may be the roughest. */
  @Test
  void roughTypesMayComeFirst() {
    Cli run =
        Cli.done(
            "benchmark",
            "--model",
            "cvt-tiny-32",
            "--batch",
            "1",
            "--engine",
            "fused",
            "--dtype",
            "int8,bf16,fp32",
            "--peer",
            "onnxruntime",
            "--seconds",
            0.01,
            "--json");
    assertThat(run.out().lines()).hasSize(4);
    assertThat(run.err()).contains("these weights are not quantized");
    assertThat(Cli.refused("benchmark", "--train", "--model", "cvt-tiny-32", "--dtype", "int8"))
        .contains("--dtype int8 is for inference");
  }

  @Test
  void trainingStepsAreTimedBesideThePlainOnes() throws Exception {
    Cli run =
        Cli.done(
            "benchmark",
            "--train",
            "--model",
            "cvt-tiny-32",
            "--batch",
            "1,3",
            "--dtype",
            "fp32,bf16",
            "--peer",
            "plain",
            "--seconds",
            0.01,
            "--json");
    List<String> seen = new ArrayList<>();
    for (String line : run.out().lines().toList()) {
      JsonNode result = new ObjectMapper().readTree(line);
      seen.add(
          "%s %s %d"
              .formatted(
                  result.get("engine").asText(),
                  result.get("dtype").asText(),
                  result.get("batch").asInt()));
      for (String key :
          List.of(
              "images_per_second",
              "share_of_peak",
              "ratio",
              "threads",
              "forward_ms",
              "backward_ms",
              "optimizer_ms",
              "loss")) {
        assertThat(result.get(key).asDouble()).as("%s of %s", key, line).isPositive();
      }
      assertThat(result.get("blas").asText()).isIn("openblas", "mkl");
      assertThat(result.get("bytes_per_image").asLong()).as(line).isNotNegative();
    }
    assertThat(seen)
        .containsExactly(
            "plain fp32 1",
            "fast fp32 1",
            "fast bf16 1",
            "plain fp32 3",
            "fast fp32 3",
            "fast bf16 3");
  }

  @Test
  void whatCannotBeTimedIsSaid() {
    assertThat(Cli.refused("benchmark", "--model", "cvt-tiny-32", "--peer", "plain"))
        .contains("--peer: expected onnxruntime");
    assertThat(
            Cli.refused("benchmark", "--train", "--model", "cvt-tiny-32", "--peer", "onnxruntime"))
        .contains("--peer: expected plain with --train");
    assertThat(Cli.refused("benchmark", "--train", "--model", "cvt-13", "--engine", "fused"))
        .contains("--engine and --results-file are for inference");
    assertThat(Cli.refused("benchmark", "--model", "cvt-tiny-32", "--batch", "0"))
        .contains("--batch [0]: expected 1 or more");
    assertThat(Cli.refused("benchmark", "--model", "cvt-tiny-32", "--seconds", "0"))
        .contains("--seconds 0.0: expected more than 0");
    assertThat(
            Cli.refused(
                "benchmark", "--model", "cvt-tiny-32", "--engine", "eager", "--dtype", "bf16"))
        .contains("the eager engine computes in fp32 only");
    assertThat(Cli.refused("benchmark", "--model", "cvt-13", "--size", "2"))
        .contains("use a larger image");
  }

  @Test
  void otherAnswersAreNotTimed() {
    Contender right = constant(new float[] {1, 2, 3});
    Contender wrong = constant(new float[] {1, 2.1f, 3});
    assertThatThrownBy(() -> new Contest(List.of(right, wrong), 0.01).run(1, 3, 4, 4))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("gives other logits");
  }

  private static Contender constant(float[] logits) {
    return new Contender() {
      @Override
      public float[] logits(float[] pictures, long... shape) {
        return logits;
      }

      @Override
      public String engine() {
        return "constant";
      }

      @Override
      public ComputeType type() {
        return ComputeType.FP32;
      }

      @Override
      public boolean peer() {
        return false;
      }

      @Override
      public void close() {}
    };
  }
}
