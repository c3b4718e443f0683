package io.github.cvt4j.app;

import io.github.cvt4j.data.DataSource;
import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.report.RunRecorder;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.train.RunFolder;
import io.github.cvt4j.train.TrainConfig;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "report",
    description = {
      "Makes the report.html of a run again: after a run that was stopped, or elsewhere. Asks the"
          + " best weights about all validation pictures."
    },
    footer = {"", "Example: ./cvt report runs/shapes"})
final class ReportCommand implements Runnable {

  @Mixin private Common common;

  @Parameters(paramLabel = "FOLDER", description = "The run folder.")
  private Path folder;

  @Option(
      names = {"-d", "--data"},
      paramLabel = "FOLDER|shapes",
      description = "Where the data is now (default: where the run found it).")
  private String data;

  @Override
  public void run() {
    RunFolder run = RunFolder.at(folder);
    Experiment experiment = Experiment.read(run.config());
    String source = data == null ? experiment.section("DATASET").text("ROOT") : data;
    Dataset pictures = DataSource.validation(source);
    common.startEngine();
    Path page;
    try (Progress progress = new Progress("report", pictures.size(), common.err())) {
      long[] done = {0};
      page =
          RunRecorder.report(
              run,
              TrainConfig.of(experiment),
              pictures,
              count -> progress.at(done[0] += count, "pictures"));
    }
    if (common.json()) {
      common.printJson(Map.of("report", page.toString()));
    } else {
      common.out().println("report: " + page);
    }
  }
}
