package io.github.cvt4j.weights;

import static io.github.cvt4j.weights.PickleBytes.pickle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 10, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PaddleParamsTest {

  private static final byte[] SIX = {0, 1, 2, 3, 4, 5};

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "f8, F64",
    "f4, F32",
    "f2, F16",
    "u2, BF16",
    "i8, I64",
    "i4, I32",
    "i2, I16",
    "i1, I8",
    "u1, U8",
    "b1, BOOL"
  })
  void readsEveryTypeInBothByteOrders(String type, DType dtype) throws IOException {
    byte[] little = new byte[dtype.bytes()];
    byte[] big = new byte[dtype.bytes()];
    for (int i = 0; i < little.length; i++) {
      little[i] = (byte) (i + 1);
      big[little.length - 1 - i] = (byte) (i + 1);
    }
    for (PickleBytes array :
        new PickleBytes[] {
          pickle().op(PickleOp.EMPTY_DICT).text("w").array(type, "<", little, 1),
          pickle().op(PickleOp.EMPTY_DICT).text("w").array(type, ">", big, 1)
        }) {
      HostTensor tensor = read(array.op(PickleOp.SETITEM)).get("w");
      assertThat(tensor.dtype()).isEqualTo(dtype);
      byte[] data = new byte[dtype.bytes()];
      tensor.data().get(data);
      assertThat(data).isEqualTo(little);
    }
  }

  /** {@code {"w": numpy.arange(6, dtype="<f4").reshape(2, 3)}} and its transpose by NumPy 2.4. */
  @ParameterizedTest
  @MethodSource("numpyPickles")
  void readsWhatNumpyWritesInEveryProtocol(String base64) throws IOException {
    StateDict state = read(Base64.getDecoder().decode(base64));
    assertThat(state.get("w").shape()).containsExactly(2, 3);
    assertThat(state.get("w").toFloats()).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(state.get("t").shape()).containsExactly(3, 2);
    assertThat(state.get("t").toFloats()).containsExactly(0, 3, 1, 4, 2, 5);
    assertThat(state.get("e").shape()).containsExactly(0, 4);
    assertThat(state.names()).containsExactly("w", "t", "e");
  }

  static Stream<String> numpyPickles() {
    return Stream.of(
        "gAJ9cQAoWAEAAAB3cQFjbnVtcHkuX2NvcmUubXVsdGlhcnJheQpfcmVjb25zdHJ1Y3QKcQJjbnVtcHkK"
            + "bmRhcnJheQpxA0sAhXEEY19jb2RlY3MKZW5jb2RlCnEFWAEAAABicQZYBgAAAGxhdGluMXEHhnEIUnEJ"
            + "h3EKUnELKEsBSwJLA4ZxDGNudW1weQpkdHlwZQpxDVgCAAAAZjRxDomIh3EPUnEQKEsDWAEAAAA8cRFO"
            + "Tk5K/////0r/////SwB0cRJiiWgFWBsAAAAAAAAAAADCgD8AAABAAABAQAAAwoBAAADCoEBxE2gHhnEU"
            + "UnEVdHEWYlgBAAAAdHEXaAJoA0sAhXEYaAmHcRlScRooSwFLA0sChnEbaBCIaAVYGwAAAAAAAAAAAMKA"
            + "PwAAAEAAAEBAAADCgEAAAMKgQHEcaAeGcR1ScR50cR9iWAEAAABlcSBoAmgDSwCFcSFoCYdxIlJxIyhL"
            + "AUsASwSGcSRoEIljX19idWlsdGluX18KYnl0ZXMKcSUpUnEmdHEnYlgBAAAAbnEoY251bXB5Ll9jb3Jl"
            + "Lm11bHRpYXJyYXkKc2NhbGFyCnEpaA1YAgAAAGY4cSqJiIdxK1JxLChLA2gRTk5OSv////9K/////0sA"
            + "dHEtYmgFWAgAAAAAAAAAAAAIQHEuaAeGcS9ScTCGcTFScTJ1Lg==",
        "gAN9cQAoWAEAAAB3cQFjbnVtcHkuX2NvcmUubXVsdGlhcnJheQpfcmVjb25zdHJ1Y3QKcQJjbnVtcHkK"
            + "bmRhcnJheQpxA0sAhXEEQwFicQWHcQZScQcoSwFLAksDhnEIY251bXB5CmR0eXBlCnEJWAIAAABmNHEK"
            + "iYiHcQtScQwoSwNYAQAAADxxDU5OTkr/////Sv////9LAHRxDmKJQxgAAAAAAACAPwAAAEAAAEBAAACA"
            + "QAAAoEBxD3RxEGJYAQAAAHRxEWgCaANLAIVxEmgFh3ETUnEUKEsBSwNLAoZxFWgMiEMYAAAAAAAAgD8A"
            + "AABAAABAQAAAgEAAAKBAcRZ0cRdiWAEAAABlcRhoAmgDSwCFcRloBYdxGlJxGyhLAUsASwSGcRxoDIlD"
            + "AHEddHEeYlgBAAAAbnEfY251bXB5Ll9jb3JlLm11bHRpYXJyYXkKc2NhbGFyCnEgaAlYAgAAAGY4cSGJ"
            + "iIdxIlJxIyhLA2gNTk5OSv////9K/////0sAdHEkYkMIAAAAAAAACEBxJYZxJlJxJ3Uu",
        "gASVTwEAAAAAAAB9lCiMAXeUjBZudW1weS5fY29yZS5tdWx0aWFycmF5lIwMX3JlY29uc3RydWN0lJOU"
            + "jAVudW1weZSMB25kYXJyYXmUk5RLAIWUQwFilIeUUpQoSwFLAksDhpRoBYwFZHR5cGWUk5SMAmY0lImI"
            + "h5RSlChLA4wBPJROTk5K/////0r/////SwB0lGKJQxgAAAAAAACAPwAAAEAAAEBAAACAQAAAoECUdJRi"
            + "jAF0lGgEaAdLAIWUaAmHlFKUKEsBSwNLAoaUaBGIQxgAAAAAAACAPwAAAEAAAEBAAACAQAAAoECUdJRi"
            + "jAFllGgEaAdLAIWUaAmHlFKUKEsBSwBLBIaUaBGJQwCUdJRijAFulGgCjAZzY2FsYXKUk5RoDowCZjiU"
            + "iYiHlFKUKEsDaBJOTk5K/////0r/////SwB0lGJDCAAAAAAAAAhAlIaUUpR1Lg==",
        "gAWVSQEAAAAAAAB9lCiMAXeUjBNudW1weS5fY29yZS5udW1lcmljlIwLX2Zyb21idWZmZXKUk5QolhgA"
            + "AAAAAAAAAAAAAAAAgD8AAABAAABAQAAAgEAAAKBAlIwFbnVtcHmUjAVkdHlwZZSTlIwCZjSUiYiHlFKU"
            + "KEsDjAE8lE5OTkr/////Sv////9LAHSUYksCSwOGlIwBQ5R0lFKUjAF0lGgEKJYYAAAAAAAAAAAAAAAA"
            + "AIA/AAAAQAAAQEAAAIBAAACgQJRoC0sDSwKGlIwBRpR0lFKUjAFllGgEKJYAAAAAAAAAAJRoC0sASwSG"
            + "lGgPdJRSlIwBbpSMFm51bXB5Ll9jb3JlLm11bHRpYXJyYXmUjAZzY2FsYXKUk5RoCIwCZjiUiYiHlFKU"
            + "KEsDaAxOTk5K/////0r/////SwB0lGJDCAAAAAAAAAhAlIaUUpR1Lg==");
  }

  @Test
  void ignoresNamesAndNumbersBesideTensors() throws IOException {
    StateDict state =
        read(
            dict("w")
                .op(PickleOp.SETITEM)
                .text("StructuredToParameterName@@")
                .op(PickleOp.EMPTY_DICT, PickleOp.SETITEM)
                .text("epoch")
                .op(PickleOp.BININT1, 3, PickleOp.SETITEM));
    assertThat(state.names()).containsExactly("w");
  }

  static Stream<Arguments> hostile() {
    byte[] none = {};
    return Stream.of(
        Arguments.of("'builtins.exec'", named("builtins", "exec")),
        Arguments.of("'builtins.getattr'", named("builtins", "getattr")),
        Arguments.of("'builtins.__import__'", named("builtins", "__import__")),
        Arguments.of("'subprocess.Popen'", named("subprocess", "Popen")),
        Arguments.of("'nt.system'", named("nt", "system")),
        Arguments.of("'numpy.load'", named("numpy", "load")),
        Arguments.of(
            "'numpy.core.multiarray.fromfile'", named("numpy.core.multiarray", "fromfile")),
        Arguments.of("'torch.FloatStorage'", named("torch", "FloatStorage")),
        Arguments.of("'numpy.ndarray.tofile'", named("numpy", "ndarray.tofile")),
        Arguments.of("persistent id", start().op(PickleOp.EMPTY_TUPLE, PickleOp.BINPERSID)),
        Arguments.of("expected 3 to 3", reduce("numpy.core.multiarray", "_reconstruct", 1, 2)),
        Arguments.of("value 0 is", reduce("numpy.core.multiarray", "_reconstruct", 1, 2, 3)),
        Arguments.of("expected 1 to 3", reduce("numpy", "dtype")),
        Arguments.of("value 0 is", reduce("numpy", "dtype", 4)),
        Arguments.of("expected 2 to 2", reduce("_codecs", "encode", 1)),
        Arguments.of("value 1 is", reduce("_codecs", "encode", 1, 2)),
        Arguments.of("value 0 is", reduce("builtins", "tuple", 1)),
        Arguments.of("expected 0 to 0", reduce("builtins", "bytes", 1L << 40)),
        Arguments.of("expected 0 to 0", reduce("collections", "OrderedDict", 1)),
        Arguments.of("callable", reduce("numpy", "ndarray", 1L << 40)),
        Arguments.of(
            "encoding 'zip'",
            start()
                .global("_codecs", "encode")
                .text("x")
                .text("zip")
                .op(PickleOp.TUPLE2, PickleOp.REDUCE)),
        Arguments.of("'O8'", start().array("O8", "|", none, 1)),
        Arguments.of("'V16'", start().array("V16", "|", none, 1)),
        Arguments.of("'U1'", start().array("U1", "<", none, 1)),
        Arguments.of("byte order 'x'", start().array("u1", "x", none, 1)),
        Arguments.of("takes 7 bytes, but its data has 6", start().array("u1", "|", SIX, 7)),
        Arguments.of("takes 6 bytes, but its data has 0", start().array("u1", "|", none, 2, 3)),
        Arguments.of("negative", start().array("u1", "|", SIX, -2, -3)),
        Arguments.of("64 bits", start().array("u1", "|", none, 1L << 32, 1L << 32)),
        Arguments.of("64 bits", start().array("u1", "|", none, 0, 1L << 62, 4)),
        Arguments.of("of 17 dimensions", start().array("u1", "|", none, new long[17])),
        Arguments.of("too much for a file", start().array("u1", "|", none, 1L << 40)),
        Arguments.of("never filled", start().emptyArray()),
        Arguments.of(
            "filled twice",
            start()
                .array("u1", "|", SIX, 6)
                .op(PickleOp.MARK)
                .integer(1)
                .tuple(6)
                .dtype("u1", "|")
                .op(PickleOp.NEWFALSE)
                .bytes(SIX)
                .op(PickleOp.TUPLE, PickleOp.BUILD)),
        Arguments.of(
            "value 0 is an integer, expected a tuple",
            start().emptyArray().integer(1).op(PickleOp.BUILD)),
        Arguments.of("expected 5 to 5", start().emptyArray().tuple(1, 2).op(PickleOp.BUILD)),
        Arguments.of(
            "data is a dict",
            start()
                .emptyArray()
                .op(PickleOp.MARK)
                .integer(1)
                .tuple(6)
                .dtype("u1", "|")
                .op(PickleOp.NEWFALSE, PickleOp.EMPTY_DICT, PickleOp.TUPLE, PickleOp.BUILD)),
        Arguments.of(
            "above 255",
            start()
                .emptyArray()
                .op(PickleOp.MARK)
                .integer(1)
                .tuple(1)
                .dtype("u1", "|")
                .op(PickleOp.NEWFALSE)
                .text("\u20ac")
                .op(PickleOp.TUPLE, PickleOp.BUILD)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostile")
  void refusesInOneLine(String what, PickleBytes pickle) {
    assertThatThrownBy(() -> read(pickle.op(PickleOp.SETITEM)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(what)
        .message()
        .hasLineCount(1);
  }

  @Test
  void refusesContainersBesideTensors() {
    assertThatThrownBy(
            () ->
                read(
                    dict("w")
                        .op(PickleOp.SETITEM)
                        .text("more")
                        .op(PickleOp.EMPTY_LIST, PickleOp.SETITEM)))
        .hasMessageContaining("'more' is a list, expected a tensor");
  }

  @Test
  void refusesAChainOfJoinedArrays() {
    PickleBytes pickle = dict("p0").op(PickleOp.SETITEM).text("UnpackBigParamInfor@@");
    pickle.op(PickleOp.EMPTY_DICT);
    for (int i = 0; i < 50_000; i++) {
      pickle.text("p" + (i + 1)).op(PickleOp.EMPTY_DICT).text("OriginShape").tuple(6);
      pickle.op(PickleOp.SETITEM).text("slices").op(PickleOp.EMPTY_LIST).text("p" + i);
      pickle.op(PickleOp.APPEND, PickleOp.SETITEM, PickleOp.SETITEM);
    }
    assertThatThrownBy(() -> read(pickle.op(PickleOp.SETITEM)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("'p2': one of its slices is missing");
  }

  @Test
  void refusesTheSameBigTextEncodedManyTimes() {
    // 10,000 arrays of one text of 1 MB would take 10 GB.
    PickleBytes pickle = pickle().text("x".repeat(1_000_000)).op(PickleOp.BINPUT, 0, PickleOp.POP);
    pickle.dtype("u1", "|").op(PickleOp.BINPUT, 1, PickleOp.POP, PickleOp.EMPTY_DICT);
    for (int i = 0; i < 10_000; i++) {
      pickle.text("w" + i).emptyArray().op(PickleOp.MARK).integer(1).tuple(1_000_000);
      pickle.op(PickleOp.BINGET, 1, PickleOp.NEWFALSE).global("_codecs", "encode");
      pickle.op(PickleOp.BINGET, 0).text("latin1").op(PickleOp.TUPLE2, PickleOp.REDUCE);
      pickle.op(PickleOp.TUPLE, PickleOp.BUILD, PickleOp.SETITEM);
    }
    assertThatThrownBy(() -> read(pickle)).hasMessageContaining("too much for a file");
  }

  /** A dict whose first value is open: the key {@code w} is on the stack. */
  private static PickleBytes start() {
    return pickle().op(PickleOp.EMPTY_DICT).text("w");
  }

  private static PickleBytes dict(String name) {
    return pickle().op(PickleOp.EMPTY_DICT).text(name).array("u1", "|", SIX, 6);
  }

  private static PickleBytes named(String module, String name) {
    return start().global(module, name);
  }

  private static PickleBytes reduce(String module, String name, long... arguments) {
    return start().global(module, name).tuple(arguments).op(PickleOp.REDUCE);
  }

  private StateDict read(PickleBytes pickle) throws IOException {
    return read(pickle.stop());
  }

  private StateDict read(byte[] pickle) throws IOException {
    return Checkpoints.read(Files.write(folder.resolve("a.pdparams"), pickle));
  }
}
