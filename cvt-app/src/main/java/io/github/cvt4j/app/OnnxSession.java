package io.github.cvt4j.app;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import io.github.cvt4j.InvalidInputException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * An ONNX model with one input and one output in ONNX Runtime, on its CPU provider with all
 * optimisations. Any number of threads may run it at once; {@link #close} it when none does.
 */
final class OnnxSession implements AutoCloseable {

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

  private static OrtEnvironment environment() {
    try {
      OrtEnvironment environment =
          OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      environment.setTelemetry(false);
      return environment;
    } catch (OrtException | RuntimeException | LinkageError e) {
      throw new InvalidInputException(
          "ONNX Runtime does not start on %s %s: %s"
              .formatted(System.getProperty("os.name"), System.getProperty("os.arch"), e),
          e);
    }
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
    try (OnnxTensor tensor = OnnxTensor.createTensor(environment, values, shape);
        OrtSession.Result result = session.run(Map.of(input, tensor))) {
      return ((OnnxTensor) result.get(0)).getFloatBuffer().array();
    } catch (OrtException e) {
      throw new InvalidInputException("ONNX Runtime does not run the model: " + firstLine(e), e);
    }
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
