package io.github.cvt4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsFileTest {

  private static final String HEADER =
      "model,top1,top1_err,top5,top5_err,param_count,img_size,crop_pct,interpolation";

  @TempDir Path folder;

  @Test
  void rowsLookAsTimmWritesThem() throws IOException {
    Path file = folder.resolve("results.csv");
    ResultsFile.append(
        file,
        List.of(
            new ResultsFile.Row("cvt-13", 0.81598, 0.95376, 19_997_480, 224, 0.875, "bicubic"),
            new ResultsFile.Row("a,b", 1, 0, 100, 384, 1, "bilinear")));
    ResultsFile.append(
        file, List.of(new ResultsFile.Row("x", 1 / 3.0, 2 / 3.0, 31_620_000, 32, 1, "bicubic")));
    assertThat(Files.readAllLines(file))
        .containsExactly(
            HEADER,
            "cvt-13,81.598,18.402,95.376,4.624,20.0,224,0.875,bicubic",
            "\"a,b\",100.0,0.0,0.0,100.0,0.0,384,1.0,bilinear",
            "x,33.3333,66.6667,66.6667,33.3333,31.62,32,1.0,bicubic");
  }

  @Test
  void anotherTableIsLeftAlone() throws IOException {
    Path file = Files.writeString(folder.resolve("mine.csv"), "a,b\n1,2\n");
    assertThatThrownBy(() -> ResultsFile.append(file, List.of()))
        .isInstanceOf(EvalException.class)
        .hasMessageContaining("mine.csv: not a table of results that rows can be added to");
    assertThat(Files.readString(file)).isEqualTo("a,b\n1,2\n");
    assertThatThrownBy(() -> ResultsFile.check(file)).isInstanceOf(EvalException.class);
  }
}
