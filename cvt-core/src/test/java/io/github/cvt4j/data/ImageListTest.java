package io.github.cvt4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageListTest {

  @TempDir Path folder;
  private Path list;

  @BeforeEach
  void pictures() throws IOException {
    Pictures.write(folder, "a.png", "deep/b c.png", "val/only here.png");
    list = folder.resolve("val.txt");
  }

  @Test
  void numbersAreClassesFromZero() throws IOException {
    Dataset pictures = open("# a comment\na.png 3\n\n  deep/b c.png\t0  \r\n");
    assertThat(pictures.classes()).containsExactly("0", "1", "2", "3");
    assertThat(labels(pictures)).containsExactly(3, 0);
    assertThat(pictures.name(1)).endsWith("b c.png");
    assertThat(pictures.image(1).width()).isEqualTo(4);
  }

  @Test
  void namesAreClassesInTheOrderOfFolders() throws IOException {
    Dataset pictures = open("a.png dog\na.png Cat\na.png 10\n");
    assertThat(pictures.classes()).containsExactly("10", "Cat", "dog");
    assertThat(labels(pictures)).containsExactly(2, 1, 0);
  }

  @Test
  void commasSeparateToo() throws IOException {
    assertThat(labels(open("a.png,2\n"))).containsExactly(2);
  }

  @Test
  void namesOfClassesAreReadBesideIt() throws IOException {
    Files.writeString(folder.resolve("classes.txt"), "red fox\ncat\n");
    Dataset pictures = open("a.png 0\na.png cat\n");
    assertThat(pictures.classes()).containsExactly("red fox", "cat");
    assertThat(labels(pictures)).containsExactly(0, 1);
    assertRefused("a.png 2\n", "val.txt line 1: label '2' is none of the 2 classes");
  }

  @Test
  void classesOfTheCallerCountFirst() throws IOException {
    Files.writeString(list, "a.png dog\n");
    Dataset pictures = ImageList.open(list, Optional.of(List.of("cat", "dog")));
    assertThat(labels(pictures)).containsExactly(1);
  }

  @Test
  void theFolderOfTheListsNameIsTriedToo() throws IOException {
    Dataset pictures = open("only here.png 0\n");
    assertThat(pictures.name(0)).endsWith(Path.of("val", "only here.png").toString());
  }

  @Test
  void linesThatAreNoneAreNamed() throws IOException {
    assertRefused("a.png 0\n\nalone\n", "val.txt line 3: expected 'path label'");
    assertRefused("a.png,\n", "val.txt line 1: expected 'path label'");
    assertRefused("", "names no pictures");
    assertRefused("a.png 0\n" + "a".repeat(9000), "val.txt: a line of more than 8192 bytes");
    assertRefused("a.png 0\n".repeat(9000) + "b", "line 9001: expected 'path label'");
    assertRefused("missing.png 0\n", "its first picture is missing");
    assertRefused("a.png 0\na\0b.png 0\n", "val.txt line 2: 'a\0b.png' is not a path");
  }

  @Test
  void pathsThatLeaveTheFolderAreRefused() throws IOException {
    assertRefused("a.png 0\n../x.png 0\n", "val.txt line 2: '../x.png' leaves the folder");
    assertRefused("a.png 0\ndeep/../../x.png 0\n", "leaves the folder");
    assertRefused("a.png 0\n/etc/passwd 0\n", "'/etc/passwd' leaves the folder");
    assertRefused("a.png 0\n. 0\n", "'.' leaves the folder");
    assertRefused("../x.png 0\n", "leaves the folder");
  }

  @Test
  void filesThatAreNoTextAreRefused() throws IOException {
    Files.write(list, new byte[] {'a', ' ', (byte) 0xff, '\n'});
    assertThatThrownBy(() -> ImageList.open(list, Optional.empty()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("not a text file in UTF-8");
    Files.write(list, "é.png 0\n".getBytes(StandardCharsets.UTF_8));
    Pictures.write(folder, "é.png");
    assertThat(ImageList.open(list, Optional.empty()).size()).isEqualTo(1);
  }

  @Test
  void longFirstLineIsRefusedWhereNamesAreGiven() throws IOException {
    Files.writeString(list, "a".repeat(9000));
    assertThatThrownBy(() -> ImageList.open(list, Optional.of(List.of("cat"))))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a line of more than 8192 bytes");
  }

  private Dataset open(String text) throws IOException {
    Files.writeString(list, text);
    return ImageList.open(list, Optional.empty());
  }

  private void assertRefused(String text, String message) throws IOException {
    Files.writeString(list, text);
    assertThatThrownBy(() -> ImageList.open(list, Optional.empty()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }

  private static int[] labels(Dataset pictures) {
    return IntStream.range(0, pictures.size()).map(pictures::label).toArray();
  }
}
