package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CourseTest {

  private static final Size FULL = Size.square(224);

  private static Course course(int begin, int end, long steps, int from, int every) {
    return new Course(begin, end, steps, new Course.Validation(from, every), List.of());
  }

  private static List<Integer> validated(Course course, int stepsPerEpoch) {
    return IntStream.range(0, course.epochs(stepsPerEpoch))
        .filter(epoch -> course.validates(epoch, stepsPerEpoch))
        .boxed()
        .toList();
  }

  @Test
  void picturesKeepTheSizeOfTheLastEntryReached() {
    Course course =
        new Course(
            0,
            9,
            0,
            Course.Validation.ALWAYS,
            List.of(
                new Course.Resized(2, Size.square(128)), new Course.Resized(5, Size.square(192))));
    assertThat(IntStream.range(0, 7).mapToObj(epoch -> course.size(epoch, FULL).height()))
        .containsExactly(224, 224, 128, 128, 128, 192, 192);
  }

  @Test
  void stepsCutTheLastEpochShort() {
    assertThat(course(0, 100, 25, 0, 0).epochs(10)).isEqualTo(3);
    assertThat(course(0, 100, 30, 0, 0).epochs(10)).isEqualTo(3);
    assertThat(course(0, 3, 0, 0, 0).steps(10)).isEqualTo(30);
    assertThat(course(2, 100, 25, 0, 0).steps(10))
        .as("a later start does not take steps away")
        .isEqualTo(45);
  }

  @Test
  void validatesWhenAskedAndAlwaysAtTheEnd() {
    assertThat(validated(course(0, 5, 0, 0, 0), 10)).containsExactly(0, 1, 2, 3, 4);
    assertThat(validated(course(0, 5, 0, 3, 0), 10)).containsExactly(3, 4);
    assertThat(validated(course(0, 5, 0, 9, 0), 10)).containsExactly(4);
    assertThat(validated(course(0, 7, 0, 0, 25), 10))
        .as("30 is the first end of an epoch past 25, 50 past 50")
        .containsExactly(2, 4, 6);
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThatThrownBy(() -> course(0, 0, 0, 0, 0))
        .isInstanceOf(SpecException.class)
        .hasMessage("epochs 0: expected 1 to 1000000");
    assertThatThrownBy(() -> course(3, 3, 0, 0, 0))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("first epoch 3");
    assertThatThrownBy(() -> course(0, 3, -1, 0, 0))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("steps -1");
    Course.Resized later = new Course.Resized(4, FULL);
    assertThatThrownBy(() -> new Course(0, 9, 0, Course.Validation.ALWAYS, List.of(later, later)))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("later epochs");
  }
}
