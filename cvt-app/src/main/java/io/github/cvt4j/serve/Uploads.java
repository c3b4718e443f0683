package io.github.cvt4j.serve;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Promise;

/** Takes the picture files out of a body, in any of the three ways in which they may be sent. */
final class Uploads {

  private static final String WAYS =
      "image/* or application/octet-stream (one picture), multipart/form-data (fields 'image'), or"
          + " application/json ({\"images\": [base64, ...]})";

  private static final int LONGEST_PART_HEADERS = 4096;

  /** RFC 2046, section 5.1.1. To look for a long one at every byte would take long, too. */
  private static final int LONGEST_BOUNDARY = 70;

  private Uploads() {}

  /**
   * At least one file, none of them looked into.
   *
   * @param contentType what the client calls the body; null for nothing, which is taken for one
   *     picture
   * @param most files that are taken
   * @throws Problem 415 for another type, 413 for too many files, 400 for anything malformed
   */
  static List<byte[]> of(String contentType, byte[] body, int most) {
    if (body.length == 0) {
      throw Problem.of(400, "the body is empty; expected " + WAYS);
    }
    String type = contentType == null ? "application/octet-stream" : bare(contentType);
    List<byte[]> files =
        switch (type) {
          case "multipart/form-data" -> multipart(contentType, body, most);
          case "application/json" -> json(body, most);
          case "application/octet-stream" -> List.of(body);
          default -> {
            if (!type.startsWith("image/")) {
              throw Problem.of(415, "a body of type '%s'; expected %s".formatted(type, WAYS));
            }
            yield List.of(body);
          }
        };
    if (files.isEmpty()) {
      throw Problem.of(400, "no picture in the body; expected " + WAYS);
    }
    return files;
  }

  /** Without parameters. */
  static String bare(String contentType) {
    return contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
  }

  private static Problem tooMany(int most) {
    return Problem.of(413, "more than %d pictures in a request".formatted(most));
  }

  private static List<byte[]> multipart(String contentType, byte[] body, int most) {
    String boundary = MultiPart.extractBoundary(contentType);
    if (boundary == null || boundary.isEmpty()) {
      throw Problem.of(400, "multipart/form-data without a boundary");
    }
    if (boundary.length() > LONGEST_BOUNDARY) {
      throw Problem.of(
          400,
          "a boundary of %d characters; expected at most %d"
              .formatted(boundary.length(), LONGEST_BOUNDARY));
    }
    if (delimiters(body, boundary) > most + 1) { // the last one ends the form
      throw tooMany(most);
    }
    MultiPartFormData.Parser parser = new MultiPartFormData.Parser(boundary);
    parser.setMaxParts(-1); // counted above
    parser.setMaxMemoryFileSize(-1); // never on the disk; the body is in memory already
    parser.setPartHeadersMaxLength(LONGEST_PART_HEADERS);
    // All content is there, so that parsing is done when the call returns.
    CompletableFuture<MultiPartFormData.Parts> parsing = new CompletableFuture<>();
    parser.parse(Content.Source.from(ByteBuffer.wrap(body)), Promise.Invocable.toPromise(parsing));
    try (MultiPartFormData.Parts parts = parsing.getNow(null)) {
      if (parts == null) {
        throw malformedMultipart("it ends too early");
      }
      List<byte[]> files = new ArrayList<>();
      for (MultiPart.Part part : parts) {
        if (!"image".equals(part.getName())) {
          throw Problem.of(
              400, "a field '%s' in the form; expected 'image'".formatted(part.getName()));
        }
        files.add(bytes(part));
      }
      return files;
    } catch (Problem e) {
      throw e;
    } catch (RuntimeException e) {
      throw malformedMultipart(reason(e));
    }
  }

  /** Counted before the parser makes an object of each part, which may be a few bytes short. */
  private static int delimiters(byte[] body, String boundary) {
    byte[] delimiter = ("--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    int count = 0;
    for (int i = 0; i <= body.length - delimiter.length; i++) {
      if (body[i] == '-'
          && Arrays.equals(body, i, i + delimiter.length, delimiter, 0, delimiter.length)) {
        count++;
      }
    }
    return count;
  }

  /** The only copy: all of the part's content is there, in pieces of the body. */
  private static byte[] bytes(MultiPart.Part part) {
    Content.Source source = part.createContentSource();
    byte[] copy = new byte[Math.toIntExact(part.getLength())];
    int length = 0;
    while (true) {
      Content.Chunk chunk = source.read();
      if (chunk == null || Content.Chunk.isFailure(chunk)) {
        throw malformedMultipart("a part has no end");
      }
      int more = chunk.remaining();
      chunk.getByteBuffer().get(copy, length, more);
      length += more;
      chunk.release();
      if (chunk.isLast()) {
        return copy;
      }
    }
  }

  private static Problem malformedMultipart(String why) {
    return Problem.of(400, "malformed multipart/form-data: " + why);
  }

  private static String reason(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }

  private static List<byte[]> json(byte[] body, int most) {
    List<byte[]> files = null;
    try (JsonParser in = Json.FACTORY.createParser(body)) {
      require(in, in.nextToken() == JsonToken.START_OBJECT, "expected an object");
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        require(in, in.currentName().equals("images"), "unknown key; expected 'images'");
        require(in, in.nextToken() == JsonToken.START_ARRAY, "'images' must be an array");
        files = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
          require(
              in, in.currentToken() == JsonToken.VALUE_STRING, "'images' must hold base64 strings");
          if (files.size() == most) {
            throw tooMany(most);
          }
          files.add(in.getBinaryValue());
        }
      }
      require(in, in.nextToken() == null, "something follows the object");
    } catch (JsonProcessingException e) {
      throw Problem.of(
          400,
          "malformed JSON, line %d, column %d: %s"
              .formatted(
                  e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
                  e.getLocation() == null ? 1 : e.getLocation().getColumnNr(),
                  e.getOriginalMessage().lines().findFirst().orElse("")));
    } catch (IOException e) {
      throw new IllegalStateException(e); // there is no file behind it
    }
    if (files == null) {
      throw Problem.of(400, "no key 'images' in the JSON");
    }
    return files;
  }

  private static void require(JsonParser in, boolean holds, String otherwise) {
    if (!holds) {
      throw Problem.of(
          400, "JSON, line %d: %s".formatted(in.currentTokenLocation().getLineNr(), otherwise));
    }
  }
}
