package io.github.cvt4j.tensor;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.OperatorName;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.Type;

/**
 * One operator of libtorch's dispatcher, looked up by name. For operators that the bindings do not
 * offer as a method, such as the fused optimizers; a call goes through the same kernels.
 *
 * <p>Lives as long as the process, so keep it in a constant. Safe for any number of threads.
 */
public final class Operator {

  static {
    Engine.start();
  }

  private final OperatorHandle handle;
  private final Map<Integer, Type.TypePtr> elementTypes = new ConcurrentHashMap<>();

  private Operator(OperatorHandle handle) {
    this.handle = handle;
  }

  /**
   * Looks an operator up.
   *
   * @param name such as {@code aten::_fused_adamw_}
   * @param overload such as {@code Tensor}; empty for the default one
   * @throws RuntimeException naming the operator, if this libtorch lacks it
   */
  public static Operator find(String name, String overload) {
    try (Scope scope = Scope.open()) {
      return new Operator(
          Scope.keep(new OperatorHandle(Dispatcher.singleton().findSchemaOrThrow(name, overload))));
    }
  }

  /**
   * Calls the operator for its effect on its arguments.
   *
   * @param arguments all of the schema's arguments in order, also those with defaults; {@code new
   *     IValue()} is none
   */
  public void run(IValue... arguments) {
    try (Scope scope = Scope.open()) {
      handle.callBoxed(new IValueVector(arguments));
    }
  }

  /**
   * Calls the operator for its first result, which belongs to the caller's scope.
   *
   * @param arguments as for {@link #run}
   */
  public Tensor call(IValue... arguments) {
    return Scope.only(
        () -> {
          IValueVector stack = new IValueVector(arguments);
          handle.callBoxed(stack);
          return new Tensor(stack.get(0).toTensor()); // the stack's own reference dangles
        });
  }

  /** Whether this build of libtorch has the operator. */
  public static boolean exists(String name, String overload) {
    try (Scope scope = Scope.open()) {
      return Dispatcher.singleton().findSchema(new OperatorName(name, overload)).has_value();
    }
  }

  /**
   * A list argument of tensors, also an empty one; it shares the tensors, so it may be used again
   * as long as they are the same. Belongs to the innermost scope.
   *
   * @param argument the argument's place in the schema, from 0; gives the list its element type
   */
  public IValue list(int argument, Collection<Tensor> tensors) {
    GenericList list = new GenericList(elementTypes.computeIfAbsent(argument, this::elementType));
    for (Tensor tensor : tensors) {
      list.push_back(new IValue(tensor));
    }
    return new IValue(list);
  }

  /** A list argument of integers; otherwise as {@link #list}. */
  public IValue integers(int argument, long... values) {
    GenericList list = new GenericList(elementTypes.computeIfAbsent(argument, this::elementType));
    for (long value : values) {
      list.push_back(new IValue(value));
    }
    return new IValue(list);
  }

  /** Once for each argument: every look at a schema's arguments copies them and leaks a part. */
  private Type.TypePtr elementType(int argument) {
    try (Scope scope = Scope.open()) {
      Type list = handle.schema().arguments().getPointer(argument).type().get();
      return Scope.keep(list.containedType(0));
    }
  }
}
