package io.github.cvt4j.weights;

import static io.github.cvt4j.weights.PickleBytes.pickle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 10, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PickleTest {

  @Test
  void readsPlainValues() {
    assertThat(load(pickle().op(PickleOp.NONE))).isNull();
    assertThat(load(pickle().op(PickleOp.NEWTRUE))).isEqualTo(true);
    assertThat(load(pickle().op(PickleOp.BININT).i4(-7))).isEqualTo(-7L);
    assertThat(load(pickle().op(PickleOp.BININT1, 250))).isEqualTo(250L);
    assertThat(load(pickle().op(PickleOp.BININT2, 0xff, 0xfe))).isEqualTo(0xfeffL);
    assertThat(load(pickle().op(PickleOp.LONG1, 0))).isEqualTo(0L);
    assertThat(load(pickle().op(PickleOp.LONG1, 2, 0x00, 0xff))).isEqualTo(-256L);
    assertThat(load(pickle().op(PickleOp.LONG1, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1)))
        .isEqualTo(BigInteger.ONE.shiftLeft(64));
    assertThat(load(pickle().op(PickleOp.LONG).ascii("-12L\n"))).isEqualTo(-12L);
    assertThat(load(pickle().op(PickleOp.INT).ascii("12\n"))).isEqualTo(12L);
    assertThat(load(pickle().op(PickleOp.BINFLOAT, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0))).isEqualTo(1.5);
    assertThat(load(pickle().op(PickleOp.FLOAT).ascii("-2.5\n"))).isEqualTo(-2.5);
    assertThat(load(pickle().text("h\u00e4 \ud83d\ude00"))).isEqualTo("h\u00e4 \ud83d\ude00");
    assertThat(load(pickle().op(PickleOp.SHORT_BINSTRING, 1, 0xe4))).isEqualTo("\u00e4");
    assertThat(load(pickle().bytes((byte) 1, (byte) 2)))
        .isEqualTo(ByteBuffer.wrap(new byte[] {1, 2}));
  }

  @Test
  void readsContainersAndSharesThem() {
    PickleDict dict =
        (PickleDict)
            load(
                pickle()
                    .op(PickleOp.EMPTY_DICT, PickleOp.MARK)
                    .text("a")
                    .op(PickleOp.EMPTY_LIST, PickleOp.BINPUT, 5, PickleOp.MARK)
                    .op(PickleOp.BININT1, 1, PickleOp.BININT1, 2, PickleOp.APPENDS)
                    .text("b")
                    .op(PickleOp.BINGET, 5)
                    .op(PickleOp.BININT1, 3)
                    .op(PickleOp.BININT1, 4, PickleOp.DUP, PickleOp.TUPLE2)
                    .op(PickleOp.SETITEMS));
    assertThat(dict.entries().keySet()).containsExactly("a", "b", 3L);
    assertThat(((PickleList) dict.get("a")).items()).isEqualTo(List.of(1L, 2L));
    assertThat(dict.get("b")).isSameAs(dict.get("a"));
    assertThat(((PickleTuple) dict.entries().get(3L)).longs()).containsExactly(4, 4);
  }

  @Test
  void leavesTheInputBehindThePickle() {
    ByteBuffer in = ByteBuffer.wrap(pickle().op(PickleOp.NONE, PickleOp.STOP, 'x').stop());
    Pickle.load(in, name -> null);
    assertThat(in.get()).isEqualTo((byte) 'x');
  }

  static Stream<Arguments> hostile() {
    return Stream.of(
        Arguments.of("protocol", pickle().op(PickleOp.PROTO, 6)),
        Arguments.of("opcode 0x69", pickle().op('i').ascii("os\nsystem\n")),
        Arguments.of("opcode 0x6f", pickle().op(PickleOp.MARK, 'o')),
        Arguments.of("opcode 0x50", pickle().op('P').ascii("storage\n")),
        Arguments.of("opcode 0x53", pickle().op('S').ascii("'text'\n")),
        Arguments.of("opcode 0x82", pickle().op(0x82, 1)),
        Arguments.of("opcode 0x92", pickle().op(0x92)),
        Arguments.of("opcode 0x97", pickle().op(0x97)),
        Arguments.of("empty stack", pickle()),
        Arguments.of("empty stack", pickle().op(PickleOp.POP)),
        Arguments.of("empty stack", pickle().op(PickleOp.DUP)),
        Arguments.of("empty stack", pickle().op(PickleOp.BINPUT, 0)),
        Arguments.of("empty stack", pickle().op(PickleOp.MEMOIZE)),
        Arguments.of("empty stack", pickle().op(PickleOp.NONE, PickleOp.MARK)),
        Arguments.of("empty stack", pickle().op(PickleOp.NONE, PickleOp.MARK, PickleOp.TUPLE1)),
        Arguments.of("mark is missing", pickle().op(PickleOp.TUPLE)),
        Arguments.of("mark is missing", pickle().op(PickleOp.EMPTY_LIST, PickleOp.APPENDS)),
        Arguments.of("mark is missing", pickle().op(PickleOp.POP_MARK)),
        Arguments.of("slot 9", pickle().op(PickleOp.BINGET, 9)),
        Arguments.of("slot 4294967295", pickle().op(PickleOp.LONG_BINGET).i4(-1)),
        Arguments.of("out of range", pickle().op(PickleOp.NONE, PickleOp.PUT).ascii("-1\n")),
        Arguments.of("out of range", pickle().op(PickleOp.GET).ascii("9".repeat(99) + "\n")),
        Arguments.of("not an integer", pickle().op(PickleOp.INT).ascii("0x10\n")),
        Arguments.of("not an integer", pickle().op(PickleOp.LONG).ascii("L\n")),
        Arguments.of("not a number", pickle().op(PickleOp.FLOAT).ascii("one\n")),
        Arguments.of("line", pickle().op(PickleOp.LONG).ascii("9".repeat(1_000_000) + "\n")),
        Arguments.of("line", pickle().op(PickleOp.GLOBAL).ascii("collections\nOrderedDict")),
        Arguments.of("integer of 2147483647", pickle().op(PickleOp.LONG4).i4(0x7fffffff)),
        Arguments.of("integer of -1", pickle().op(PickleOp.LONG4).i4(-1)),
        Arguments.of("integer of 300", pickle().op(PickleOp.LONG4).i4(300).raw(new byte[300])),
        Arguments.of("cut off", pickle().op(PickleOp.LONG1, 9, 1)),
        Arguments.of("cut off", pickle().op(PickleOp.BINUNICODE).i4(-1)),
        Arguments.of("cut off", pickle().op(PickleOp.BINSTRING).i4(-1)),
        Arguments.of("cut off", pickle().op(PickleOp.BINUNICODE8).i8(-1)),
        Arguments.of("cut off", pickle().op(PickleOp.BINBYTES).i4(0x7fffffff)),
        Arguments.of("cut off", pickle().op(PickleOp.BINBYTES8).i8(1L << 62)),
        Arguments.of("cut off", pickle().op(PickleOp.BYTEARRAY8).i8(Long.MIN_VALUE)),
        Arguments.of("cut off", pickle().op(PickleOp.FRAME).i8(1L << 40)),
        Arguments.of("cut off", pickle().op(PickleOp.FRAME).i8(-5)),
        Arguments.of("UTF-8", pickle().op(PickleOp.SHORT_BINUNICODE, 2, 0xc3, 0x28)),
        Arguments.of("UTF-8", pickle().op(PickleOp.SHORT_BINUNICODE, 3, 0xed, 0xa0, 0x80)),
        Arguments.of("UTF-8", pickle().op(PickleOp.GLOBAL, 0xff, '\n').ascii("x\n")),
        Arguments.of("'os.system'", pickle().text("os").text("system").op(PickleOp.STACK_GLOBAL)),
        Arguments.of(
            "an integer where text", pickle().text("os").integer(1).op(PickleOp.STACK_GLOBAL)),
        Arguments.of("empty stack", pickle().text("os").op(PickleOp.STACK_GLOBAL)),
        Arguments.of("where a list", pickle().op(PickleOp.NONE, PickleOp.NONE, PickleOp.APPEND)),
        Arguments.of(
            "where a dict",
            pickle().op(PickleOp.EMPTY_LIST, PickleOp.NONE, PickleOp.NONE, PickleOp.SETITEM)),
        Arguments.of(
            "without a value",
            pickle().op(PickleOp.EMPTY_DICT, PickleOp.MARK).text("a").op(PickleOp.SETITEMS)),
        Arguments.of(
            "a tuple as a dict's key",
            pickle()
                .op(PickleOp.EMPTY_DICT, PickleOp.EMPTY_TUPLE, PickleOp.NONE, PickleOp.SETITEM)),
        Arguments.of(
            "a dict as a dict's key",
            pickle().op(PickleOp.EMPTY_DICT, PickleOp.DUP, PickleOp.DUP, PickleOp.SETITEM)),
        Arguments.of(
            "where something callable",
            pickle().text("eval").op(PickleOp.EMPTY_TUPLE, PickleOp.REDUCE)),
        Arguments.of(
            "where a tuple", pickle().text("eval").op(PickleOp.EMPTY_LIST, PickleOp.REDUCE)),
        Arguments.of("where an object", pickle().text("x").op(PickleOp.NONE, PickleOp.BUILD)),
        Arguments.of("persistent id", pickle().op(PickleOp.EMPTY_TUPLE, PickleOp.BINPERSID)),
        Arguments.of("operations", pickle().ascii("N".repeat(3_000_000))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostile")
  void refusesInOneLine(String what, PickleBytes pickle) {
    assertThatThrownBy(() -> load(pickle))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(what)
        .message()
        .hasLineCount(1)
        .hasSizeLessThan(300);
  }

  @Test
  void keepsStrangersTextOnOneLine() {
    PickleBytes pickle =
        pickle().text("a\nb\u2028c\r").text("x".repeat(100_000)).op(PickleOp.STACK_GLOBAL);
    assertThatThrownBy(() -> load(pickle)).message().hasLineCount(1).hasSizeLessThan(300);
  }

  @Test
  void survivesNestingDoublingAndManyMarks() {
    PickleBytes nested = pickle();
    for (int i = 0; i < 300_000; i++) {
      nested.op(PickleOp.EMPTY_LIST);
    }
    for (int i = 1; i < 300_000; i++) {
      nested.op(PickleOp.APPEND);
    }
    assertThat(load(nested)).isInstanceOf(PickleList.class);

    PickleBytes doubled = pickle().op(PickleOp.EMPTY_TUPLE);
    for (int i = 0; i < 100_000; i++) {
      doubled.op(PickleOp.DUP, PickleOp.TUPLE2, PickleOp.BINPUT, i % 256);
    }
    assertThat(load(doubled)).isInstanceOf(PickleTuple.class);

    PickleBytes marks = pickle();
    for (int i = 0; i < 300_000; i++) {
      marks.op(PickleOp.MARK);
    }
    for (int i = 0; i < 300_000; i++) {
      marks.op(PickleOp.TUPLE);
    }
    assertThat(load(marks)).isInstanceOf(PickleTuple.class);
  }

  @Test
  void takesASparseMemo() {
    PickleBytes pickle = pickle().op(PickleOp.NEWTRUE, PickleOp.LONG_BINPUT).i4(-16);
    assertThat(load(pickle.op(PickleOp.LONG_BINGET).i4(-16))).isEqualTo(true);
  }

  private static Object load(PickleBytes pickle) {
    return Pickle.load(ByteBuffer.wrap(pickle.stop()), name -> null);
  }
}
