package io.github.cvt4j.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExperimentTest {

  /** Has every key that microsoft's five published experiment files have. */
  private static final String PUBLISHED =
      """
      OUTPUT_DIR: 'OUTPUT/'
      WORKERS: 6
      PRINT_FREQ: 500
      AMP:
        ENABLED: true

      MODEL:
        NAME: cls_cvt
        SPEC:
          INIT: 'trunc_norm'
          NUM_STAGES: 3
          PATCH_SIZE: [7, 3, 3]
          PATCH_STRIDE: [4, 2, 2]
          PATCH_PADDING: [2, 1, 1]
          DIM_EMBED: %s
          NUM_HEADS: %s
          DEPTH: %s
          MLP_RATIO: [4.0, 4.0, 4.0]
          ATTN_DROP_RATE: [0.0, 0.0, 0.0]
          DROP_RATE: [0.0, 0.0, 0.0]
          DROP_PATH_RATE: [0.0, 0.0, %s]
          QKV_BIAS: [True, True, True]
          CLS_TOKEN: [False, False, True]
          POS_EMBED: [False, False, False]
          QKV_PROJ_METHOD: ['dw_bn', 'dw_bn', 'dw_bn']
          KERNEL_QKV: [3, 3, 3]
          PADDING_KV: [1, 1, 1]
          STRIDE_KV: [2, 2, 2]
          PADDING_Q: [1, 1, 1]
          STRIDE_Q: [1, 1, 1]
      AUG:
        MIXUP_PROB: 1.0
        MIXUP: 0.8
        MIXCUT: 1.0
        TIMM_AUG:
          USE_LOADER: true
          RE_COUNT: 1
          RE_MODE: pixel
          RE_SPLIT: false
          RE_PROB: 0.25
          AUTO_AUGMENT: rand-m9-mstd0.5-inc1
          HFLIP: 0.5
          VFLIP: 0.0
          COLOR_JITTER: 0.4
          INTERPOLATION: bicubic
      LOSS:
        LABEL_SMOOTHING: 0.1
      CUDNN:
        BENCHMARK: true
        DETERMINISTIC: false
        ENABLED: true
      DATASET:
        DATASET: 'imagenet'
        DATA_FORMAT: 'jpg'
        ROOT: 'DATASET/imagenet/'
        TEST_SET: 'val'
        TRAIN_SET: 'train'
        SAMPLER: repeated_aug
      TEST:
        BATCH_SIZE_PER_GPU: 32
        IMAGE_SIZE: [%s]
        MODEL_FILE: ''
        INTERPOLATION: 3
        CENTER_CROP: %s
      TRAIN:
        BATCH_SIZE_PER_GPU: 128
        LR: 0.000125
        IMAGE_SIZE: [%s]
        BEGIN_EPOCH: 0
        END_EPOCH: 300
        LR_SCHEDULER:
          METHOD: 'timm'
          ARGS:
            sched: 'cosine'
            warmup_epochs: 5
            warmup_lr: 0.000001
            min_lr: 0.00001
            cooldown_epochs: 10
            decay_rate: 0.1
        OPTIMIZER: adamW
        WD: 0.1
        WITHOUT_WD_LIST: ['bn', 'bias', 'ln']
        SHUFFLE: true
      DEBUG:
        DEBUG: false
      """;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          cvt-13      | [64, 192, 384]   | [1, 3, 6]   | [1, 2, 10] | 0.1 | 224, 224 | True
          cvt-13-384  | [64, 192, 384]   | [1, 3, 6]   | [1, 2, 10] | 0.1 | 384, 384 | False
          cvt-21      | [64, 192, 384]   | [1, 3, 6]   | [1, 4, 16] | 0.1 | 224, 224 | True
          cvt-21-384  | [64, 192, 384]   | [1, 3, 6]   | [1, 4, 16] | 0.1 | 384, 384 | False
          cvt-w24     | [192, 768, 1024] | [3, 12, 16] | [2, 2, 20] | 0.3 | 384, 384 | False
          """)
  void publishedFilesGiveThePublishedModels(
      String variant,
      String dims,
      String heads,
      String depth,
      String path,
      String side,
      String crop)
      throws IOException {
    Experiment experiment = read(PUBLISHED.formatted(dims, heads, depth, path, side, crop, side));
    assertThat(experiment.spec()).isEqualTo(Variants.get(variant).spec());
    assertThat(experiment.preprocess()).isEqualTo(Variants.get(variant).preprocess());
    Section train = experiment.section("TRAIN");
    assertThat(train.integer("END_EPOCH")).isEqualTo(300);
    assertThat(train.number("LR")).isEqualTo(0.000125);
    assertThat(train.texts("WITHOUT_WD_LIST")).containsExactly("bn", "bias", "ln");
    assertThat(train.section("LR_SCHEDULER").section("ARGS").number("warmup_lr")).isEqualTo(1e-6);
    assertThat(experiment.section("AUG.TIMM_AUG").flag("USE_LOADER")).isTrue();
  }

  @Test
  void imageSizeIsWidthThenHeight() {
    assertThat(Experiment.read(Golden.path("tiny/b_rect.yaml")).preprocess().size())
        .isEqualTo(new Size(48, 80));
  }

  @Test
  void writtenExperimentsReadBackEqual() throws IOException {
    Experiment experiment =
        Experiment.read(Golden.path("tiny/e_four_stage.yaml"))
            .with(List.of("TRAIN.LR", "1e-7", "DATASET.ROOT", "a \"b\"\\ #c: é", "GPUS", "(0,1)"));
    Experiment again = read(experiment.toYaml());
    assertThat(again).isEqualTo(experiment);
    assertThat(again.spec()).isEqualTo(experiment.spec());
    assertThat(again.section("TRAIN").number("LR")).isEqualTo(1e-7);
    assertThat(again.section("DATASET").text("ROOT")).isEqualTo("a \"b\"\\ #c: é");
    assertThat(again.toYaml()).isEqualTo(experiment.toYaml());
    assertThat(read(Experiment.defaults().toYaml())).isEqualTo(Experiment.defaults());
  }

  @Test
  void basesAreReadFirstAndRelativeToTheIncludingFile() throws IOException {
    Files.createDirectory(folder.resolve("common"));
    write("common/a.yaml", "TRAIN: {LR: 0.5, WD: 0.5}\nWORKERS: 9\n");
    write("common/b.yaml", "BASE: ['a.yaml']\nTRAIN: {LR: 0.25}\n");
    write("run.yaml", "BASE: ['', 'common/b.yaml', 'cvt-21']\nWORKERS: 1\n");
    Experiment experiment = Experiment.read(folder.resolve("run.yaml"));
    assertThat(experiment.section("TRAIN").number("LR")).isEqualTo(0.25);
    assertThat(experiment.section("TRAIN").number("WD")).isEqualTo(0.5);
    assertThat(experiment.section("").integer("WORKERS")).isEqualTo(1);
    assertThat(experiment.spec().stages().get(2).depth()).isEqualTo(16);
  }

  @Test
  void basesThatDoNotEndAreRefused() throws IOException {
    write("a.yaml", "BASE: ['b.yaml']\n");
    write("b.yaml", "BASE: ['./a.yaml']\n");
    assertRefused("a.yaml", "BASE includes the file itself");
    for (int i = 0; i < 70; i++) {
      write(i + ".yaml", "BASE: ['%d.yaml']\n".formatted(i + 1));
    }
    assertRefused("0.yaml", "more than 64 files are included");
    for (int i = 0; i < 30; i++) {
      write("d" + i + ".yaml", "BASE: [d%1$d.yaml, d%1$d.yaml]\n".formatted(i + 1));
    }
    write("d30.yaml", "WORKERS: 1\n");
    assertRefused("d0.yaml", "more than 64 files are included");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          BASE: a.yaml                | BASE "a.yaml"
          BASE: [1]                   | BASE [1]
          BASE: [gone.yaml]           | gone.yaml: no such file
          BASE: ['.']                 | expected a file, but it is a directory
          BASE: ["a\\0b"]             | not a file name
          """)
  void basesThatAreNotFilesAreRefused(String yaml, String message) throws IOException {
    write("x.yaml", yaml);
    assertRefused("x.yaml", message);
  }

  @Test
  void overridesTakeLiteralsAsYacsDoes() {
    Experiment experiment =
        Experiment.defaults()
            .with(
                List.of(
                    "MODEL.SPEC.DEPTH", "[1,2,10]",
                    "MODEL.NUM_CLASSES", "10",
                    "AUG.SCALE", "(0.5, 1)",
                    "TRAIN.LR", "1",
                    "TRAIN.WD", "5e-4",
                    "TRAIN.SHUFFLE", "False",
                    "TRAIN.OPTIMIZER", "'adamW'",
                    "TRAIN.WITHOUT_WD_LIST", "['bn', bias]",
                    "AUG.MIXCUT_MINMAX", "[0, 0.5]",
                    "OUTPUT_DIR", "123"));
    assertThat(experiment.spec().numClasses()).isEqualTo(10);
    assertThat(experiment.section("AUG").numbers("SCALE")).containsExactly(0.5, 1.0);
    assertThat(experiment.section("AUG").numbers("MIXCUT_MINMAX")).containsExactly(0.0, 0.5);
    assertThat(experiment.section("TRAIN").number("LR")).isEqualTo(1);
    assertThat(experiment.section("TRAIN").number("WD")).isEqualTo(5e-4);
    assertThat(experiment.section("TRAIN").flag("SHUFFLE")).isFalse();
    assertThat(experiment.section("TRAIN").text("OPTIMIZER")).isEqualTo("adamW");
    assertThat(experiment.section("TRAIN").texts("WITHOUT_WD_LIST")).containsExactly("bn", "bias");
    assertThat(experiment.section("").text("OUTPUT_DIR")).isEqualTo("123");
  }

  @Test
  void pythonLiteralsInFilesAreRead() throws IOException {
    Experiment experiment =
        read("GPUS: (0,)\nAUG: {RATIO: '(0.5, 2.0)'}\nTRAIN: {LR: 1e-5, SHUFFLE: off, WD: .5}\n");
    assertThat(experiment.section("").integers("GPUS")).containsExactly(0);
    assertThat(experiment.section("AUG").numbers("RATIO")).containsExactly(0.5, 2.0);
    assertThat(experiment.section("TRAIN").number("LR")).isEqualTo(1e-5);
    assertThat(experiment.section("TRAIN").number("WD")).isEqualTo(0.5);
    assertThat(experiment.section("TRAIN").flag("SHUFFLE")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          MODEL.SPEC.DEPHT  | [1,2,10] | unknown key MODEL.SPEC.DEPHT (the overrides); the nearest is MODEL.SPEC.DEPTH
          TRAIN.EPOCHS      | 3        | the nearest is TRAIN.END_EPOCH
          train.lr          | 3        | the nearest is TRAIN.LR
          MODEL             | 3        | unknown key MODEL
          MODEL.            | 3        | unknown key MODEL.
          ''                | 3        | unknown key
          TRAIN.LR          | fast     | TRAIN.LR 'fast' (the overrides): expected a number
          TRAIN.LR          | .nan     | TRAIN.LR '.nan' (the overrides): expected a number
          TRAIN.LR          | 1e999    | TRAIN.LR '1e999' (the overrides): expected a number
          TRAIN.LR          | True     | TRAIN.LR 'True' (the overrides): expected a number
          TRAIN.LR          | [1.0]    | TRAIN.LR '[1.0]' (the overrides): expected a number
          TRAIN.END_EPOCH   | 1.5      | TRAIN.END_EPOCH '1.5' (the overrides): expected a whole number
          TRAIN.END_EPOCH   | 99999999999 | expected a whole number
          TRAIN.SHUFFLE     | 1        | TRAIN.SHUFFLE '1' (the overrides): expected True or False
          AUG.SCALE         | 0.5      | AUG.SCALE '0.5' (the overrides): expected a list of numbers
          AUG.SCALE         | [a]      | AUG.SCALE '[a]' (the overrides): expected a list of numbers
          AUG.SCALE         | [[1]]    | expected a list of numbers
          AUG.SCALE         | [1       | expected a list of numbers
          AUG.SCALE         | *x       | expected a list of numbers
          MODEL.SPEC.DEPTH  | [1,2.0,3] | expected a list of whole numbers
          """)
  void overridesThatDoNotFitAreRefused(String key, String value, String message) {
    assertThatThrownBy(() -> Experiment.defaults().with(List.of(key, value)))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aKeyWithoutAValueIsRefused() {
    assertThatThrownBy(() -> Experiment.defaults().with(List.of("WORKERS", "1", "TRAIN.LR")))
        .isInstanceOf(SpecException.class)
        .hasMessage("override TRAIN.LR: expected a value after it (KEY VALUE ...)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          'TRAIN: {LR: fast}'           | 'TRAIN.LR "fast" ({file}): expected a number'
          'TRAIN: {LR: }'               | 'TRAIN.LR "" ({file}): expected a number'
          'TRAIN: {LR: {A: 1}}'         | 'expected a number'
          'TRAIN: 3'                    | 'TRAIN 3 ({file}): expected a section with keys of its own'
          'TRIAN: {LR: 3}'              | 'unknown key TRIAN ({file}); the nearest is'
          'AUG: {TIMM_AUG: {REPROB: 1}}' | 'the nearest is AUG.TIMM_AUG.RE_PROB'
          'OUTPUT_DIR: 3'               | 'OUTPUT_DIR 3 ({file}): expected text'
          'MODEL: {SPEC: {CLS_TOKEN: [0, 0, 1]}}' | 'expected a list of True or False'
          '- a'                         | '{file}: expected keys and values, but it is a list'
          'a'                           | '{file}: expected keys and values, but it is a single value'
          ''                            | '{file}: expected keys and values, but it is empty'
          'A: [1'                       | '{file}: not valid YAML at line'
          'WORKERS: 1\nWORKERS: 2'      | '{file}: not valid YAML at line 2'
          'WORKERS: &x 1\nRANK: *x'     | '{file}: an alias at line 2: expected plain values'
          'WORKERS: !!python/object/apply:os.system ["ls"]' | '{file}: a tag at line 1'
          'WORKERS: 1\n---\nWORKERS: 2' | '{file}: not valid YAML'
          '? [a, b]\n: 1'               | '{file}: not valid YAML'
          """)
  void filesThatDoNotFitAreRefused(String yaml, String message) throws IOException {
    write("x.yaml", yaml == null ? "" : yaml.replace("\\n", "\n"));
    assertRefused("x.yaml", message.replace("{file}", folder.resolve("x.yaml").toString()));
  }

  @Test
  void hostileFilesAreRefusedQuickly() throws IOException {
    write("deep.yaml", "A: " + "[".repeat(100_000));
    write("deeper.yaml", "{A: ".repeat(100_000));
    write("indented.yaml", deepMapping(2_000));
    write("long.yaml", "A: " + "x".repeat(2_000_000));
    write("wide.yaml", "WORKERS: " + "x".repeat(500_000));
    write("number.yaml", "WORKERS: " + "9".repeat(100_000));
    write("bomb.yaml", "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n");
    Files.write(folder.resolve("bytes.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1, 2});
    Files.write(folder.resolve("zeros.yaml"), new byte[1_000]);
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          for (String file :
              List.of("deep", "deeper", "indented", "wide", "number", "bomb", "bytes", "zeros")) {
            assertRefused(file + ".yaml", folder.resolve(file + ".yaml").toString());
          }
          assertRefused("long.yaml", "longer than 1048576 bytes");
          assertRefused("none.yaml", "none.yaml: no such file");
          assertRefused(".", "expected a file, but it is a directory or device");
        });
  }

  @Test
  void damagedTextNeverFailsInAnotherWay() throws IOException {
    Random random = new Random(7);
    String alphabet = "0123456789_xobeE.+-:,'\"[]{}()#&*!|>%@`~ \n\t\\ayn\u0000\u0085\ud83d";
    byte[] good = Files.readAllBytes(Golden.path("tiny/e_four_stage.yaml"));
    Path file = folder.resolve("damaged.yaml");
    int refused = 0;
    for (int i = 0; i < 500; i++) {
      byte[] bytes = good.clone();
      for (int j = random.nextInt(4); j >= 0; j--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      StringBuilder soup = new StringBuilder();
      for (int j = random.nextInt(12); j >= 0; j--) {
        soup.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      Files.write(file, bytes);
      String value = soup.toString();
      refused += refuses(() -> Experiment.read(file).spec());
      for (String key : List.of("TRAIN.LR", "TRAIN.END_EPOCH", "AUG.SCALE", "GPUS", "NAME")) {
        refused += refuses(() -> Experiment.defaults().with(List.of(key, value)));
      }
    }
    assertThat(refused).isBetween(500, 3_000);
  }

  /** Anything but a {@link SpecException} goes through and fails the test. */
  private static int refuses(Runnable reading) {
    try {
      reading.run();
      return 0;
    } catch (SpecException e) {
      assertThat(e.getMessage()).isNotBlank().doesNotContain("\n");
      return 1;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[224]", "[224, 224, 3]", "[0, 224]", "[224, 100000]"})
  void imageSizesWithoutSenseAreRefused(String size) {
    assertThatThrownBy(() -> Experiment.defaults().with(List.of("TRAIN.IMAGE_SIZE", size)).spec())
        .isInstanceOf(SpecException.class)
        .hasMessageStartingWith("TRAIN.IMAGE_SIZE [")
        .hasMessageEndingWith("(the overrides): expected [width, height], each 1 to 16384");
  }

  @Test
  void nothingIsEmptyText() throws IOException {
    Experiment experiment = read("OUTPUT_DIR:\nAUG: {TIMM_AUG: {AUTO_AUGMENT: null}}\n");
    assertThat(experiment.section("").text("OUTPUT_DIR")).isEmpty();
    assertThat(experiment.section("AUG.TIMM_AUG").text("AUTO_AUGMENT")).isEmpty();
  }

  @Test
  void kernelsThatAreNotOfferedAreRefused() {
    assertThatThrownBy(
            () -> Experiment.defaults().with(List.of("TEST.INTERPOLATION", "0")).preprocess())
        .isInstanceOf(SpecException.class)
        .hasMessage("TEST.INTERPOLATION 0 (the overrides): expected 2 (bilinear) or 3 (bicubic)");
  }

  @Test
  void modelsLaidOverAnExperimentKeepItsRecipe() {
    Experiment recipe = Experiment.defaults().with(List.of("TRAIN.LR", "0.25"));
    for (Variants.Variant variant : Variants.all()) {
      CvtSpec spec = variant.spec().withClasses(7).withActivation(Activation.GELU);
      Experiment experiment = recipe.withModel(spec, variant.preprocess());
      assertThat(experiment.spec()).isEqualTo(spec);
      assertThat(experiment.preprocess()).isEqualTo(variant.preprocess());
      assertThat(experiment.section("TRAIN").number("LR")).isEqualTo(0.25);
    }
  }

  @Test
  void askingForWhatTheDefaultsDoNotListIsAProgrammingError() {
    Section train = Experiment.defaults().section("TRAIN");
    assertThatThrownBy(() -> train.integer("EPOCHS")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> train.integer("LR")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> train.section("LR")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void entriesOfUntypedListsAreCheckedWhenTheyAreRead() {
    Section train =
        Experiment.defaults().with(List.of("TRAIN.WITHOUT_WD_LIST", "[1]")).section("TRAIN");
    assertThatThrownBy(() -> train.texts("WITHOUT_WD_LIST"))
        .isInstanceOf(SpecException.class)
        .hasMessage("TRAIN.WITHOUT_WD_LIST [1] (the overrides): expected a list of texts");
  }

  private static String deepMapping(int depth) {
    StringBuilder yaml = new StringBuilder();
    for (int i = 0; i < depth; i++) {
      yaml.append(" ".repeat(Math.min(i, 400))).append("A:\n");
    }
    return yaml.toString();
  }

  private Experiment read(String yaml) throws IOException {
    write("experiment.yaml", yaml);
    return Experiment.read(folder.resolve("experiment.yaml"));
  }

  private void write(String name, String text) throws IOException {
    Files.write(folder.resolve(name), text.getBytes(StandardCharsets.UTF_8));
  }

  private void assertRefused(String name, String message) {
    assertThatThrownBy(() -> Experiment.read(folder.resolve(name)))
        .isInstanceOf(SpecException.class)
        .message()
        .contains(message)
        .doesNotContain("\n")
        .hasSizeLessThan(600);
  }
}
