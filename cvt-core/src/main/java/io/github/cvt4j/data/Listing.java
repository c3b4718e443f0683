package io.github.cvt4j.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Files that describe a data set. They come from strangers: no length and no path is trusted. */
final class Listing {

  /** ImageNet-22k's synonyms take about a megabyte. */
  private static final long MAX_NAMES_BYTES = 1 << 24;

  /** A path of Linux's greatest length, in bytes, and much more than a label. */
  private static final int MAX_LINE = 8192;

  /** One line of a text file. */
  @FunctionalInterface
  interface Line {

    /**
     * Takes the line.
     *
     * @param text without white space around it, not empty
     * @param number of the line, from 1
     */
    void read(String text, int number);
  }

  private Listing() {}

  /**
   * All of a file.
   *
   * @param limit more bytes than that are refused
   * @param what it belongs to, as in "the CIFAR binaries"
   */
  static byte[] bytes(Path file, int limit, String what) {
    requireSize(file, limit, what);
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(limit + 1); // the size may have been a lie
      if (bytes.length > limit) {
        throw tooLong(file, bytes.length, limit, what);
      }
      return bytes;
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** Gives every line of a text file that is not empty and does not begin with {@code #}. */
  static void lines(Path file, long limit, String what, Line line) {
    requireSize(file, limit, what);
    try (BufferedReader in = reader(file)) {
      int number = 0;
      for (String text = in.readLine(); text != null; text = in.readLine()) {
        number++;
        String bare = text.strip();
        if (counts(bare)) {
          line.read(bare, number);
        }
      }
    } catch (MalformedInputException e) {
      throw new DataException(file + ": not a text file in UTF-8", e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** The first line that {@link #lines} would give. */
  static Optional<String> first(Path file) {
    try (BufferedReader in = reader(file)) {
      return in.lines().map(String::strip).filter(Listing::counts).findFirst();
    } catch (UncheckedIOException e) {
      throw unreadable(file, e.getCause());
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static boolean counts(String line) {
    return !line.isEmpty() && line.charAt(0) != '#';
  }

  private static BufferedReader reader(Path file) throws IOException {
    InputStream in = new ShortLines(Files.newInputStream(file), file);
    return new BufferedReader(new InputStreamReader(in, UTF_8.newDecoder()));
  }

  /** Refuses a line that would take much memory to read. */
  private static final class ShortLines extends FilterInputStream {

    private final Path file;
    private int length;

    ShortLines(InputStream in, Path file) {
      super(in);
      this.file = file;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
      int read = super.read(bytes, offset, count);
      for (int i = offset; i < offset + read; i++) {
        length = bytes[i] == '\n' || bytes[i] == '\r' ? 0 : length + 1;
        if (length > MAX_LINE) {
          throw new DataException(
              "%s: a line of more than %d bytes; is it a text file?".formatted(file, MAX_LINE));
        }
      }
      return read;
    }
  }

  /**
   * A path below a folder, as a listing gives it.
   *
   * @return relative to the folder, in its shortest form
   * @throws DataException if it leaves the folder or is no path
   */
  static String below(Path folder, String path, String where) {
    try {
      Path root = folder.toAbsolutePath().normalize();
      Path target = root.resolve(path).normalize();
      if (!Path.of(path).isAbsolute() && target.startsWith(root) && !target.equals(root)) {
        return root.relativize(target).toString();
      }
    } catch (InvalidPathException e) {
      throw new DataException("%s: '%s' is not a path".formatted(where, path), e);
    }
    throw new DataException(
        "%s: '%s' leaves the folder %s; expected a path below it".formatted(where, path, folder));
  }

  /** Refuses a list whose first picture is not there, before much work goes into it. */
  static void requireFirst(Dataset pictures, String where) {
    if (pictures.size() == 0) {
      throw new DataException(where + ": names no pictures");
    }
    Path first = Path.of(pictures.name(0));
    if (!Files.isRegularFile(first)) {
      throw new DataException(
          "%s: its first picture is missing: there is no file %s".formatted(where, first));
    }
  }

  private static void requireSize(Path file, long limit, String what) {
    if (!Files.isRegularFile(file)) {
      throw new DataException(file + ": this file of " + what + " is missing");
    }
    try {
      long size = Files.size(file);
      if (size > limit) {
        throw tooLong(file, size, limit, what);
      }
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static DataException tooLong(Path file, long size, long limit, String what) {
    return new DataException(
        "%s: %d bytes, expected at most %d in %s".formatted(file, size, limit, what));
  }

  private static DataException unreadable(Path file, IOException e) {
    return new DataException(file + ": cannot be read (" + e + ")", e);
  }

  /** Class names, one a line. */
  static List<String> names(Path file, String what) {
    List<String> names = new ArrayList<>();
    lines(file, MAX_NAMES_BYTES, what, (text, number) -> names.add(text));
    return names;
  }
}
