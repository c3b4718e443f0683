package io.github.cvt4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassMapTest {

  private static final List<String> LABELS = List.of("cat", "dog", "eel");

  private static int[] outputs(ClassMap map) {
    return IntStream.range(0, map.size()).map(map::output).toArray();
  }

  @Test
  void equalNamesNeedNoWord() {
    ClassMap map = ClassMap.of(LABELS, 3, LABELS);
    assertThat(outputs(map)).containsExactly(0, 1, 2);
    assertThat(map.note()).isEmpty();
    float[] logits = {1, 2, 3};
    assertThat(map.apply(logits, 3)).isSameAs(logits);
  }

  @Test
  void anotherOrderIsMatchedByNameAndSaid() {
    ClassMap map = ClassMap.of(List.of("cat", "eel", "dog"), 3, LABELS);
    assertThat(outputs(map)).containsExactly(0, 2, 1);
    assertThat(map.note())
        .isEqualTo(
            "the data's classes are in another order than the model's (class 1 is 'eel' here and"
                + " 'dog' there): matched by name");
    assertThat(map.apply(new float[] {1, 2, 3, 4, 5, 6}, 3)).containsExactly(1, 3, 2, 4, 6, 5);
  }

  @Test
  void aPartIsMatchedByNameAndSaid() {
    ClassMap map = ClassMap.of(List.of("eel", "cat"), 3, LABELS);
    assertThat(outputs(map)).containsExactly(2, 0);
    assertThat(map.note())
        .isEqualTo("the data has 2 of the model's 3 classes: only their outputs count");
    assertThat(map.apply(new float[] {1, 2, 3, 4, 5, 6}, 3)).containsExactly(3, 1, 6, 4);
  }

  @Test
  void numbersAreOutputsInNumericOrder() {
    List<String> folders = IntStream.range(0, 12).mapToObj(Integer::toString).sorted().toList();
    assertThat(folders).startsWith("0", "1", "10", "11", "2");
    ClassMap map = ClassMap.of(folders, 12, List.of());
    assertThat(outputs(map)).containsExactly(0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(map.note()).contains("named by numbers: taken in their order, 2 before 10");
    List<String> names = IntStream.range(0, 12).mapToObj(i -> "name" + i).toList();
    assertThat(outputs(ClassMap.of(folders, 12, names))).isEqualTo(outputs(map));
    assertThat(ClassMap.of(folders, 1000, List.of()).note())
        .endsWith("; the data has 12 of the model's 1000 classes: only their outputs count");
  }

  @Test
  void numbersThatTheModelKnowsAsNamesAreNames() {
    List<String> names = List.of("1", "10", "2");
    ClassMap map = ClassMap.of(names, 3, names);
    assertThat(outputs(map)).containsExactly(0, 1, 2);
    assertThat(map.note()).isEmpty();
  }

  @Test
  void numbersBeyondTheOutputsAreMerelyNames() {
    ClassMap map = ClassMap.of(List.of("1", "2", "3"), 3, List.of());
    assertThat(outputs(map)).containsExactly(0, 1, 2);
    assertThat(outputs(ClassMap.of(List.of("01", "02"), 2, List.of()))).containsExactly(0, 1);
  }

  @Test
  void whollyOtherNamesAreTakenInOrderAndSaid() {
    ClassMap map = ClassMap.of(List.of("n01", "n02", "n03"), 3, LABELS);
    assertThat(outputs(map)).containsExactly(0, 1, 2);
    assertThat(map.note())
        .contains("the first is 'n01' here and 'cat' there")
        .endsWith("taken in order");
    assertThat(ClassMap.of(List.of("n01", "n02", "n03"), 3, List.of()).note()).isEmpty();
  }

  @Test
  void classesThatDoNotFitAreRefused() {
    refused(
        () -> ClassMap.of(List.of("cat", "dog", "ant"), 3, LABELS),
        "class 'ant' of the data is none of the model's 3; 'eel' of the model is not in the data");
    refused(
        () -> ClassMap.of(List.of("cat", "ant"), 3, LABELS),
        "class 'ant' of the data is none of the model's 3");
    refused(
        () -> ClassMap.of(List.of("a", "b"), 3, LABELS),
        "the model has 3 classes, the data 2 ('a' and so on)");
    refused(
        () -> ClassMap.of(List.of("a", "b", "c", "d"), 3, List.of()),
        "the model has 3 classes, the data 4");
    refused(
        () -> ClassMap.of(List.of("b", "a"), 3, List.of("a", "b", "a")),
        "two of the model's classes are called 'a'");
  }

  @Test
  void aListSaysTheOutputs(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("labels.txt"), "6\r\n999\n 0 \n\n");
    ClassMap map = ClassMap.read(file, LABELS, 1000);
    assertThat(outputs(map)).containsExactly(6, 999, 0);
    refused(() -> ClassMap.read(file, LABELS, 999), "labels.txt line 2: '999'");
    refused(
        () -> ClassMap.read(file, List.of("a"), 1000),
        "labels.txt: 3 class numbers, the data has 1 classes");
    Files.writeString(file, "1\n2\n1\n");
    refused(() -> ClassMap.read(file, LABELS, 1000), "line 3: '1', expected one of the model's");
    Files.writeString(file, "1\n\n3\n");
    refused(() -> ClassMap.read(file, LABELS, 1000), "line 2: ''");
    Files.writeString(file, "-1\n");
    refused(() -> ClassMap.read(file, LABELS, 1000), "line 1: '-1'");
    refused(() -> ClassMap.read(folder.resolve("no"), LABELS, 1000), "no: cannot be read");
  }

  private static void refused(ThrowingCallable code, String message) {
    assertThatThrownBy(code)
        .isInstanceOf(EvalException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }
}
