package io.github.cvt4j.weights;

import static io.github.cvt4j.weights.PickleBytes.pickle;
import static io.github.cvt4j.weights.TorchZipBytes.archive;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TorchPickleTest {

  private static final byte[] TWELVE = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "DoubleStorage, F64", "FloatStorage, F32", "HalfStorage, F16", "BFloat16Storage, BF16",
    "LongStorage, I64", "IntStorage, I32", "ShortStorage, I16", "CharStorage, I8",
    "ByteStorage, U8", "BoolStorage, BOOL"
  })
  void readsEveryStorageType(String storage, DType dtype) throws IOException {
    int elements = 8 / dtype.bytes();
    byte[] pickle = one(pickle().tensor(storage, "0", elements, 0, sizes(elements), 1));
    HostTensor tensor = read(archive(pickle, new byte[] {1, 0, 0, 0, 0, 0, 0, 0})).get("w");
    assertThat(tensor.dtype()).isEqualTo(dtype);
    assertThat(tensor.shape()).containsExactly(elements);
    assertThat(tensor.data().get(0)).isEqualTo((byte) 1);
  }

  @Test
  void readsViewsOfAnyStride() throws IOException {
    assertThat(bytes(1, sizes(3, 2), 1, 4)).containsExactly(1, 5, 2, 6, 3, 7);
    assertThat(bytes(3, sizes(2, 2, 2), 0, 2, 1)).containsExactly(3, 4, 5, 6, 3, 4, 5, 6);
    assertThat(bytes(4, sizes(1, 3), 100, 1)).containsExactly(4, 5, 6);
    assertThat(bytes(7, sizes())).containsExactly(7);
    assertThat(bytes(12, sizes(0, 3), 3, 1)).isEmpty();
  }

  @Test
  void swapsBigEndianStorages() throws IOException {
    byte[] pickle = one(pickle().tensor("IntStorage", "0", 1, 0, sizes(1), 1));
    TorchZipBytes zip =
        archive(pickle, new byte[] {0, 0, 1, 2})
            .stored("a/byteorder", "big".getBytes(StandardCharsets.US_ASCII));
    assertThat(read(zip).get("w").toLongs()).containsExactly(258);
  }

  @Test
  void reads64BitLengths() throws IOException {
    byte[] pickle = one(pickle().tensor("ByteStorage", "0", 12, 0, sizes(12), 1));
    TorchZipBytes zip = new TorchZipBytes().wide("a/data.pkl", pickle).wide("a/data/0", TWELVE);
    assertThat(data(read(zip.wideEnd()).get("w"))).isEqualTo(TWELVE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"state_dict", "model_state_dict", "model", "module", "net", "model_ema"})
  void looksUnderTheUsualKeys(String key) throws IOException {
    PickleBytes pickle = pickle().op(PickleOp.EMPTY_DICT).text("epoch").integer(3);
    pickle.op(PickleOp.SETITEM).text(key).op(PickleOp.EMPTY_DICT).text("w");
    pickle.tensor("ByteStorage", "0", 12, 0, sizes(12), 1).op(PickleOp.SETITEM, PickleOp.SETITEM);
    assertThat(read(archive(pickle.stop(), TWELVE)).names()).containsExactly("w");
  }

  @Test
  void prefersTheModelToItsMovingAverage() throws IOException {
    PickleBytes pickle = pickle().op(PickleOp.EMPTY_DICT);
    for (String key : new String[] {"model_ema", "model"}) {
      pickle.text(key).op(PickleOp.EMPTY_DICT).text("in " + key);
      pickle.tensor("ByteStorage", "0", 12, 0, sizes(12), 1);
      pickle.op(PickleOp.SETITEM, PickleOp.SETITEM);
    }
    assertThat(read(archive(pickle.stop(), TWELVE)).names()).containsExactly("in model");
  }

  static Stream<Arguments> hostilePickles() {
    return Stream.of(
        Arguments.of("'posix.system'", pickle().global("posix", "system")),
        Arguments.of("'torch.load'", pickle().global("torch", "load")),
        Arguments.of("'torch.hub.load'", pickle().global("torch.hub", "load")),
        Arguments.of(
            "'torch._utils._rebuild_qtensor'", pickle().global("torch._utils", "_rebuild_qtensor")),
        Arguments.of("'numpy.ndarray'", pickle().global("numpy", "ndarray")),
        Arguments.of(
            "callable",
            pickle()
                .global("torch", "FloatStorage")
                .integer(1L << 40)
                .op(PickleOp.TUPLE1, PickleOp.REDUCE)),
        Arguments.of("expected 6 to 7", call("_rebuild_tensor_v2").op(PickleOp.REDUCE)),
        Arguments.of("expected 4 to 4", call("_rebuild_tensor").op(PickleOp.REDUCE)),
        Arguments.of("expected 3 to 4", call("_rebuild_parameter").op(PickleOp.REDUCE)),
        Arguments.of(
            "of kind 'module'",
            pickle()
                .op(PickleOp.MARK)
                .text("module")
                .op(PickleOp.NONE, PickleOp.NONE, PickleOp.NONE, PickleOp.NONE)
                .op(PickleOp.TUPLE, PickleOp.BINPERSID)),
        Arguments.of("where a tuple", pickle().text("0").op(PickleOp.BINPERSID)),
        Arguments.of("'a/data/../0' is missing", view("../0", 12, 0, sizes(1), 1)),
        Arguments.of("'a/data/1' is missing", view("1", 12, 0, sizes(1), 1)),
        Arguments.of("1099511627776 elements", view("0", 1L << 40, 0, sizes(1), 1)),
        Arguments.of("storage of -1 elements", view("0", -1, 0, sizes(1), 1)),
        Arguments.of("of a storage with 4", view("0", 4, 0, sizes(5), 1)),
        Arguments.of("of a storage with 12", view("0", 12, 0, sizes(2, 3), 6, 3)),
        Arguments.of("of a storage with 12", view("0", 12, 12, sizes(1), 1)),
        Arguments.of("of a storage with 12", view("0", 12, -1, sizes(1), 1)),
        Arguments.of("of a storage with 12", view("0", 12, Long.MIN_VALUE, sizes(1), 1)),
        Arguments.of("64 bits", view("0", 12, Long.MAX_VALUE, sizes(1), 1)),
        Arguments.of("64 bits", view("0", 12, 0, sizes(3, 3), Long.MAX_VALUE / 2, 3)),
        Arguments.of("64 bits", view("0", 12, 0, sizes(1L << 32, 1L << 32), 0, 0)),
        Arguments.of("negative", view("0", 12, 11, sizes(12), -1)),
        Arguments.of("negative", view("0", 12, 0, sizes(-1, -1), 1, 1)),
        Arguments.of("2 sizes but 1 strides", view("0", 12, 0, sizes(1, 1), 1)),
        Arguments.of("too much for a file", view("0", 12, 0, sizes(1L << 30), 0)),
        Arguments.of("of 20 dimensions", view("0", 12, 0, new long[20], new long[20])));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostilePickles")
  void refusesHostilePicklesInOneLine(String what, PickleBytes value) throws IOException {
    byte[] pickle = one(value);
    assertThatThrownBy(() -> read(archive(pickle, TWELVE)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(what)
        .message()
        .hasLineCount(1);
  }

  @Test
  void refusesManyViewsThatTogetherTakeTooMuch() {
    PickleBytes pickle = pickle().op(PickleOp.EMPTY_DICT);
    for (int i = 0; i < 100; i++) {
      pickle.text("w" + i).tensor("ByteStorage", "0", 12, 0, sizes(1_000_000), 0);
      pickle.op(PickleOp.SETITEM);
    }
    assertThatThrownBy(() -> read(archive(pickle.stop(), TWELVE)))
        .hasMessageContaining("too much for a file");
  }

  static Stream<Arguments> hostileZips() {
    byte[] pickle = one(pickle().tensor("ByteStorage", "0", 12, 0, sizes(12), 1));
    byte[] none = {};
    return Stream.of(
        Arguments.of("two entries", archive(pickle, TWELVE).stored("a/data/0", TWELVE).end()),
        Arguments.of(
            "2 entries data.pkl", archive(pickle, TWELVE).stored("b/data.pkl", none).end()),
        Arguments.of(
            "0 entries data.pkl", new TorchZipBytes().stored("a/b/data.pkl", pickle).end()),
        Arguments.of("points elsewhere", archive(pickle, TWELVE).stored("a/../../x", none).end()),
        Arguments.of("points elsewhere", archive(pickle, TWELVE).stored("/x", none).end()),
        Arguments.of("points elsewhere", archive(pickle, TWELVE).stored("a\\x", none).end()),
        Arguments.of("compressed", archive(pickle, TWELVE).method("a/x", none, 8).end()),
        Arguments.of("overlaps", nested(pickle)),
        Arguments.of("not where", archive(pickle, TWELVE).alias("a/data/01", TWELVE, 0).end()),
        Arguments.of("cut off", archive(pickle, TWELVE).alias("a/x", TWELVE, 0x7fffffff).end()),
        Arguments.of("64-bit length", archive(pickle, TWELVE).alias("a/x", TWELVE, -1).end()),
        Arguments.of("entry 3 of 9", archive(pickle, TWELVE).end(9)),
        Arguments.of("byteorder", archive(pickle, TWELVE).stored("a/byteorder", none).end()),
        Arguments.of("no end record", new byte[] {'P', 'K', 3, 4, 0}),
        Arguments.of("entries data.pkl", new TorchZipBytes().end()));
  }

  /** An entry inside of another one's bytes: many such would make a small file huge. */
  private static byte[] nested(byte[] pickle) {
    byte[] outer = new TorchZipBytes().stored("x", TWELVE).end();
    int inside = 30 + "a/data.pkl".length() + pickle.length + 30 + "a/data/0".length();
    return archive(pickle, outer).alias("x", TWELVE, inside).end();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostileZips")
  void refusesHostileZipsInOneLine(String what, byte[] zip) {
    assertThatThrownBy(() -> read(zip))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(what)
        .message()
        .hasLineCount(1);
  }

  @Test
  void takesManyEntriesButNotAnyNumber() throws IOException {
    byte[] pickle = one(pickle().tensor("ByteStorage", "0", 12, 0, sizes(12), 1));
    TorchZipBytes zip = archive(pickle, TWELVE);
    for (int i = 1; i < 70_000; i++) {
      zip.stored("a/data/" + i, new byte[0]);
    }
    assertThat(read(zip.wideEnd()).names()).containsExactly("w");

    TorchZipBytes more = archive(pickle, TWELVE);
    for (int i = 1; i < 100_000; i++) {
      more.stored("a/data/" + i, new byte[0]);
    }
    assertThatThrownBy(() -> read(more.wideEnd())).hasMessageContaining("100001 entries");
  }

  @Test
  void readsThePartOfALegacyStorageThatAViewMeans() throws IOException {
    assertThat(data(read(legacy(12, 3, 4)).get("w"))).containsExactly(3, 4, 5, 6);
  }

  @ParameterizedTest
  @CsvSource({"12, 9, 4", "12, -1, 4", "12, 0, -4", "12, 0, 1099511627776", "13, 0, 4"})
  void refusesLegacyStoragesOfOtherSizes(long elements, long offset, long size) {
    assertThatThrownBy(() -> read(legacy(elements, offset, size)))
        .isInstanceOf(CheckpointException.class)
        .message()
        .hasLineCount(1);
  }

  /** The older layout: a storage of twelve bytes, a tensor over a part of it. */
  private static byte[] legacy(long elements, long offset, long size) {
    PickleBytes file = pickle().op(PickleOp.LONG1, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20);
    file.op(0x6a, 0xa8, 0x50, 0x19, PickleOp.STOP).integer(1001).op(PickleOp.STOP);
    file.op(PickleOp.EMPTY_DICT).text("little_endian").op(PickleOp.NEWTRUE);
    file.op(PickleOp.SETITEM, PickleOp.STOP);
    file.op(PickleOp.EMPTY_DICT).text("w").global("torch._utils", "_rebuild_tensor");
    file.op(PickleOp.MARK, PickleOp.MARK).text("storage").global("torch", "ByteStorage");
    file.text("77").text("cpu").integer(elements).op(PickleOp.MARK).text("78").integer(offset);
    file.integer(size).op(PickleOp.TUPLE, PickleOp.TUPLE, PickleOp.BINPERSID).integer(0);
    file.tuple(4).tuple(1).op(PickleOp.TUPLE, PickleOp.REDUCE, PickleOp.SETITEM, PickleOp.STOP);
    file.op(PickleOp.EMPTY_LIST).text("77").op(PickleOp.APPEND, PickleOp.STOP);
    return file.i8(12).raw(TWELVE).stop();
  }

  private static PickleBytes view(
      String key, long elements, long offset, long[] size, long... stride) {
    return pickle().tensor("ByteStorage", key, elements, offset, size, stride);
  }

  private static PickleBytes call(String rebuild) {
    return pickle().global("torch._utils", rebuild).op(PickleOp.EMPTY_TUPLE);
  }

  private static long[] sizes(long... sizes) {
    return sizes;
  }

  /** A dict of that value under {@code w}. */
  private static byte[] one(PickleBytes value) {
    byte[] body = value.stop();
    PickleBytes dict = pickle().op(PickleOp.EMPTY_DICT).text("w");
    for (int i = 2; i < body.length - 1; i++) {
      dict.op(body[i]);
    }
    return dict.op(PickleOp.SETITEM).stop();
  }

  private byte[] bytes(long offset, long[] size, long... stride) throws IOException {
    return data(read(archive(one(view("0", 12, offset, size, stride)), TWELVE)).get("w"));
  }

  private static byte[] data(HostTensor tensor) {
    byte[] data = new byte[tensor.data().remaining()];
    tensor.data().get(data);
    return data;
  }

  private StateDict read(TorchZipBytes zip) throws IOException {
    return read(zip.end());
  }

  private StateDict read(byte[] file) throws IOException {
    return Checkpoints.read(Files.write(folder.resolve("a.pth"), file));
  }
}
