package io.github.cvt4j.report;

import io.github.cvt4j.AtomicFile;
import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.image.PngWriter;
import io.github.cvt4j.spec.Complexity;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Section;
import io.github.cvt4j.train.RunFolder;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a run's page shows: all of it from the run folder, except what a model makes of the
 * validation pictures, which takes the model.
 *
 * @param name of the run
 * @param facts the settings that matter most, by name
 * @param config all of them, as YAML
 * @param sessions what trained, first to last; may be empty
 * @param metrics of each epoch
 * @param timing of each epoch
 * @param augmented the sheet of augmented pictures as a PNG file, if there is one
 * @param findings how the best model answers, if it was asked
 */
record RunReport(
    String name,
    Map<String, String> facts,
    String config,
    List<Session> sessions,
    History metrics,
    History timing,
    Optional<byte[]> augmented,
    Optional<Findings> findings) {

  private static final Logger LOG = LoggerFactory.getLogger(RunReport.class);

  private static final String CONFUSION = "confusion.png";

  static final String AUGMENTED = "augmented.png";

  /** Widest picture in the page, in pixels. */
  private static final int PAGE_WIDTH = 1000;

  RunReport {
    facts = new LinkedHashMap<>(facts);
    sessions = List.copyOf(sessions);
  }

  /**
   * What a run folder holds.
   *
   * @throws InvalidInputException naming a file that is missing or damaged
   */
  static RunReport read(RunFolder folder) {
    Experiment experiment = Experiment.read(folder.config());
    Path path = folder.path();
    Path base = path.toAbsolutePath().normalize().getFileName();
    return new RunReport(
        base == null ? "run" : base.toString(),
        facts(experiment),
        experiment.toYaml(),
        Session.read(path),
        History.read(folder.metrics()),
        History.read(folder.timing()),
        augmented(path.resolve(AUGMENTED)),
        Optional.empty());
  }

  private static Optional<byte[]> augmented(Path file) {
    return Files.exists(file)
        ? Optional.of(PngWriter.bytes(Thumbnail.of(ImageDecoder.decode(file), PAGE_WIDTH)))
        : Optional.empty();
  }

  private static Map<String, String> facts(Experiment experiment) {
    CvtSpec spec = experiment.spec();
    Preprocess preprocess = experiment.preprocess();
    Complexity cost = Complexity.of(spec, preprocess.size());
    Section training = experiment.section("TRAIN");
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Model", "CvT, " + spec.stages().size() + " stages, depths " + depths(spec));
    facts.put("Parameters", String.format(Locale.ROOT, "%,d", cost.parameters()));
    facts.put("Multiply-adds per picture", String.format(Locale.ROOT, "%,d", cost.macs()));
    facts.put("Picture size", preprocess.size().toString());
    facts.put("Classes", Integer.toString(spec.numClasses()));
    facts.put("Data", experiment.section("DATASET").text("ROOT"));
    facts.put("Batch size", Integer.toString(training.integer("BATCH_SIZE_PER_GPU")));
    facts.put("Seed", Integer.toString(training.integer("SEED")));
    return facts;
  }

  private static String depths(CvtSpec spec) {
    return String.join(
        ", ", spec.stages().stream().map(stage -> Integer.toString(stage.depth())).toList());
  }

  /** The same with the best model's answers. */
  RunReport with(Findings answers) {
    return new RunReport(
        name, facts, config, sessions, metrics, timing, augmented, Optional.of(answers));
  }

  /** One page that needs no other file and no script. */
  String html() {
    return ReportPage.of(this);
  }

  /**
   * Writes the page into the run folder; with findings, {@code confusion.png} too.
   *
   * @throws IOException saying why it cannot be written
   */
  void write(RunFolder folder) throws IOException {
    write(folder.path().resolve(RunRecorder.PAGE), html().getBytes(StandardCharsets.UTF_8));
    if (findings.isPresent() && findings.get().classes().size() <= HeatMap.MOST_CLASSES) {
      write(folder.path().resolve(CONFUSION), confusion(findings.get()));
    }
  }

  private static byte[] confusion(Findings findings) {
    int size = findings.classes().size();
    if (size <= FindingsSections.READABLE) {
      try {
        return ConfusionPicture.png(findings);
      } catch (IOException e) {
        LOG.warn("no words in {}: {}", CONFUSION, e.toString());
      }
    }
    return PngWriter.bytes(HeatMap.of(findings, HeatMap.cell(size)));
  }

  private static void write(Path file, byte[] content) throws IOException {
    AtomicFile.write(file, out -> Channels.newOutputStream(out).write(content));
  }
}
