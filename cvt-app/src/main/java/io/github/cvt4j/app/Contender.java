package io.github.cvt4j.app;

import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.infer.Network;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** One way to compute the same logits. */
interface Contender extends AutoCloseable {

  /** What is timed: from pixels in Java's memory to logits in Java's memory. */
  float[] logits(float[] pictures, long... shape);

  /** Name of the implementation. */
  String engine();

  /** The type that its products run in. */
  ComputeType type();

  /** Whether others are measured against it. */
  boolean peer();

  @Override
  void close();

  /** One of our engines; closes the network. */
  static Contender of(Network network) {
    return new Contender() {
      @Override
      public float[] logits(float[] pictures, long... shape) {
        try (Scope scope = Scope.open()) {
          return Tensors.floats(network.logits(Tensors.of(pictures, shape)));
        }
      }

      @Override
      public String engine() {
        return network.execution().engine().key();
      }

      @Override
      public ComputeType type() {
        return network.execution().type();
      }

      @Override
      public boolean peer() {
        return false;
      }

      @Override
      public void close() {
        network.close();
      }
    };
  }

  /** The exported model in ONNX Runtime; closes the session. */
  static Contender of(OnnxSession session) {
    return new Contender() {
      @Override
      public float[] logits(float[] pictures, long... shape) {
        FloatBuffer direct =
            ByteBuffer.allocateDirect(pictures.length * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        return session.run(direct.put(pictures).flip(), shape);
      }

      @Override
      public String engine() {
        return "onnxruntime";
      }

      @Override
      public ComputeType type() {
        return ComputeType.FP32;
      }

      @Override
      public boolean peer() {
        return true;
      }

      @Override
      public void close() {
        session.close();
      }
    };
  }
}
