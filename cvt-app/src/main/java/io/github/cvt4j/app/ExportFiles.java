package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.onnx.OnnxModel;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/**
 * Where a model is written until it has proved itself: a folder beside its place, since a model's
 * weights may stand in a second file that it names. Closing it removes what was not kept.
 */
final class ExportFiles implements AutoCloseable {

  private final Path target;
  private final Path folder;

  private ExportFiles(Path target, Path folder) {
    this.target = target;
    this.folder = folder;
  }

  /**
   * Makes the folder.
   *
   * @throws InvalidInputException if the model could not be moved into its place
   */
  static ExportFiles toward(Path file) {
    Path target = file.toAbsolutePath();
    if (target.getFileName() == null || Files.isDirectory(target)) {
      throw new InvalidInputException(file + ": a folder; expected a file to write");
    }
    Path folder = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
    try {
      return new ExportFiles(target, Files.createDirectory(folder));
    } catch (IOException e) {
      throw unwritable(target, e);
    }
  }

  /** Where the model is to be written; its name is already the last one. */
  Path model() {
    return folder.resolve(target.getFileName());
  }

  /** Moves what was written into its place, the weights first. */
  void keep() {
    try {
      if (Files.exists(OnnxModel.dataFile(model()))) {
        move(OnnxModel.dataFile(model()), OnnxModel.dataFile(target));
      }
      move(model(), target);
    } catch (IOException e) {
      throw unwritable(target, e);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  private static InvalidInputException unwritable(Path target, IOException e) {
    String why;
    if (e instanceof NoSuchFileException || e instanceof NotDirectoryException) {
      why = "there is no folder " + target.getParent();
    } else if (e instanceof AccessDeniedException) {
      why = "permission denied";
    } else if (e instanceof FileSystemException file && file.getReason() != null) {
      why = file.getReason();
    } else {
      why = e.toString();
    }
    return new InvalidInputException(target + ": cannot be written: " + why, e);
  }

  @Override
  public void close() {
    deleteQuietly(OnnxModel.dataFile(model()));
    deleteQuietly(model());
    deleteQuietly(folder);
  }

  private static void deleteQuietly(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // What failed before it is what the user needs to hear.
    }
  }
}
