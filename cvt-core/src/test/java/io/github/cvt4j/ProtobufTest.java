package io.github.cvt4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ProtobufTest {

  @Test
  void fieldsAreWrittenAsTheFormatSays() {
    Protobuf message =
        new Protobuf()
            .integer(1, 150) // the format's own example: 08 96 01
            .text(2, "testing") // and another: 12 07 74 65 73 74 69 6e 67
            .real32(3, 1)
            .real64(4, -2)
            .integer(5, -1);
    assertThat(HexFormat.of().formatHex(message.toByteArray()))
        .isEqualTo(
            "089601"
                + "120774657374696e67"
                + "1d0000803f"
                + "2100000000000000c0"
                + "28ffffffffffffffffff01");
  }

  @Test
  void contentsAreMadeWhenTheyAreWrittenAndOneAtATime() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    Protobuf inner =
        new Protobuf()
            .integer(1, 7)
            .bytes(2, 3, () -> bytes(asked.incrementAndGet(), 2, 3))
            .bytes(2, 1, () -> bytes(asked.incrementAndGet()))
            .integer(3, 9);
    Protobuf outer = new Protobuf().integer(1, 1).message(2, inner).text(4, "x");
    assertThat(asked).hasValue(0);

    ByteArrayOutputStream out = new ByteArrayOutputStream();
    outer.writeTo(Channels.newChannel(out));
    assertThat(HexFormat.of().formatHex(out.toByteArray()))
        .isEqualTo("0801" + "120c" + "0807" + "1203010203" + "120102" + "1809" + "220178");
    assertThat(outer.size()).isEqualTo(out.size());
    assertThat(asked).hasValue(2);
  }

  @Test
  void aContentOfAnotherLengthThanAnnouncedIsAFault() {
    Protobuf message = new Protobuf().bytes(1, 4, () -> bytes(1, 2));
    assertThatThrownBy(() -> message.writeTo(Channels.newChannel(new ByteArrayOutputStream())))
        .hasMessage("4 bytes were announced and 2 came");
  }

  private static ByteBuffer bytes(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length);
    for (int value : values) {
      bytes.put((byte) value);
    }
    return bytes.flip();
  }
}
