package io.github.cvt4j.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The file beside a model that holds its weights, one after another, each on a page of its own so
 * that readers can map it. Shapes and other small constants stay in the model.
 */
final class ExternalData {

  private static final int SMALLEST = 1_024;

  /** onnx.proto asks for multiples of the page size. */
  private static final int PAGE = 4_096;

  private final String file;
  private final List<Initializer> tensors = new ArrayList<>();
  private final Map<String, Long> offsets = new HashMap<>(); // by name

  /**
   * @param file its name, without a folder
   */
  ExternalData(String file, Graph graph) {
    this.file = file;
    long offset = 0;
    for (Initializer tensor : graph.initializers()) {
      if (tensor.bytes() >= SMALLEST) {
        tensors.add(tensor);
        offsets.put(tensor.name(), offset);
        offset = (offset + tensor.bytes() + PAGE - 1) / PAGE * PAGE;
      }
    }
  }

  String file() {
    return file;
  }

  boolean holds(Initializer tensor) {
    return offsets.containsKey(tensor.name());
  }

  long offset(Initializer tensor) {
    return offsets.get(tensor.name());
  }

  /** Writes the file; one tensor is in memory at a time. */
  void writeTo(FileChannel out) throws IOException {
    for (Initializer tensor : tensors) {
      ByteBuffer content = tensor.content().get();
      out.position(offset(tensor));
      while (content.hasRemaining()) {
        out.write(content);
      }
    }
  }
}
