package io.github.cvt4j.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON header of a safetensors file, checked in full: what {@link #parse} returns describes
 * tensors that fill the data without gaps or overlaps.
 *
 * @param entries by name, in the header's order
 * @param metadata the strings under {@code __metadata__}
 * @param dataBytes length of the data behind the header
 */
record SafetensorsHeader(Map<String, Entry> entries, Map<String, String> metadata, long dataBytes) {

  /** The reference's bound on the header's length. */
  static final int MAX_BYTES = 100_000_000;

  static final String METADATA = "__metadata__";

  /** More than tensors ever have; keeps a lying header from making a long array per entry. */
  private static final int MAX_RANK = 64;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(4).maxNumberLength(20).build())
          .build();

  /** One tensor: where its bytes stand, counted from the end of the header. Never compared. */
  @SuppressWarnings("ArrayRecordComponent")
  record Entry(String name, DType dtype, long[] shape, long begin, long end) {
    long bytes() {
      return end - begin;
    }
  }

  /** The entries as their data lies in the file. */
  List<Entry> byOffset() {
    List<Entry> sorted = new ArrayList<>(entries.values());
    sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    return sorted;
  }

  /**
   * @throws IOException if the bytes are not one JSON value in strict UTF-8
   * @throws CheckpointException if the value breaks a rule of the format
   */
  static SafetensorsHeader parse(byte[] json, long dataBytes) throws IOException {
    if (json[0] != '{') {
      throw new CheckpointException("expected a JSON object");
    }
    // Jackson's own decoder would guess the encoding and lets some malformed sequences through.
    InputStreamReader text =
        new InputStreamReader(
            new ByteArrayInputStream(json),
            StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT));
    Map<String, Entry> entries = new LinkedHashMap<>();
    Map<String, String> metadata = Map.of();
    try (JsonParser parser = JSON.createParser(text)) {
      expect(parser, parser.nextToken(), JsonToken.START_OBJECT, "the header");
      for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
        checkText(name);
        if (name.equals(METADATA)) {
          metadata = metadata(parser);
        } else {
          entries.put(name, entry(parser, name));
        }
      }
      if (parser.nextToken() != null) {
        throw new CheckpointException("something follows the JSON object");
      }
    }
    SafetensorsHeader header = new SafetensorsHeader(entries, metadata, dataBytes);
    header.checkLayout();
    return header;
  }

  /** Text with half a surrogate pair, which JSON escapes can make, is no Unicode. */
  static void checkText(String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new CheckpointException("'" + text + "' is not valid Unicode");
    }
  }

  private static Map<String, String> metadata(JsonParser parser) throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>();
    expect(parser, parser.nextToken(), JsonToken.START_OBJECT, METADATA);
    for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
      expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, METADATA + " '" + key + "'");
      checkText(key);
      checkText(parser.getText());
      metadata.put(key, parser.getText());
    }
    return metadata;
  }

  private static Entry entry(JsonParser parser, String name) throws IOException {
    String where = "tensor '" + name + "'";
    DType dtype = null;
    long[] shape = null;
    long[] offsets = null;
    expect(parser, parser.nextToken(), JsonToken.START_OBJECT, where);
    for (String field = parser.nextFieldName(); field != null; field = parser.nextFieldName()) {
      switch (field) {
        case "dtype" -> dtype = dtype(parser, where);
        case "shape" -> shape = integers(parser, where + " shape");
        case "data_offsets" -> offsets = integers(parser, where + " data_offsets");
        default -> throw new CheckpointException(where + ": unknown field '" + field + "'");
      }
    }
    if (dtype == null || shape == null || offsets == null) {
      throw new CheckpointException(where + ": expected dtype, shape and data_offsets");
    }
    if (offsets.length != 2 || offsets[0] > offsets[1]) {
      throw new CheckpointException(
          where + ": data_offsets " + Arrays.toString(offsets) + ", expected [begin, end]");
    }
    long bytes = HostTensor.byteSize(dtype, shape);
    if (bytes != offsets[1] - offsets[0]) {
      throw new CheckpointException(
          "%s: %s %s takes %d bytes, but data_offsets %s give it %d"
              .formatted(
                  where,
                  dtype,
                  Arrays.toString(shape),
                  bytes,
                  Arrays.toString(offsets),
                  offsets[1] - offsets[0]));
    }
    return new Entry(name, dtype, shape, offsets[0], offsets[1]);
  }

  private static DType dtype(JsonParser parser, String where) throws IOException {
    expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, where + " dtype");
    String name = parser.getText();
    for (DType dtype : DType.values()) {
      if (dtype.name().equals(name)) {
        return dtype;
      }
    }
    throw new CheckpointException(
        where + ": dtype '" + name + "', expected one of " + Arrays.toString(DType.values()));
  }

  private static long[] integers(JsonParser parser, String where) throws IOException {
    expect(parser, parser.nextToken(), JsonToken.START_ARRAY, where);
    long[] values = new long[4];
    int count = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      expect(parser, parser.currentToken(), JsonToken.VALUE_NUMBER_INT, where);
      if (count == MAX_RANK) {
        throw new CheckpointException(where + ": more than " + MAX_RANK + " numbers");
      }
      if (count == values.length) {
        values = Arrays.copyOf(values, MAX_RANK);
      }
      long value = parser.getLongValue();
      if (value < 0) {
        throw new CheckpointException(where + ": " + value + " must not be negative");
      }
      values[count++] = value;
    }
    return Arrays.copyOf(values, count);
  }

  private static void expect(JsonParser parser, JsonToken actual, JsonToken expected, String where)
      throws IOException {
    if (actual != expected) {
      throw new CheckpointException(
          "%s: expected %s at character %d"
              .formatted(
                  where,
                  switch (expected) {
                    case START_OBJECT -> "an object";
                    case START_ARRAY -> "a list of integers";
                    case VALUE_STRING -> "a string";
                    default -> "an integer";
                  },
                  parser.currentTokenLocation().getCharOffset()));
    }
  }

  private void checkLayout() {
    long end = 0;
    for (Entry entry : byOffset()) {
      if (entry.begin() != end) {
        throw new CheckpointException(
            "tensor '%s' starts at %d, expected %d: tensors must neither overlap nor leave gaps"
                .formatted(entry.name(), entry.begin(), end));
      }
      end = entry.end();
    }
    if (end != dataBytes) {
      throw new CheckpointException(
          "the tensors take %d bytes, but %d follow the header".formatted(end, dataBytes));
    }
  }
}
