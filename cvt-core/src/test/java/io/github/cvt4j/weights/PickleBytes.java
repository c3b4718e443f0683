package io.github.cvt4j.weights;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes pickles opcode by opcode, for files that no honest program would write. */
final class PickleBytes {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** A pickle of protocol 2, begun. */
  static PickleBytes pickle() {
    return new PickleBytes().op(PickleOp.PROTO, 2);
  }

  /** Opcode, then bytes as they are. */
  PickleBytes op(int... bytes) {
    for (int b : bytes) {
      out.write(b);
    }
    return this;
  }

  PickleBytes i4(long value) {
    return raw(little(4).putInt(0, (int) value).array());
  }

  PickleBytes i8(long value) {
    return raw(little(8).putLong(0, value).array());
  }

  PickleBytes raw(byte... bytes) {
    out.writeBytes(bytes);
    return this;
  }

  PickleBytes ascii(String text) {
    return raw(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** BINUNICODE. */
  PickleBytes text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return op(PickleOp.BINUNICODE).i4(utf8.length).raw(utf8);
  }

  /** BINBYTES. */
  PickleBytes bytes(byte... bytes) {
    return op(PickleOp.BINBYTES).i4(bytes.length).raw(bytes);
  }

  /** LONG1 of eight bytes. */
  PickleBytes integer(long value) {
    return op(PickleOp.LONG1, 8).i8(value);
  }

  PickleBytes global(String module, String name) {
    return op(PickleOp.GLOBAL).ascii(module + "\n" + name + "\n");
  }

  /** A tuple of integers. */
  PickleBytes tuple(long... values) {
    op(PickleOp.MARK);
    for (long value : values) {
      integer(value);
    }
    return op(PickleOp.TUPLE);
  }

  /** A filled NumPy array. */
  PickleBytes array(String type, String order, byte[] data, long... shape) {
    return emptyArray()
        .op(PickleOp.MARK)
        .integer(1)
        .tuple(shape)
        .dtype(type, order)
        .op(PickleOp.NEWFALSE)
        .bytes(data)
        .op(PickleOp.TUPLE, PickleOp.BUILD);
  }

  /** A NumPy array before its BUILD. */
  PickleBytes emptyArray() {
    return global("numpy.core.multiarray", "_reconstruct")
        .global("numpy", "ndarray")
        .tuple(0)
        .bytes((byte) 'b')
        .op(PickleOp.TUPLE3, PickleOp.REDUCE);
  }

  PickleBytes dtype(String type, String order) {
    global("numpy", "dtype").text(type).op(PickleOp.NEWFALSE, PickleOp.NEWTRUE);
    op(PickleOp.TUPLE3, PickleOp.REDUCE, PickleOp.MARK).integer(3).text(order);
    op(PickleOp.NONE, PickleOp.NONE, PickleOp.NONE).integer(-1).integer(-1).integer(0);
    return op(PickleOp.TUPLE, PickleOp.BUILD);
  }

  /** A persistent id of a storage of PyTorch. */
  PickleBytes storage(String type, String key, long elements) {
    op(PickleOp.MARK).text("storage").global("torch", type).text(key).text("cpu");
    return integer(elements).op(PickleOp.TUPLE, PickleOp.BINPERSID);
  }

  /** A tensor of PyTorch. */
  PickleBytes tensor(
      String type, String key, long elements, long offset, long[] size, long... stride) {
    global("torch._utils", "_rebuild_tensor_v2").op(PickleOp.MARK).storage(type, key, elements);
    integer(offset).tuple(size).tuple(stride).op(PickleOp.NEWFALSE);
    global("collections", "OrderedDict").op(PickleOp.EMPTY_TUPLE, PickleOp.REDUCE);
    return op(PickleOp.TUPLE, PickleOp.REDUCE);
  }

  /** The pickle so far and its end. */
  byte[] stop() {
    op(PickleOp.STOP);
    return out.toByteArray();
  }

  private static ByteBuffer little(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
