package io.github.cvt4j.nn;

import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BiFunction;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;

/**
 * Gradient checkpointing (Chen et al. 2016, arXiv 1604.06174): the forward pass keeps only what
 * goes into each block, and the backward pass runs each block again, with the same random draws,
 * just before it needs its intermediates. Gradients are exactly those of an ordinary pass; memory
 * falls to about that of one block, and a step takes a third more time.
 *
 * <p>Good for one pass of one thread: make one, run {@code Pass.TRAIN.recomputing(it)}, call {@link
 * #backward} instead of the loss's own, close it.
 */
public final class Recomputation implements AutoCloseable {

  /** A block and what it is to be run with again. */
  private record Segment(
      Tensor input,
      Tensor output,
      Tensor draws,
      BiFunction<Tensor, Pass, Tensor> block,
      Pass pass) {

    void release() {
      Scope.release(output);
      Scope.release(draws);
    }
  }

  private final Deque<Segment> segments = new ArrayDeque<>();

  /** Runs a block without keeping its intermediates; its output is where the graph starts anew. */
  Tensor run(Tensor input, BiFunction<Tensor, Pass, Tensor> block, Pass pass) {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      Tensor draws = Scope.keep(Engine.draws());
      Tensor output = Scope.keep(block.apply(input, pass));
      output.set_requires_grad(true);
      segments.addLast(new Segment(input, output, draws, block, pass.again()));
      return output;
    }
  }

  /** Adds the gradients of a scalar that came out of the pass to those of the parameters. */
  public void backward(Tensor loss) {
    loss.backward();
    while (!segments.isEmpty()) {
      Segment segment = segments.removeLast();
      try (Scope scope = Scope.open()) {
        backward(segment);
      } finally {
        segment.release();
      }
    }
  }

  private static void backward(Segment segment) {
    Tensor input = segment.input.detach().requires_grad_(true);
    Engine.setDraws(segment.draws);
    Tensor output = segment.block.apply(input, segment.pass);
    flow(output, new Tensor(segment.output.grad()));
    if (segment.input.requires_grad()) {
      flow(segment.input, new Tensor(input.grad())); // on to the block before
    }
  }

  private static void flow(Tensor into, Tensor gradient) {
    into.backward(
        gradient, new BoolOptional(), /* create_graph= */ false, new TensorArrayRefOptional());
  }

  @Override
  public void close() {
    segments.forEach(Segment::release);
    segments.clear();
  }
}
