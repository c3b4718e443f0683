package io.github.cvt4j.weights;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Python's pickle machine, cut down to what checkpoints need and safe on hostile input: it calls
 * nothing but what an allow-list hands it, allocates by what is there and not by what is claimed,
 * never recurses, and never walks a graph that it built. Opcodes: CPython's {@code
 * Lib/pickletools.py}.
 *
 * <p>Values come out as null, Boolean, Long, BigInteger, Double, String, ByteBuffer (a view of the
 * input), {@link PickleTuple}, {@link PickleList}, {@link PickleDict} and whatever the allow-list
 * makes.
 *
 * <p>net.razorvine:pickle is not used because it allocates by claimed lengths and keeps its
 * constructors in a registry that all of the JVM shares.
 */
final class Pickle {

  /**
   * Bounds what the values take to about a hundred megabytes, whatever the file's size. Fixtures
   * take 30 for each tensor, which makes some 80,000 for CvT-W24's training checkpoint.
   */
  private static final int MAX_OPERATIONS = 1_000_000;

  private static final int HIGHEST_PROTOCOL = 5;

  /** Something on the allow-list that may be called. */
  interface Callable {
    Object call(PickleTuple arguments);
  }

  /** Something made by a {@link Callable} that takes a state afterwards. */
  interface Buildable {
    void build(Object state);
  }

  private final PickleInput in;
  private final Function<String, Object> globals;
  private final Function<PickleTuple, Object> persistent;
  private final List<Object> stack = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();

  private Pickle(
      ByteBuffer in, Function<String, Object> globals, Function<PickleTuple, Object> persistent) {
    this.in = new PickleInput(in);
    this.globals = globals;
    this.persistent = persistent;
  }

  /**
   * Runs one pickle.
   *
   * @param in from its position, which is left behind the pickle's end
   * @param globals the allow-list: {@code module.name} to a {@link Callable}, or to any other
   *     object if it is only mentioned; null refuses
   * @param persistent makes objects of persistent ids; may throw a CheckpointException
   * @throws CheckpointException in one line, if the pickle is damaged or wants more than that
   */
  static Object load(
      ByteBuffer in, Function<String, Object> globals, Function<PickleTuple, Object> persistent) {
    return new Pickle(in, globals, persistent).run();
  }

  /** As {@link #load(ByteBuffer, Function, Function)}, without any persistent ids. */
  static Object load(ByteBuffer in, Function<String, Object> globals) {
    return load(
        in,
        globals,
        id -> {
          throw new CheckpointException("pickle: a persistent id, which only PyTorch's files have");
        });
  }

  private Object run() {
    for (int count = 0; count < MAX_OPERATIONS; count++) {
      int op = in.u1();
      if (op == PickleOp.STOP) {
        return pop();
      }
      step(op);
    }
    throw new CheckpointException("pickle: more than " + MAX_OPERATIONS + " operations");
  }

  private void step(int op) {
    switch (op) {
      case PickleOp.PROTO -> protocol(in.u1());
      case PickleOp.FRAME -> in.frame();

      case PickleOp.NONE -> push(null);
      case PickleOp.NEWTRUE -> push(true);
      case PickleOp.NEWFALSE -> push(false);
      case PickleOp.INT, PickleOp.LONG -> push(in.decimal());
      case PickleOp.BININT -> push((long) in.i4());
      case PickleOp.BININT1 -> push((long) in.u1());
      case PickleOp.BININT2 -> push((long) in.u2());
      case PickleOp.LONG1 -> push(in.integer(in.u1()));
      case PickleOp.LONG4 -> push(in.integer(in.i4()));
      case PickleOp.FLOAT -> push(in.decimalFloat());
      case PickleOp.BINFLOAT -> push(in.float8());
      case PickleOp.BINSTRING -> push(in.latin1(in.i4()));
      case PickleOp.SHORT_BINSTRING -> push(in.latin1(in.u1()));
      case PickleOp.SHORT_BINUNICODE -> push(in.utf8(in.u1()));
      case PickleOp.BINUNICODE -> push(in.utf8(in.u4()));
      case PickleOp.BINUNICODE8 -> push(in.utf8(in.u8()));
      case PickleOp.SHORT_BINBYTES -> push(in.bytes(in.u1()));
      case PickleOp.BINBYTES -> push(in.bytes(in.u4()));
      case PickleOp.BINBYTES8, PickleOp.BYTEARRAY8 -> push(in.bytes(in.u8()));

      case PickleOp.MARK -> marks.add(stack.size());
      case PickleOp.POP -> popOrUnmark();
      case PickleOp.POP_MARK -> popMark();
      case PickleOp.DUP -> push(peek(Object.class));

      case PickleOp.EMPTY_TUPLE -> push(new PickleTuple());
      case PickleOp.TUPLE1 -> push(tuple(1));
      case PickleOp.TUPLE2 -> push(tuple(2));
      case PickleOp.TUPLE3 -> push(tuple(3));
      case PickleOp.TUPLE -> push(PickleTuple.of(popMark()));
      case PickleOp.EMPTY_LIST -> push(new PickleList());
      case PickleOp.LIST -> list(popMark());
      case PickleOp.APPEND -> append(pop());
      case PickleOp.APPENDS -> appendAll(popMark());
      case PickleOp.EMPTY_DICT -> push(new PickleDict());
      case PickleOp.DICT -> dict(popMark());
      case PickleOp.SETITEM -> putAll(popTwo());
      case PickleOp.SETITEMS -> putAll(popMark());

      case PickleOp.GET -> push(recall(slot(in.decimal())));
      case PickleOp.BINGET -> push(recall(in.u1()));
      case PickleOp.LONG_BINGET -> push(recall(in.u4()));
      case PickleOp.PUT -> memo.put(slot(in.decimal()), peek(Object.class));
      case PickleOp.BINPUT -> memo.put((long) in.u1(), peek(Object.class));
      case PickleOp.LONG_BINPUT -> memo.put(in.u4(), peek(Object.class));
      case PickleOp.MEMOIZE -> memo.put((long) memo.size(), peek(Object.class));

      case PickleOp.GLOBAL -> push(global(in.line(), in.line()));
      case PickleOp.STACK_GLOBAL -> stackGlobal();
      case PickleOp.BINPERSID -> push(persistent.apply(pop(PickleTuple.class)));
      case PickleOp.REDUCE, PickleOp.NEWOBJ -> call();
      case PickleOp.BUILD -> build(pop());
      default ->
          throw new CheckpointException(
              "pickle: opcode 0x%02x at byte %d is not allowed in a checkpoint"
                  .formatted(op, in.position() - 1));
    }
  }

  private static void protocol(int version) {
    if (version > HIGHEST_PROTOCOL) {
      throw new CheckpointException(
          "pickle: protocol %d, expected at most %d".formatted(version, HIGHEST_PROTOCOL));
    }
  }

  private void list(List<Object> items) {
    PickleList list = new PickleList();
    list.addAll(items);
    push(list);
  }

  private void append(Object item) {
    peek(PickleList.class).add(item);
  }

  private void appendAll(List<Object> items) {
    peek(PickleList.class).addAll(items);
  }

  private void dict(List<Object> items) {
    push(new PickleDict());
    putAll(items);
  }

  private void putAll(List<Object> items) {
    PickleDict dict = peek(PickleDict.class);
    if (items.size() % 2 != 0) {
      throw new CheckpointException("pickle: a dict's key without a value");
    }
    for (int i = 0; i < items.size(); i += 2) {
      dict.put(items.get(i), items.get(i + 1));
    }
  }

  private PickleTuple tuple(int size) {
    Object[] items = new Object[size];
    for (int i = size - 1; i >= 0; i--) {
      items[i] = pop();
    }
    return new PickleTuple(items);
  }

  private static long slot(Number number) {
    if (number instanceof Long slot && slot >= 0) {
      return slot;
    }
    throw new CheckpointException("pickle: a memo slot out of range");
  }

  private Object recall(long slot) {
    Object value = memo.get(slot);
    if (value == null && !memo.containsKey(slot)) {
      throw new CheckpointException("pickle: memo slot " + slot + " was never filled");
    }
    return value;
  }

  private Object global(String module, String name) {
    String full = module + "." + name;
    Object value = globals.apply(full);
    if (value == null) {
      throw new CheckpointException(
          "pickle: it names %s, which has no place in a checkpoint; nothing was run"
              .formatted(Quote.of(full)));
    }
    return value;
  }

  private void stackGlobal() {
    String name = pop(String.class);
    push(global(pop(String.class), name));
  }

  private void call() {
    PickleTuple arguments = pop(PickleTuple.class);
    push(pop(Callable.class).call(arguments));
  }

  private void build(Object state) {
    // OrderedDict's attributes (PyTorch keeps module versions there) are of no use here.
    if (!(peek(Object.class) instanceof PickleDict)) {
      peek(Buildable.class).build(state);
    }
  }

  private void push(Object value) {
    stack.add(value);
  }

  /**
   * How much of the stack lies below the last mark, where nothing but that mark's end may reach.
   */
  private int fence() {
    return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
  }

  private <T> T peek(Class<T> type) {
    if (stack.size() <= fence()) {
      throw new CheckpointException("pickle: takes from an empty stack at byte " + in.position());
    }
    return check(stack.get(stack.size() - 1), type);
  }

  private Object pop() {
    return pop(Object.class);
  }

  private <T> T pop(Class<T> type) {
    T value = peek(type);
    stack.remove(stack.size() - 1);
    return value;
  }

  private List<Object> popTwo() {
    Object second = pop();
    List<Object> two = new ArrayList<>(2);
    two.add(pop());
    two.add(second);
    return two;
  }

  private List<Object> popMark() {
    if (marks.isEmpty()) {
      throw new CheckpointException("pickle: the mark is missing at byte " + in.position());
    }
    List<Object> tail = stack.subList(marks.remove(marks.size() - 1), stack.size());
    List<Object> items = new ArrayList<>(tail);
    tail.clear();
    return items;
  }

  private void popOrUnmark() {
    if (!marks.isEmpty() && stack.size() == fence()) {
      marks.remove(marks.size() - 1);
    } else {
      pop();
    }
  }

  private <T> T check(Object value, Class<T> type) {
    if (type != Object.class && !type.isInstance(value)) {
      throw new CheckpointException(
          "pickle: %s where %s belongs, at byte %d"
              .formatted(describe(value), describe(type), in.position()));
    }
    return type.cast(value);
  }

  /** What kind of thing that is; never what is inside. */
  static String describe(Object value) {
    return value == null ? "None" : describe(value.getClass());
  }

  /** What kind of thing such objects are. */
  static String describe(Class<?> type) {
    if (type == PickleTuple.class) {
      return "a tuple";
    } else if (type == PickleList.class) {
      return "a list";
    } else if (type == PickleDict.class) {
      return "a dict";
    } else if (type == String.class) {
      return "text";
    } else if (ByteBuffer.class.isAssignableFrom(type)) {
      return "bytes";
    } else if (type == Long.class) {
      return "an integer";
    } else if (Number.class.isAssignableFrom(type)) {
      return "a number";
    } else if (type == Boolean.class) {
      return "a truth value";
    } else if (Callable.class.isAssignableFrom(type)) {
      return "something callable";
    }
    return "an object";
  }
}
