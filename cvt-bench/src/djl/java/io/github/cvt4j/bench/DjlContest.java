package io.github.cvt4j.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.ModelSource;
import io.github.cvt4j.infer.Network;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * The fused engine against DJL's PyTorch engine on the same weights, which it gets as TorchScript
 * in the original's operators. In turns; DJL's runs in a process of its own, on as many threads,
 * and each of its answers must be ours.
 *
 * <pre>{@code
 * ./mvnw -q -P djl -pl cvt-bench -am -Dmaven.test.skip package dependency:copy-dependencies
 * OPENBLAS_NUM_THREADS=1 java -cp 'cvt-bench/target/classes:cvt-bench/target/dependency/*' \
 *     io.github.cvt4j.bench.DjlContest model=cvt-13 batch=1,8,32 dtype=fp32,bf16 seconds=5
 * }</pre>
 *
 * <p>Prints one line of JSON for each engine, type and batch; {@code ratio} is that to DJL's speed.
 */
public final class DjlContest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int ROUNDS = 5;
  private static final double TOLERANCE = 1e-3;

  private final LoadedModel loaded;
  private final int side;
  private final float[] pictures;
  private final Path folder;
  private final double seconds;

  private DjlContest(LoadedModel loaded, int most, Path folder, double seconds) {
    this.loaded = loaded;
    this.side = loaded.spec().imageSize().height();
    this.folder = folder;
    this.seconds = seconds;
    SplittableRandom random = new SplittableRandom(0);
    pictures = new float[most * 3 * side * side];
    for (int i = 0; i < pictures.length; i++) {
      pictures[i] = (float) random.nextDouble(-2, 2);
    }
  }

  /**
   * Measures.
   *
   * @param args what is to be changed of the settings
   */
  public static void main(String[] args) throws Exception {
    Map<String, String> settings =
        Settings.of(
            Map.of("model", "cvt-13", "batch", "1,8,32", "dtype", "fp32,bf16", "seconds", "5"),
            List.of(args));
    List<Integer> batches =
        Stream.of(settings.get("batch").split(",", -1)).map(Integer::valueOf).toList();
    List<ComputeType> types =
        Stream.of(settings.get("dtype").split(",", -1))
            .map(name -> ComputeType.valueOf(name.toUpperCase(Locale.ROOT)))
            .toList();
    int most = batches.stream().mapToInt(batch -> batch).max().orElseThrow();
    Engine.setThreads(Runtime.getRuntime().availableProcessors());
    LoadedModel loaded = ModelSource.fresh(settings.get("model"), 0).open();
    Path folder = Files.createTempDirectory("djl");
    try {
      new DjlContest(loaded, most, folder, Double.parseDouble(settings.get("seconds")))
          .run(batches, types);
    } finally {
      for (String name : List.of("model.pt", "pictures", "logits")) {
        Files.deleteIfExists(folder.resolve(name));
      }
      Files.delete(folder);
    }
  }

  private void run(List<Integer> batches, List<ComputeType> types) throws Exception {
    try (Cvt model = loaded.build()) {
      TorchScript.write(loaded.spec(), model.stateDict().tensors(), folder.resolve("model.pt"));
    }
    write("pictures", pictures);
    try (Network reference = loaded.network(Execution.EAGER)) {
      write("logits", logits(reference, pictures.length / (3 * side * side)));
    }
    List<Network> networks = new ArrayList<>();
    Process process = worker();
    try (PrintStream to = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
        BufferedReader from = process.inputReader()) {
      types.forEach(
          type -> networks.add(loaded.network(new Execution(Execution.Engine.FUSED, type))));
      line(from); // ready
      for (int batch : batches) {
        contest(batch, networks, to, from);
      }
    } finally {
      networks.forEach(Network::close);
      process.destroy();
      process.waitFor();
    }
  }

  private void contest(int batch, List<Network> networks, PrintStream to, BufferedReader from)
      throws IOException {
    List<List<Double>> times = new ArrayList<>();
    networks.forEach(network -> times.add(new ArrayList<>()));
    List<Double> others = new ArrayList<>();
    for (int round = -1; round < ROUNDS; round++) { // the first one warms up
      for (int i = 0; i < networks.size(); i++) {
        List<Double> turn = turn(networks.get(i), batch);
        if (round >= 0) {
          times.get(i).addAll(turn);
        }
      }
      to.println(batch + " " + side + " " + seconds / ROUNDS);
      List<Double> turn = Stream.of(line(from).split(" ", -1)).map(Double::valueOf).toList();
      if (round >= 0) {
        others.addAll(turn);
      }
    }
    double djl = speed(batch, others);
    print("djl", "fp32", batch, others, djl);
    for (int i = 0; i < networks.size(); i++) {
      print("fused", networks.get(i).execution().type().key(), batch, times.get(i), djl);
    }
  }

  private List<Double> turn(Network network, int batch) {
    List<Double> times = new ArrayList<>();
    double spent = 0;
    do {
      long began = System.nanoTime();
      logits(network, batch);
      double took = (System.nanoTime() - began) * 1e-9;
      times.add(took);
      spent += took;
    } while (spent < seconds / ROUNDS);
    return times;
  }

  private float[] logits(Network network, int batch) {
    try (Scope scope = Scope.open()) {
      float[] input = Arrays.copyOf(pictures, batch * 3 * side * side);
      return Tensors.floats(network.logits(Tensors.of(input, batch, 3, side, side)));
    }
  }

  private static double speed(int batch, List<Double> times) {
    return batch * times.size() / times.stream().mapToDouble(time -> time).sum();
  }

  private static void print(
      String engine, String type, int batch, List<Double> times, double djl) throws IOException {
    double[] sorted = times.stream().mapToDouble(time -> 1e3 * time).sorted().toArray();
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("engine", engine);
    line.put("dtype", type);
    line.put("batch", batch);
    line.put("images_per_second", speed(batch, times));
    line.put("p50_ms", sorted[sorted.length / 2]);
    line.put("p99_ms", sorted[(int) Math.ceil(0.99 * sorted.length) - 1]);
    line.put("ratio", speed(batch, times) / djl);
    System.out.println(JSON.writeValueAsString(line));
  }

  private Process worker() throws IOException {
    int threads = Engine.threads();
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dai.djl.pytorch.num_threads=" + threads,
            "-Dai.djl.pytorch.num_interop_threads=1",
            "-cp",
            System.getProperty("java.class.path"),
            "io.github.cvt4j.bench.DjlWorker",
            folder.resolve("model.pt").toString(),
            folder.resolve("pictures").toString(),
            folder.resolve("logits").toString(),
            Double.toString(TOLERANCE))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static String line(BufferedReader from) throws IOException {
    String line = from.readLine();
    if (line == null) {
      throw new IOException("DJL's process has ended; standard error says why");
    }
    return line;
  }

  private void write(String name, float[] values) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    Files.write(folder.resolve(name), bytes.array());
  }
}
