package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import picocli.CommandLine.ParameterException;

/**
 * What went wrong, as users and scripts see it.
 *
 * @param exitCode {@link #BAD_INPUT} for what the user can mend, {@link #OURS} otherwise
 * @param line what was wrong, where, and what was expected
 * @param cause for {@code --verbose}
 */
record Failure(int exitCode, String line, Throwable cause) {

  static final int OURS = 1;
  static final int BAD_INPUT = 2;

  /** Messages quote files and servers, which must not get to drive the terminal. */
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}&&[^\\n\\t]]");

  static Failure of(Throwable e) {
    if (wraps(e) && e.getCause() != null) {
      return of(e.getCause());
    } else if (e instanceof InvalidInputException) {
      return new Failure(BAD_INPUT, e.getMessage(), e);
    } else if (e instanceof ParameterException bad) {
      return new Failure(BAD_INPUT, BadUsage.line(bad), e);
    } else if (e instanceof FileSystemException file) {
      return new Failure(BAD_INPUT, file.getFile() + ": " + reason(file), e);
    } else if (e instanceof FileNotFoundException || saysDiskIsFull(e)) {
      return new Failure(BAD_INPUT, e.getMessage(), e);
    } else if (e instanceof OutOfMemoryError) {
      return outOfMemory(e);
    }
    return new Failure(OURS, "failed: " + firstLine(e), e);
  }

  /**
   * Prints itself.
   *
   * @return the exit code
   */
  int report(PrintWriter err, boolean verbose) {
    if (verbose) {
      cause.printStackTrace(err);
    }
    err.println("cvt: " + CONTROL.matcher(line).replaceAll("?"));
    if (exitCode == OURS && !verbose) {
      err.println("cvt: that is a fault of ours; --verbose shows where");
    }
    return exitCode;
  }

  private static boolean wraps(Throwable e) {
    return e instanceof UncheckedIOException
        || e instanceof ExecutionException
        || e instanceof CompletionException;
  }

  private static String reason(FileSystemException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file or folder";
    } else if (e instanceof AccessDeniedException) {
      return "permission denied";
    } else if (e instanceof NotDirectoryException) {
      return "expected a folder";
    } else if (e instanceof FileAlreadyExistsException) {
      return "exists already";
    } else if (e instanceof DirectoryNotEmptyException) {
      return "the folder is not empty";
    }
    return e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
  }

  /** A write met a full disk or a limit: the JDK has no type for that, only the system's words. */
  private static boolean saysDiskIsFull(Throwable e) {
    String message = e instanceof IOException ? String.valueOf(e.getMessage()) : "";
    return message.contains("No space left")
        || message.contains("quota exceeded")
        || message.contains("File too large");
  }

  private static Failure outOfMemory(Throwable e) {
    long heap = Runtime.getRuntime().maxMemory() >> 20;
    String line =
        "out of memory (%s; the Java heap may grow to %d MB): try smaller batches or pictures, or a"
            + " larger heap with CVT_JAVA_OPTS=-Xmx8g";
    return new Failure(OURS, line.formatted(e.getMessage(), heap), e);
  }

  /** libtorch's messages go on with pages of C++ frames. */
  private static String firstLine(Throwable e) {
    String name = e.getClass().getSimpleName();
    return e.getMessage() == null
        ? name
        : name + ": " + e.getMessage().lines().findFirst().orElse("");
  }
}
