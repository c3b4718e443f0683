package io.github.cvt4j.data;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.image.RgbImage;
import java.util.List;

/**
 * Labelled pictures, numbered from 0. Size, order, classes and labels never change. Safe to use
 * from several threads. Methods that take an index throw {@link IndexOutOfBoundsException} outside
 * 0 to {@code size() - 1}.
 */
public interface Dataset {

  /** Number of pictures. */
  int size();

  /** Class names; a label is an index into this list. */
  List<String> classes();

  /** Class of a picture, 0 to {@code classes().size() - 1}; cheap, decodes nothing. */
  int label(int index);

  /**
   * The picture. It may be shared with other callers: its pixels must not be written.
   *
   * @throws InvalidInputException naming the picture, if it cannot be read
   */
  RgbImage image(int index);

  /** What to call a picture in a message: its path, or the data set's name and a number. */
  String name(int index);
}
