package io.github.cvt4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {

  @TempDir private Path folder;

  private History read(String content) throws IOException {
    return History.read(Files.writeString(folder.resolve("metrics.csv"), content));
  }

  @Test
  void columnsAreFoundByNameAndMayBeMissingOrEmpty() throws IOException {
    History history = read("epoch,val_top1,new\n1,0.5,7\n2,,8\n");
    assertThat(history.column("val_top1")).containsExactly(0.5, Double.NaN);
    assertThat(history.column("new")).containsExactly(7, 8);
    assertThat(history.column("rate")).containsExactly(Double.NaN, Double.NaN);
  }

  @Test
  void theBestIsTheFirstByAccuracyThenLoss() throws IOException {
    String header = "epoch,val_top1,val_loss\n";
    assertThat(read(header + "1,NaN,NaN\n2,0.5,2\n3,0.7,2\n4,0.7,1\n5,0.7,1\n").best())
        .contains(new History.Best(3, "val_"));
    assertThat(read(header + "1,,\n").best()).isEmpty();
    assertThat(read(header).best()).isEmpty();
  }

  @Test
  void averagedWeightsMayBeTheBest() throws IOException {
    History history =
        read("epoch,val_top1,val_loss,ema_loss,ema_top1\n1,0.5,2,3,0.4\n2,0.5,2,3,0.6\n");
    assertThat(history.best()).contains(new History.Best(1, "ema_"));
    assertThat(history.value(history.best().get(), "top1")).isEqualTo(0.6);
    assertThat(history.value(history.best().get(), "top5")).isNaN();
  }

  @Test
  void noFileIsNoEpoch() {
    assertThat(History.read(folder.resolve("none.csv")).size()).isZero();
  }

  @Test
  void damageIsNamedByItsLine() {
    assertThatThrownBy(() -> read("epoch,rate\n1,2\n3\n"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("metrics.csv, line 3: 1 values, expected 2");
    assertThatThrownBy(() -> read("epoch,rate\n1,<b>\n"))
        .hasMessageContaining("line 2: '<b>' is not a number");
  }
}
