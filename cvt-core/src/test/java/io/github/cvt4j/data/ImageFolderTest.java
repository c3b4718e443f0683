package io.github.cvt4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.image.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {

  @TempDir Path root;

  @Test
  void classesAndPicturesAreInTorchvisionsOrder() throws IOException {
    Pictures.write(
        root,
        "b/2.png",
        "b/10.png",
        "B/x.png",
        "a b/deep/1.png",
        "a b/z.png",
        "é/1.png",
        "a/1.PNG");
    Dataset folder = ImageFolder.open(root);
    assertThat(folder.classes()).containsExactly("B", "a", "a b", "b", "é");
    assertThat(names(folder))
        .containsExactly(
            "B/x.png", "a/1.PNG", "a b/z.png", "a b/deep/1.png", "b/10.png", "b/2.png", "é/1.png");
    assertThat(IntStream.range(0, folder.size()).map(folder::label))
        .containsExactly(0, 1, 2, 2, 3, 3, 4);
    assertThat(folder.image(2).height()).isEqualTo(4);
  }

  @Test
  void hiddenAndOtherFilesArePassedOver() throws IOException {
    Pictures.write(root, "cat/1.png", "cat/._1.png", ".cache/1.png", "cat/2.webp", "cat/3.jpeg");
    Files.writeString(root.resolve("cat/notes.txt"), "no picture");
    Files.writeString(root.resolve("cat/png"), "no extension");
    Files.writeString(root.resolve("README.md"), "beside the classes");
    Files.createDirectory(root.resolve("cat/folder.png"));
    assertThat(names(ImageFolder.open(root)))
        .containsExactly("cat/1.png", "cat/2.webp", "cat/3.jpeg");
  }

  @Test
  void aMissingFolderAFileAndAnEmptyFolderAreRefused() throws IOException {
    assertRefused(root.resolve("nowhere"), "nowhere: no such folder");
    Path file = Files.writeString(root.resolve("file"), "text");
    assertRefused(file, "file: a file, expected a folder of class folders");
    assertRefused(Files.createDirectory(root.resolve("empty")), "empty: an empty folder");
  }

  @Test
  void picturesWithoutClassFoldersAreRefused() throws IOException {
    Pictures.write(root, "1.png", "2.png");
    assertRefused(root, "no class folders in it; expected");
  }

  @Test
  void aClassFolderWithoutPicturesIsNamed() throws IOException {
    Pictures.write(root, "cat/1.png");
    Files.createDirectories(root.resolve("dog/inner"));
    assertRefused(root, "dog: no pictures in it");
  }

  @Test
  void aFolderOfPartsIsNotTakenForClasses() throws IOException {
    Pictures.write(root, "train/cat/1.png", "val/cat/1.png");
    assertRefused(root, "holds train, val, not class folders; expected one of these");
  }

  @Test
  void aFolderThatLinksToItselfIsRefused() throws IOException {
    Pictures.write(root, "cat/1.png");
    Files.createSymbolicLink(root.resolve("cat/again"), root.resolve("cat"));
    assertRefused(root, "cat: cannot be listed (FileSystemLoopException: ");
  }

  @Test
  void aBrokenPictureIsNamedWhenItIsReadAndNotBefore() throws IOException {
    Pictures.write(root, "cat/1.png");
    Files.writeString(root.resolve("cat/text.jpg"), "not a picture");
    Dataset folder = ImageFolder.open(root);
    assertThat(folder.size()).isEqualTo(2);
    assertThatThrownBy(() -> folder.image(1))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining(folder.name(1));
  }

  private static void assertRefused(Path folder, String message) {
    assertThatThrownBy(() -> ImageFolder.open(folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }

  private List<String> names(Dataset folder) {
    return IntStream.range(0, folder.size())
        .mapToObj(i -> root.relativize(Path.of(folder.name(i))).toString().replace('\\', '/'))
        .toList();
  }
}
