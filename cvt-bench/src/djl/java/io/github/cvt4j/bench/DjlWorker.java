package io.github.cvt4j.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.inference.Predictor;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * DJL's PyTorch engine, in a process of its own, for its libtorch is another. Runs when {@link
 * DjlContest} says so on standard input: {@code BATCH SIDE SECONDS} asks for that long a turn, and
 * is answered with the seconds that each run took.
 *
 * <p>Arguments: a TorchScript file; files of pictures and of the logits expected of them, as raw
 * floats; the largest difference relative to the largest logit.
 */
public final class DjlWorker {

  private DjlWorker() {}

  /** Serves until standard input ends. */
  public static void main(String[] args) throws Exception {
    float[] pictures = floats(Path.of(args[1]));
    float[] logits = floats(Path.of(args[2]));
    double tolerance = Double.parseDouble(args[3]);
    Criteria<NDList, NDList> criteria =
        Criteria.builder()
            .setTypes(NDList.class, NDList.class)
            .optEngine("PyTorch")
            .optModelPath(Path.of(args[0]))
            .build();
    try (ZooModel<NDList, NDList> model = criteria.loadModel();
        Predictor<NDList, NDList> predictor = model.newPredictor()) {
      System.out.println("ready");
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] words = line.split(" ", -1);
        int batch = Integer.parseInt(words[0]);
        int side = Integer.parseInt(words[1]);
        float[] input = Arrays.copyOf(pictures, batch * 3 * side * side);
        List<String> times = new ArrayList<>();
        double spent = 0;
        do {
          long began = System.nanoTime();
          float[] answer = run(model.getNDManager(), predictor, input, batch, side);
          double took = (System.nanoTime() - began) * 1e-9;
          check(answer, logits, tolerance);
          times.add(Double.toString(took));
          spent += took;
        } while (spent < Double.parseDouble(words[2]));
        System.out.println(String.join(" ", times));
      }
    }
  }

  /** From an array of pixels to an array of logits, as the other side is timed. */
  private static float[] run(
      NDManager root, Predictor<NDList, NDList> predictor, float[] input, int batch, int side)
      throws Exception {
    try (NDManager manager = root.newSubManager()) {
      NDArray images = manager.create(input, new Shape(batch, 3, side, side));
      NDList result = predictor.predict(new NDList(images));
      result.attach(manager);
      return result.singletonOrThrow().toFloatArray();
    }
  }

  private static void check(float[] answer, float[] expected, double tolerance) {
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < answer.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(answer[i] - expected[i]));
    }
    if (!(difference <= tolerance * largest)) {
      throw new IllegalStateException(
          "logits differ by %s of the largest".formatted(difference / largest));
    }
  }

  private static float[] floats(Path file) throws Exception {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }
}
