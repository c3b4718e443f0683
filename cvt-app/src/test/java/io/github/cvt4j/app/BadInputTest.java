package io.github.cvt4j.app;

import static io.github.cvt4j.app.Cli.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.cvt4j.image.PngWriter;
import io.github.cvt4j.image.RgbImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is wrong with what the user gives: exit code 2, one line, nothing half-written. */
class BadInputTest {

  private static final Path MODEL = Golden.path("tiny/a_default.yaml");
  private static final Path WEIGHTS = Golden.path("tiny/a_default.weights.safetensors");

  @TempDir private Path folder;

  // Weights

  @Test
  void missingWeightsAreNamed() {
    Path missing = folder.resolve("missing.pth");
    assertThat(refused("info", "--model", MODEL, "--weights", missing))
        .contains(missing.toString());
  }

  @Test
  void aFolderIsNoWeightsFile() {
    assertThat(refused("info", "--model", MODEL, "--weights", folder)).contains(folder.toString());
  }

  @Test
  void weightsThatDoNotSayTheirModelNeedOne() {
    assertThat(refused("info", "--weights", WEIGHTS)).contains(WEIGHTS + ": does not say which");
  }

  static List<String[]> damagedCheckpoints() {
    return Golden.csv("ckpt/bad.csv", 4);
  }

  @ParameterizedTest(name = "{0}: {3}")
  @MethodSource("damagedCheckpoints")
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void damagedAndHostileCheckpointsAreRefused(
      String file, String bytes, String expectation, String what) {
    Path weights = Golden.path("ckpt/bad/" + file);
    assertThat(weights).hasSize(Long.parseLong(bytes));

    Cli run = Cli.cvt("info", "--model", MODEL, "--weights", weights);

    assertThat(Path.of("pwned.txt")).as(what).doesNotExist();
    switch (expectation) {
      case "reject" -> assertThat(run.refusal()).contains(file);
      case "reject_into_model" -> {
        run.firstLineOfRefusal();
        assertThat(run.err().lines().skip(1))
            .isNotEmpty()
            .allMatch(line -> line.startsWith("  - ") || line.startsWith("  + "));
      }
      case "accept_or_reject" -> {
        if (run.code() != 0) {
          run.refusal();
        }
      }
      default -> throw new AssertionError("unknown expectation " + expectation);
    }
  }

  @Test
  void aModelThatHoldsNaNIsWarnedOf() {
    Cli run =
        Cli.done(
            "info", "--model", MODEL, "--weights", Golden.path("ckpt/bad/model_nan.safetensors"));
    assertThat(run.err()).contains("head.bias holds NaN or infinity");
  }

  // Experiment files and overrides

  @ParameterizedTest
  @CsvSource({
    "NUM_CLASSES: 10, NUM_KLASSES: 10, NUM_CLASSES",
    "NUM_CLASSES: 10, NUM_CLASSES: ten, NUM_CLASSES",
    "'DIM_EMBED: [8, 20, 28]', 'DIM_EMBED: [8, -20, 28]', -20",
    "'DIM_EMBED: [8, 20, 28]', 'DIM_EMBED: [8, 2000000000, 28]', 2000000000",
    "'DEPTH: [1, 1, 2]', 'DEPTH: [1, 1]', DEPTH",
    "'IMAGE_SIZE: [64, 64]', 'IMAGE_SIZE: [64, -64]', -64",
    "'NUM_HEADS: [1, 2, 4]', 'NUM_HEADS: [1, 3, 4]', 3",
    "'MODEL:', 'MODEL: [', bad.yaml"
  })
  void anExperimentFileWithAMistakeIsRefused(String right, String wrong, String named)
      throws IOException {
    String text = Files.readString(MODEL);
    assertThat(text).contains(right);
    Path yaml = Files.writeString(folder.resolve("bad.yaml"), text.replace(right, wrong));
    assertThat(refused("info", yaml)).contains(named);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-224", "0", "224x-1", "big", "224x", "99999999999"})
  void aSizeThatIsNoneIsRefused(String size) {
    assertThat(refused("info", "cvt-13", "--size=" + size)).contains(size);
  }

  @Test
  void anUnknownModelNamesTheNearest() {
    assertThat(refused("info", "cvt-31")).contains("cvt-31").contains("did you mean cvt-");
  }

  @Test
  void overridesComeInPairs() {
    assertThat(refused("info", "--model", MODEL, "MODEL.NUM_CLASSES"))
        .contains("'MODEL.NUM_CLASSES': expected KEY VALUE pairs");
    assertThat(refused("info", "--model", MODEL, "cvt-13"))
        .contains("'cvt-13'")
        .contains("--model");
    assertThat(refused("info", "cvt-13", "MODEL.NUM_CLASSES")).contains("'MODEL.NUM_CLASSES'");
    assertThat(refused("train", "--model", MODEL, "-o", folder.resolve("run"), "TRAIN.LR"))
        .contains("'TRAIN.LR': expected KEY VALUE pairs");
  }

  @Test
  void anUnknownKeyNamesTheNearest() {
    assertThat(refused("info", "--model", MODEL, "MODEL.NUM_CLASES", 3))
        .contains("MODEL.NUM_CLASES")
        .contains("MODEL.NUM_CLASSES");
  }

  // Pictures

  @Test
  void aTruncatedJpegIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(Golden.path("preproc/jpg_rgb_500x375.jpg"));
    Path cut = write("cut.jpg", Arrays.copyOf(whole, whole.length / 2));
    refusedAsPicture(cut);
  }

  @Test
  void textIsNoPictureWhateverItIsCalled() throws IOException {
    Path text = write("text.jpg", "not a picture at all".getBytes(StandardCharsets.UTF_8));
    assertThat(refusedAsPicture(text)).contains("not a picture");
  }

  @Test
  void aPictureThatClaimsToBeHugeIsRefusedByItsHeader() throws IOException {
    assertThat(refusedAsPicture(write("huge.png", pngHeader(60_000, 60_000)))).contains("60000");
  }

  @Test
  void aMissingPictureIsNamed() {
    refusedAsPicture(folder.resolve("missing.png"));
  }

  private String refusedAsPicture(Path picture) {
    Path output = folder.resolve("seen.png");
    String line = refused("preprocess", picture, "--output", output);
    assertThat(line).contains(picture.toString());
    assertThat(refused("predict", "--model", "cvt-tiny-32", "--random-weights", picture))
        .isEqualTo(line);
    assertThat(output).doesNotExist();
    return line;
  }

  @Test
  void predictingNeedsWeights() {
    assertThat(
            refused(
                "predict", "--model", "cvt-tiny-32", Golden.path("preproc/jpg_rgb_500x375.jpg")))
        .contains("--weights");
  }

  // Data folders

  @Test
  void anEmptyDataFolderIsRefused() {
    refusedAsData("no train/");
  }

  @Test
  void aClassFolderWithoutPicturesIsNamed() throws IOException {
    picture("train/cat/a.png");
    picture("val/cat/a.png");
    Files.createDirectories(data().resolve("train/dog"));
    Files.createDirectories(data().resolve("val/dog"));
    refusedAsData(Path.of("train", "dog").toString());
  }

  @Test
  void partsWithOtherClassesAreRefused() throws IOException {
    picture("train/cat/a.png");
    picture("val/dog/a.png");
    assertThat(refusedTraining(folder.resolve("run"))).contains("'cat' is missing in validation");
    assertThat(folder.resolve("run")).doesNotExist();
  }

  @Test
  void aDamagedPictureAmongTheDataIsNamed() throws IOException {
    for (String part : List.of("train", "val")) {
      picture(part + "/cat/a.png");
      picture(part + "/dog/a.png");
    }
    Path damaged = Files.writeString(data().resolve("val/dog/b.png"), "no picture");
    assertThat(
            refused(
                "validate",
                "--model",
                MODEL,
                "--weights",
                WEIGHTS,
                "--allow",
                "head.*",
                "--data",
                data(),
                "--threads",
                1,
                "MODEL.NUM_CLASSES",
                2))
        .contains(damaged.toString());
  }

  @Test
  void oneBadPictureDoesNotKeepTheOthersFromBeingNamed() throws IOException {
    picture("val/cat/a.png");
    Path good = data().resolve("val/cat/a.png");
    Path bad = write("bad.png", new byte[] {1, 2, 3});
    Cli run = Cli.cvt("predict", "--model", MODEL, "--weights", WEIGHTS, "--json", bad, good);
    assertThat(run.code()).isEqualTo(Failure.BAD_INPUT);
    assertThat(run.err().lines()).singleElement().asString().contains(bad.toString());
    assertThat(run.json().get("image").asText()).isEqualTo(good.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--output", "--config", "--data", "--model", "--weights"})
  void emptyWordsAreNotTheCurrentFolder(String option) {
    List<Object> words =
        new ArrayList<>(List.of("train", "--model", "cvt-tiny-32", "--data", "shapes"));
    words.addAll(List.of("--output", folder.resolve("run")));
    int given = words.indexOf(option);
    if (given >= 0) {
      words.set(given + 1, "");
    } else {
      words.addAll(List.of(option, ""));
    }
    assertThat(refused(words.toArray())).containsAnyOf("empty", "train on what?");
    assertThat(folder.resolve("run")).doesNotExist();
  }

  @Test
  void aMissingDataFolderIsNamed() {
    Path missing = folder.resolve("missing");
    assertThat(refused("validate", "--model", MODEL, "--weights", WEIGHTS, "--data", missing))
        .contains(missing.toString());
  }

  @Test
  void validatingOnOtherClassesIsRefused() throws IOException {
    picture("val/cat/a.png");
    picture("val/dog/a.png");
    assertThat(refused("validate", "--model", MODEL, "--weights", WEIGHTS, "--data", data()))
        .contains("the model has 10 classes, the data 2");
  }

  private void refusedAsData(String named) {
    Path run = folder.resolve("run");
    assertThat(refusedTraining(run)).contains(data().toString()).contains(named);
    assertThat(run).doesNotExist();
  }

  private String refusedTraining(Path run) {
    return refused("train", "--model", "cvt-tiny-32", "--data", data(), "--output", run);
  }

  // Run folders

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void resumingNeedsARun(boolean exists) throws IOException {
    Path run = folder.resolve("run");
    if (exists) {
      Files.createDirectory(run);
    }
    assertThat(refused("train", "--resume", "--output", run)).contains(run + ": nothing to resume");
    assertThat(Files.exists(run)).isEqualTo(exists);
  }

  @Test
  void aRunIsNotOverwritten() throws IOException {
    twoClasses();
    Path run = Files.createDirectory(folder.resolve("run"));
    Path last = Files.writeString(run.resolve("last.safetensors"), "precious");
    assertThat(refusedTraining(run)).contains(run + ": holds a training run already");
    assertThat(last).hasContent("precious");
    assertThat(run).isDirectoryNotContaining(file -> !file.equals(last));
  }

  @Test
  void aRunFolderThatCannotBeMadeIsNamed() throws IOException {
    twoClasses();
    Path file = Files.writeString(folder.resolve("file"), "not a folder");
    assertThat(refusedTraining(file.resolve("run"))).contains(file.resolve("run").toString());
    assertThat(refusedTraining(file)).contains(file.toString());
    assertThat(file).hasContent("not a folder");
  }

  // A full disk

  /** No file may grow beyond 4 KB, which to a program is like a full disk. */
  @ParameterizedTest
  @CsvSource({"cvt4j, true", "cvt4j, false", "hf, true"})
  @Timeout(60)
  void savingToAFullDiskLeavesWhatWasThere(String target, boolean existed) throws Exception {
    assumeThat(Path.of("/bin/sh")).as("a POSIX shell").exists();
    Path models = Files.createDirectory(folder.resolve("models"));
    Path output = models.resolve("model.safetensors");
    if (existed) {
      Files.writeString(output, "old");
    }
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    // JVM files that would hit the limit themselves are switched off.
    List<String> command =
        List.of(
            "/bin/sh",
            "-c",
            "ulimit -f 8; exec \"$@\"",
            "sh",
            java,
            "-Xshare:auto",
            "-XX:-UsePerfData",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "io.github.cvt4j.app.Main",
            "convert",
            "--model",
            MODEL.toString(),
            "--weights",
            WEIGHTS.toString(),
            "--to",
            target,
            "--output",
            output.toString());
    Process process = new ProcessBuilder(command).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ended").isTrue();

    assertThat(new Cli(process.exitValue(), out, err).refusal())
        .contains(output.toString())
        .contains("File too large");
    if (existed) {
      assertThat(output).hasContent("old");
      assertThat(models).isDirectoryNotContaining(file -> !file.equals(output));
    } else {
      assertThat(models).isEmptyDirectory();
    }
  }

  private Path data() {
    Path data = folder.resolve("data");
    if (!Files.exists(data)) {
      try {
        Files.createDirectory(data);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
    return data;
  }

  private void twoClasses() throws IOException {
    for (String part : List.of("train", "val")) {
      picture(part + "/cat/a.png");
      picture(part + "/dog/a.png");
    }
  }

  private void picture(String name) throws IOException {
    Path file = data().resolve(name);
    Files.createDirectories(file.getParent());
    PngWriter.write(new RgbImage(16, 16, new byte[16 * 16 * 3]), file);
  }

  private Path write(String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }

  /** A PNG that ends after its header, which is correct down to the checksum. */
  private static byte[] pngHeader(int width, int height) throws IOException {
    ByteArrayOutputStream chunk = new ByteArrayOutputStream();
    DataOutputStream fields = new DataOutputStream(chunk);
    fields.writeBytes("IHDR");
    fields.writeInt(width);
    fields.writeInt(height);
    fields.write(new byte[] {8, 2, 0, 0, 0}); // 8 bits, RGB
    CRC32 crc = new CRC32();
    crc.update(chunk.toByteArray());
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(file);
    out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    out.writeInt(chunk.size() - 4);
    out.write(chunk.toByteArray());
    out.writeInt((int) crc.getValue());
    return file.toByteArray();
  }
}
