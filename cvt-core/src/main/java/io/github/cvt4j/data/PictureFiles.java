package io.github.cvt4j.data;

import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.image.RgbImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Pictures in files below a folder, decoded each time they are asked for. */
final class PictureFiles implements Dataset {

  private final Path root;
  private final List<String> classes;
  private final List<String> files;
  private final int[] labels;

  private PictureFiles(Path root, List<String> classes, List<String> files, int[] labels) {
    this.root = root;
    this.classes = List.copyOf(classes);
    this.files = List.copyOf(files);
    this.labels = labels;
  }

  /** Collects files; ImageNet-22k has 14 million, so labels are not boxed. */
  static final class Builder {

    private final Path root;
    private final List<String> files = new ArrayList<>();
    private final IntStream.Builder labels = IntStream.builder();

    /**
     * @param root what the files are relative to
     */
    Builder(Path root) {
      this.root = root;
    }

    /** Adds a file by its path below the root, which the caller has checked. */
    void add(String file, int label) {
      files.add(file);
      labels.add(label);
    }

    Dataset build(List<String> classes) {
      return new PictureFiles(root, classes, files, labels.build().toArray());
    }
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public int label(int index) {
    return labels[index];
  }

  @Override
  public RgbImage image(int index) {
    return ImageDecoder.decode(path(index));
  }

  @Override
  public String name(int index) {
    return path(index).toString();
  }

  private Path path(int index) {
    return root.resolve(files.get(index));
  }
}
