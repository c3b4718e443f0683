package io.github.cvt4j.app;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import io.github.cvt4j.InvalidInputException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * An ONNX model with one input and one output in ONNX Runtime, on its CPU provider with all
 * optimisations. Any number of threads may run it at once; {@link #close} it when none does.
 */
final class OnnxSession implements AutoCloseable {

  /** Enough for command lines of a million characters; only what is used takes memory. */
  private static final long STACK_BYTES = 256L << 20;

  private final OrtEnvironment environment;
  private final OrtSession session;
  private final String input;

  private OnnxSession(OrtEnvironment environment, OrtSession session) {
    this.environment = environment;
    this.session = session;
    this.input = session.getInputNames().iterator().next();
  }

  /**
   * Loads a model and checks it: operators, types, and that shapes are those that it claims.
   *
   * @param threads of an operator
   * @throws InvalidInputException if it does not load, or there is no ONNX Runtime for this machine
   */
  static OnnxSession open(Path file, int threads) {
    OrtEnvironment environment = environment();
    try (SessionOptions options = new SessionOptions()) {
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL); // it would print
      options.setIntraOpNumThreads(threads);
      options.addConfigEntry("session.strict_shape_type_inference", "1");
      return new OnnxSession(environment, environment.createSession(file.toString(), options));
    } catch (OrtException e) {
      throw new InvalidInputException(file + ": ONNX Runtime does not load it: " + firstLine(e), e);
    }
  }

  /**
   * The process's one environment. It is made on a thread with a large stack: ONNX Runtime 1.29
   * matches the process's whole command line with a regular expression that recurses at every
   * character, and 4 KB of it (a long class path) overflow a thread's usual stack, which ends the
   * JVM without a word.
   */
  private static OrtEnvironment environment() {
    FutureTask<OrtEnvironment> start = new FutureTask<>(OnnxSession::start);
    new Thread(null, start, "onnxruntime-start", STACK_BYTES).start();
    try {
      return start.get();
    } catch (ExecutionException e) {
      throw new InvalidInputException(
          "ONNX Runtime does not start on %s %s: %s"
              .formatted(
                  System.getProperty("os.name"), System.getProperty("os.arch"), e.getCause()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while ONNX Runtime started", e);
    }
  }

  private static OrtEnvironment start() throws OrtException {
    OrtEnvironment environment =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
    environment.setTelemetry(false);
    return environment;
  }

  /** ONNX Runtime's version. */
  String version() {
    return environment.getVersion();
  }

  /** The metadata that the model carries. */
  Map<String, String> metadata() {
    try {
      return session.getMetadata().getCustomMetadata();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Name of the output. */
  String output() {
    return session.getOutputNames().iterator().next();
  }

  /** Sizes of the input as the model gives them: numbers, or names for those that are free. */
  List<String> inputShape() {
    try {
      TensorInfo info = (TensorInfo) session.getInputInfo().get(input).getInfo();
      long[] sizes = info.getShape();
      String[] names = info.getDimensionNames();
      String[] shape = new String[sizes.length];
      for (int i = 0; i < sizes.length; i++) {
        shape[i] = sizes[i] < 0 ? names[i] : Long.toString(sizes[i]);
      }
      return List.of(shape);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Computes the output.
   *
   * @param values from the buffer's position to its limit; a direct buffer in native order is not
   *     copied
   * @return row-major
   * @throws InvalidInputException if ONNX Runtime cannot compute it
   */
  float[] run(FloatBuffer values, long... shape) {
    try (OnnxTensor tensor = OnnxTensor.createTensor(environment, values, shape)) {
      return run(tensor);
    } catch (OrtException e) {
      throw failed(e);
    }
  }

  /** The same for a model that takes unsigned bytes. */
  float[] run(ByteBuffer values, long... shape) {
    try (OnnxTensor tensor =
        OnnxTensor.createTensor(environment, values, shape, OnnxJavaType.UINT8)) {
      return run(tensor);
    } catch (OrtException e) {
      throw failed(e);
    }
  }

  private float[] run(OnnxTensor tensor) throws OrtException {
    try (OrtSession.Result result = session.run(Map.of(input, tensor))) {
      return ((OnnxTensor) result.get(0)).getFloatBuffer().array();
    }
  }

  private static InvalidInputException failed(OrtException e) {
    return new InvalidInputException("ONNX Runtime does not run the model: " + firstLine(e), e);
  }

  private static String firstLine(OrtException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
