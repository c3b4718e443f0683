package io.github.cvt4j.tensor;

import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;

/**
 * Owns every native object that its thread makes while it is the innermost open scope, and frees
 * them when it closes. One scope per training step, request or batch:
 *
 * <pre>{@code
 * try (Scope scope = Scope.open()) {
 *   Tensor logits = model.forward(images);
 *   return Tensors.floats(logits);
 * }
 * }</pre>
 *
 * <p>Belongs to the thread that opened it; scopes close in the reverse order of opening.
 */
public final class Scope implements AutoCloseable {

  static {
    Engine.start();
  }

  private final PointerScope pointers = new PointerScope();

  private Scope() {}

  /** Opens a scope inside the thread's current one. */
  public static Scope open() {
    return new Scope();
  }

  /**
   * Takes a native object out: it outlives every scope until {@link #release} is called on it. For
   * what objects own for long, such as weights.
   *
   * @return the object itself
   */
  public static <P extends Pointer> P keep(P pointer) {
    pointer.retainReference();
    return pointer;
  }

  /**
   * Runs steps in a scope of their own. All that they made is freed but their result, which belongs
   * to the caller's scope.
   *
   * @throws IllegalStateException if the thread has no open scope
   */
  public static <P extends Pointer> P only(Supplier<P> steps) {
    P result;
    try (Scope inner = open()) {
      result = keep(steps.get());
    }
    return adopt(result);
  }

  /**
   * Hands what {@link #keep} took out, perhaps on another thread, to the caller's scope.
   *
   * @return the object itself
   * @throws IllegalStateException if the thread has no open scope
   */
  public static <P extends Pointer> P adopt(P kept) {
    PointerScope scope = PointerScope.getInnerScope();
    if (scope == null) {
      release(kept);
      throw new IllegalStateException("no open scope to hand the result to");
    }
    scope.attach(kept);
    release(kept); // the scope holds it now
    return kept;
  }

  /**
   * Frees what {@link #keep} took out, from any thread, or ahead of time what an open scope still
   * owns, such as a large intermediate. Null is allowed and ignored.
   *
   * <p>The object must no longer be in use.
   */
  public static void release(Pointer pointer) {
    if (pointer != null) {
      pointer.releaseReference();
    }
  }

  @Override
  public void close() {
    pointers.close();
  }
}
