package io.github.cvt4j.report;

import static io.github.cvt4j.report.EventReader.only;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.report.EventReader.Field;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {

  @TempDir private Path folder;

  private Path onlyFile() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> all = files.toList();
      assertThat(all).hasSize(1);
      return all.get(0);
    }
  }

  /** Worked out by hand: time 1.5, step 300, a summary of {@code train/loss} = 0.25. */
  @Test
  void aScalarIsTheseBytes() throws IOException {
    try (EventFile events = EventFile.create(folder, () -> 1.5)) {
      long before = Files.size(onlyFile());
      events.scalars(300, Map.of("train/loss", 0.25));
      byte[] all = Files.readAllBytes(onlyFile());
      String record =
          "2100000000000000" // length: 33
              + "017becf6" // its checksum
              + "09000000000000f83f" // field 1, double: 1.5
              + "10ac02" // field 2, varint: 300
              + "2a13" // field 5, 19 bytes: the summary
              + "0a11" // field 1, 17 bytes: a value
              + "0a0a747261696e2f6c6f7373" // field 1, 10 bytes: train/loss
              + "150000803e" // field 2, float: 0.25
              + "6557981f"; // checksum of the 33 bytes
      assertThat(HexFormat.of().formatHex(all, (int) before, all.length)).isEqualTo(record);
    }
  }

  @Test
  void anEmptyRecordIsFramed() {
    ByteBuffer record = EventFile.record(new byte[0]);
    byte[] bytes = new byte[record.remaining()];
    record.get(bytes);
    // The checksum of nothing is 0, so its mask alone is left.
    assertThat(HexFormat.of().formatHex(bytes)).endsWith("d8ea82a2").hasSize(32);
  }

  @Test
  void aFileBeginsWithItsVersionAndItsNameWithItsTime() throws IOException {
    EventFile.create(folder, () -> 1_700_000_000.25).close();
    assertThat(onlyFile().getFileName().toString())
        .startsWith("events.out.tfevents.1700000000.")
        .matches(name -> EventFile.isEvents(folder.resolve(name)));
    List<Field> first = EventReader.read(onlyFile()).get(0);
    assertThat(Double.longBitsToDouble(only(first, 1).value())).isEqualTo(1_700_000_000.25);
    assertThat(only(first, 3).text()).isEqualTo("brain.Event:2");
  }

  @Test
  void filesOfTheSameSecondAreReadInTheirOrder() throws IOException {
    for (int i = 0; i < 3; i++) {
      try (EventFile events = EventFile.create(folder, () -> 5)) {
        events.restart(i);
      }
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> sorted = files.sorted().toList();
      assertThat(sorted).hasSize(3);
      for (int i = 0; i < 3; i++) {
        assertThat(only(EventReader.read(sorted.get(i)).get(1), 2).value()).isEqualTo(i);
      }
    }
  }

  @Test
  void picturesAndTextsAreWhatTheirPluginsRead() throws IOException {
    byte[] png = {1, 2, 3};
    try (EventFile events = EventFile.create(folder, () -> 5)) {
      events.image(4, "augmented", 300, 17, png);
      events.text(0, "config", "NAME: ''\n");
      events.restart(1L << 40);
    }
    List<List<Field>> events = EventReader.read(onlyFile());

    List<Field> image = only(only(events.get(1), 5).message(), 1).message();
    assertThat(only(image, 1).text()).isEqualTo("augmented");
    List<Field> content = only(image, 4).message();
    assertThat(only(content, 1).value()).isEqualTo(300);
    assertThat(only(content, 2).value()).isEqualTo(17);
    assertThat(only(content, 3).value()).isEqualTo(3);
    assertThat(only(content, 4).bytes()).isEqualTo(png);

    List<Field> text = only(only(events.get(2), 5).message(), 1).message();
    List<Field> tensor = only(text, 8).message();
    assertThat(only(tensor, 1).value()).as("DT_STRING").isEqualTo(7);
    assertThat(only(only(only(tensor, 2).message(), 2).message(), 1).value()).isEqualTo(1);
    assertThat(only(tensor, 8).bytes()).isEqualTo("NAME: ''\n".getBytes(StandardCharsets.UTF_8));
    List<Field> plugin = only(only(text, 9).message(), 1).message();
    assertThat(only(plugin, 1).text()).isEqualTo("text");

    assertThat(only(events.get(3), 2).value()).isEqualTo(1L << 40);
    assertThat(only(only(events.get(3), 7).message(), 1).value()).as("START").isEqualTo(1);
  }
}
