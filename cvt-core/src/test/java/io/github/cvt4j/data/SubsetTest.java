package io.github.cvt4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SubsetTest {

  /** 60 pictures of class 0, 30 of class 1, 10 of class 2. */
  private final Dataset uneven = Pictures.numbered(100, 2, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2);

  @Test
  void splitHoldsOutTheFractionOfEveryClass() {
    DataSplit split = Subset.split(uneven, 0.2, 1);
    assertThat(counts(split.validation())).isEqualTo(Map.of(0, 12L, 1, 6L, 2, 2L));
    assertThat(counts(split.train())).isEqualTo(Map.of(0, 48L, 1, 24L, 2, 8L));
    List<String> all = new ArrayList<>(names(split.train()));
    all.addAll(names(split.validation()));
    assertThat(all).doesNotHaveDuplicates().hasSize(100);
  }

  @Test
  void splitDependsOnTheSeedAlone() {
    assertThat(names(Subset.split(uneven, 0.2, 1).validation()))
        .isEqualTo(names(Subset.split(uneven, 0.2, 1).validation()))
        .isNotEqualTo(names(Subset.split(uneven, 0.2, 2).validation()));
  }

  @Test
  void splitLeavesEveryClassInTraining() {
    Dataset tiny = Pictures.numbered(3, 2, 0, 0, 1);
    DataSplit split = Subset.split(tiny, 0.9, 0);
    assertThat(counts(split.train())).isEqualTo(Map.of(0, 1L, 1, 1L));
    assertThat(counts(split.validation())).isEqualTo(Map.of(0, 1L));
    assertThatThrownBy(() -> Subset.split(Pictures.numbered(2, 2, 0, 1), 0.5, 0))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("nothing can be held out");
    assertThatThrownBy(() -> Subset.split(tiny, 1.5, 0))
        .isInstanceOf(DataException.class)
        .hasMessage("hold-out fraction 1.5: expected above 0 and below 1");
  }

  @Test
  void limitTakesTheClassesEvenly() {
    assertThat(counts(Subset.limit(uneven, 30))).isEqualTo(Map.of(0, 10L, 1, 10L, 2, 10L));
    assertThat(counts(Subset.limit(uneven, 50))).isEqualTo(Map.of(0, 20L, 1, 20L, 2, 10L));
    assertThat(Subset.limit(uneven, 30).classes()).isEqualTo(uneven.classes());
    assertThat(Subset.limit(uneven, 100)).isSameAs(uneven);
    assertThatThrownBy(() -> Subset.limit(uneven, 0))
        .isInstanceOf(DataException.class)
        .hasMessage("a limit of 0 pictures: expected at least 1");
  }

  @Test
  void picturesLabelsAndNamesStayTogether() {
    Dataset held = Subset.split(uneven, 0.3, 4).validation();
    for (int i = 0; i < held.size(); i++) {
      int original = Integer.parseInt(held.name(i).replace("picture ", ""));
      assertThat(held.label(i)).isEqualTo(uneven.label(original));
      assertThat(held.image(i).pixels()[0]).isEqualTo((byte) original);
    }
  }

  private static List<String> names(Dataset dataset) {
    return IntStream.range(0, dataset.size()).mapToObj(dataset::name).toList();
  }

  private static Map<Integer, Long> counts(Dataset dataset) {
    return IntStream.range(0, dataset.size())
        .mapToObj(dataset::label)
        .collect(Collectors.groupingBy(label -> label, Collectors.counting()));
  }
}
