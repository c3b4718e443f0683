package io.github.cvt4j.onnx;

import io.github.cvt4j.AtomicFile;
import io.github.cvt4j.Protobuf;
import io.github.cvt4j.weights.ModelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A CvT that can be written as an ONNX model.
 *
 * <p>It takes {@code input}, normalised pictures [batch, channels, height, width], or with
 * preprocessing {@code image}, bytes [batch, height, width, 3] of any size, RGB, and gives {@code
 * logits} [batch, classes], or {@code features} [batch, width] where there are no classes. Nodes,
 * values and constants are called as in the checkpoint; batch norms stand folded in their
 * convolutions, attention's scale in the queries' map. Its metadata are those of a checkpoint of
 * ours: {@code cvt4j.spec}, {@code cvt4j.preprocess}, {@code cvt4j.labels} and {@code
 * cvt4j.provenance}, each as JSON.
 *
 * <p>Immutable; holds the weights' memory, and copies none of it but one tensor at a time while it
 * is written.
 */
public final class OnnxModel {

  /** The operator set that models are written in; ONNX Runtime reads it since version 1.17. */
  public static final int OPSET = Operators.OPSET;

  /** Protobuf's limit; also that of many programs' 32-bit lengths. */
  private static final long LARGEST_FILE = Integer.MAX_VALUE;

  private final Graph graph;
  private final Map<String, String> metadata;
  private final boolean externalData;

  private OnnxModel(Graph graph, Map<String, String> metadata, boolean externalData) {
    this.graph = graph;
    this.metadata = metadata;
    this.externalData = externalData;
  }

  /**
   * Writes a model out as a graph.
   *
   * @param model whose weights are all there; its way of preprocessing is taken for the options'
   *     size
   * @throws OnnxException if preprocessing is wanted for a model that does not take three channels
   * @throws io.github.cvt4j.spec.SpecException if the size is too small for a stage
   * @throws io.github.cvt4j.weights.CheckpointException if a tensor is missing
   */
  public static OnnxModel of(ModelFile model, OnnxOptions options) {
    Graph graph = CvtGraph.of(model, options);
    long bytes = ModelProto.of(graph, model.metadata(), null).size();
    return new OnnxModel(graph, model.metadata(), options.externalData() || bytes > LARGEST_FILE);
  }

  /** The file that holds the weights of a model in {@code file}, if they stand outside it. */
  public static Path dataFile(Path file) {
    return file.resolveSibling(file.getFileName() + ".data");
  }

  /** Whether the weights stand in {@link #dataFile}. */
  public boolean hasDataFile() {
    return externalData;
  }

  /**
   * Writes the model, and its weights' file first if it has one; each replaces what stood there
   * when it is complete.
   *
   * @throws OnnxException if it cannot be written
   */
  public void write(Path file) {
    if (!externalData) {
      write(file, ModelProto.of(graph, metadata, null));
      return;
    }
    Path data = dataFile(file);
    ExternalData external = new ExternalData(data.getFileName().toString(), graph);
    write(data, external::writeTo);
    write(file, ModelProto.of(graph, metadata, external));
  }

  private static void write(Path file, Protobuf message) {
    write(file, (AtomicFile.Content) message::writeTo);
  }

  private static void write(Path file, AtomicFile.Content content) {
    try {
      AtomicFile.write(file, content);
    } catch (IOException e) {
      throw new OnnxException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }
}
