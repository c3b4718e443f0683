package io.github.cvt4j.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecsTest {

  /** PASSL's published files give this much of the network and no more. */
  private static final String PASSL =
      """
      epochs: 300
      output_dir: output_dir

      model:
        name: CvTWrapper
        architecture:
            name: CvT
            embed_dim: %s
            depth: %s
            num_heads: %s
        head:
          name: CvTClsHead
          num_classes: 1000
          in_channels: %d

      dataloader:
        train:
          dataset:
            name: ImageNet
            transforms:
              - name: ToRGB
              - name: RandomResizedCrop
                size: %d
                scale: [0.75, 1.]
              - name: NormalizeImage
                scale: 1.0/255.0
      optimizer:
        name: AdamW
      """;

  private static final String MINIMAL = "\"model_type\": \"cvt\"";

  @TempDir Path folder;

  @Test
  void readsVariantsByName() {
    ModelConfig config = Specs.read("cvt-13", List.of("MODEL.NUM_CLASSES", "5"));
    assertThat(config.spec()).isEqualTo(Variants.get("cvt-13").spec().withClasses(5));
    assertThat(config.labels()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "cvt13, did you mean cvt-13?",
    "CVT-W42, did you mean cvt-w24?",
    "resnet50, known are cvt-13",
    "nowhere/config.yaml, no variant and no file of that name"
  })
  void unknownNamesSuggestTheNearest(String name, String message) {
    assertThatThrownBy(() -> Specs.read(name, List.of()))
        .isInstanceOf(SpecException.class)
        .hasMessageStartingWith("unknown model '" + name + "'")
        .hasMessageContaining(message);
  }

  @Test
  void readsMicrosoftsFiles() {
    CvtSpec spec = Specs.read(Golden.path("tiny/d_avg.yaml").toString(), List.of()).spec();
    assertThat(spec.lastStage().projection().method()).isEqualTo(Projection.Method.AVG);
    assertThat(spec.activation()).isEqualTo(Activation.QUICK_GELU);
  }

  @Test
  void readsPasslsFiles() throws IOException {
    Path file = write("w24.yaml", passl("[192, 768, 1024]", "[2, 2, 20]", "[3, 12, 16]", 1024));
    ModelConfig config =
        Specs.read(file.toString(), List.of("MODEL.SPEC.DROP_PATH_RATE", "[0,0,0.3]"));
    assertThat(config.spec()).isEqualTo(Variants.get("cvt-w24").spec());
    assertThat(config.preprocess()).isEqualTo(Variants.get("cvt-w24").preprocess());
    assertThat(Specs.read(file.toString(), List.of()).spec().lastStage().drop().path())
        .isEqualTo(0.1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          num_heads:   | num_head:    | unknown key model.architecture.num_head
          [1, 3, 6]    | [1, 3, 7]    | stage 2: heads 7: does not divide dim 384
          [1, 2, 10]   | [1, 2]       | MODEL.SPEC.DEPTH [1,2] (depth in
          [1, 2, 10]   | many         | MODEL.SPEC.DEPTH "many" (depth in
          classes: 1000 | classes: x  | MODEL.NUM_CLASSES "x" (model.head.num_classes in
          els: 384     | els: 12      | model.head.in_channels 12
          size: 384    | size: big    | TRAIN.IMAGE_SIZE ["big","big"] (size in
          """)
  void refusesPasslsFilesThatDoNotFit(String from, String to, String message) throws IOException {
    String text = passl("[64, 192, 384]", "[1, 2, 10]", "[1, 3, 6]", 384);
    assertThat(text).contains(from);
    Path file = write("passl.yaml", text.replace(from, to));
    assertThatThrownBy(() -> Specs.read(file.toString(), List.of()))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(message)
        .hasMessageContaining(file.toString());
  }

  @Test
  void readsHuggingFacesFolder() {
    ModelConfig config = Specs.read(Golden.path("hf").toString(), List.of());
    CvtSpec microsoft = Experiment.read(Golden.path("hf/microsoft.yaml")).spec();
    assertThat(config.spec()).isEqualTo(microsoft.withActivation(Activation.GELU));
    assertThat(config.labels()).hasSize(10).startsWith("LABEL_0", "LABEL_1");
    assertThat(config.preprocess())
        .isEqualTo(
            new Preprocess(
                Size.square(64),
                Preprocess.Resize.CROP,
                0.875,
                Preprocess.Interpolation.BICUBIC,
                Preprocess.IMAGENET_MEAN,
                Preprocess.IMAGENET_STD));
    ModelConfig quick =
        HuggingFaceConfig.read(
            Golden.path("hf/config.json"), Optional.empty(), Activation.QUICK_GELU);
    assertThat(quick.spec()).isEqualTo(microsoft.withImageSize(Size.square(224)));
  }

  @Test
  void labelsAreForgottenWhenTheClassesChange() {
    String path = Golden.path("hf/config.json").toString();
    assertThat(Specs.read(path, List.of("WORKERS", "1")).labels()).hasSize(10);
    assertThat(Specs.read(path, List.of("MODEL.NUM_CLASSES", "3")).labels()).isEmpty();
  }

  @Test
  void whatHuggingFacesFileLacksIsTheirDefault() throws IOException {
    CvtSpec spec =
        Specs.read(write("config.json", "{" + MINIMAL + "}").toString(), List.of()).spec();
    assertThat(spec)
        .isEqualTo(Variants.get("cvt-13").spec().withClasses(2).withActivation(Activation.GELU));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "model_type": "vit"                          | model_type "vit" (
          "x": 1                                       | model_type  (
          "model_type": "cvt", "depth": 3              | MODEL.SPEC.DEPTH 3 (depth in
          "model_type": "cvt", "depth": [1]            | MODEL.SPEC.PATCH_SIZE [7,3,3]
          "model_type": "cvt", "embed_dim": [1e9,2,3]  | MODEL.SPEC.DIM_EMBED
          "model_type": "cvt", "num_heads": [1, 5, 6]  | stage 1: heads 5: does not divide dim 192
          "model_type": "cvt", "num_labels": "many"    | MODEL.NUM_CLASSES "many"
          "model_type": "cvt", "id2label": {"1": "a"}  | id2label has no text for class 0
          "model_type": "cvt", "id2label": {"0": 5}    | id2label has no text for class 0
          "model_type": "cvt", "model_type": "cvt"     | not valid JSON at line 1
          "model_type": "cvt" } { "a": 1               | not valid JSON
          "model_type": "cvt                           | not valid JSON
          """)
  void refusesHuggingFacesFilesThatDoNotFit(String fields, String message) throws IOException {
    Path file = write("config.json", "{" + fields + "}");
    assertThatThrownBy(() -> Specs.read(file.toString(), List.of()))
        .isInstanceOf(SpecException.class)
        .message()
        .contains(message, file.toString())
        .doesNotContain("\n");
  }

  @Test
  void refusesHostileJson() throws IOException {
    Path deep = write("config.json", "{\"a\":".repeat(200_000));
    assertThatThrownBy(() -> Specs.read(deep.toString(), List.of()))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("not valid JSON");
    Path list = write("config.json", "[1]");
    assertThatThrownBy(() -> Specs.read(list.toString(), List.of()))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("expected keys and values, but it is a list");
    Path folderOnly = Files.createDirectory(folder.resolve("empty"));
    assertThatThrownBy(() -> Specs.read(folderOnly.toString(), List.of()))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("no such file");
  }

  @Test
  void modelsWrittenForHuggingFaceReadBackEqual() throws IOException {
    for (Variants.Variant variant : Variants.all()) {
      // The format has no key for how weights start.
      CvtSpec spec = variant.spec().withClasses(3).withInit(Init.TRUNC_NORM);
      List<String> labels = List.of("crane", "crane", "maillot \"b\"");
      Path config = write("config.json", HuggingFaceConfig.write(spec, labels));
      Path steps =
          write(
              HuggingFacePreprocessor.FILE_NAME,
              HuggingFacePreprocessor.write(variant.preprocess()));
      ModelConfig read = HuggingFaceConfig.read(config, Optional.of(steps), spec.activation());
      assertThat(read.spec()).as(variant.name()).isEqualTo(spec);
      assertThat(read.preprocess()).as(variant.name()).isEqualTo(variant.preprocess());
      assertThat(read.labels()).isEqualTo(labels);
    }
    CvtSpec headless = Variants.get("cvt-13").spec().withClasses(0);
    Path bare = write("config.json", HuggingFaceConfig.write(headless, List.of()));
    assertThat(HuggingFaceConfig.read(bare, Optional.empty(), headless.activation()).spec())
        .isEqualTo(headless);
    CvtSpec embedded =
        Specs.read("cvt-13", List.of("MODEL.SPEC.POS_EMBED", "[True,True,True]")).spec();
    assertThatThrownBy(() -> HuggingFaceConfig.write(embedded, List.of()))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("position embeddings");
    Preprocess large = Preprocess.standard(Size.square(384)).withResize(Preprocess.Resize.CROP);
    assertThatThrownBy(() -> HuggingFacePreprocessor.write(large))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("a centre crop to 384x384");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "size": 224, "crop_pct": 0.875                       | 224x224 CROP 0.875 BICUBIC
          "size": 384, "crop_pct": 1.0, "resample": 2          | 384x384 WARP 1.0 BILINEAR
          "size": {"shortest_edge": 383}                       | 383x383 CROP 0.875 BICUBIC
          "size": {"shortest_edge": 383}, "crop_pct": null     | 383x383 CROP 0.875 BICUBIC
          "size": {"shortest_edge": 224}, "crop_pct": 1        | 224x224 CROP 1.0 BICUBIC
          "size": {"height": 32, "width": 48}                  | 32x48 WARP 1.0 BICUBIC
          "size": 224, "image_processor_type": "ViTImageProcessor"        | 224x224 WARP 1.0 BICUBIC
          "size": 224, "feature_extractor_type": "ConvNextFeatureExtractor" | 224x224 CROP 0.875 BICUBIC
          "do_resize": true                                    | 384x384 WARP 1.0 BICUBIC
          """)
  void readsPreprocessingAsTheirProcessorDoes(String fields, String expected) throws IOException {
    Preprocess read = HuggingFacePreprocessor.read(write("p.json", "{" + fields + "}"));
    assertThat(
            "%s %s %s %s"
                .formatted(read.size(), read.resize(), read.cropRatio(), read.interpolation()))
        .isEqualTo(expected);
    assertThat(read.mean()).isEqualTo(Preprocess.IMAGENET_MEAN);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "size": -1                             | size -1
          "size": "big"                          | size "big"
          "size": {"shortest_edge": 100000}      | expected a number, shortest_edge, or height and width
          "size": {"height": 224}                | size {"height":224}
          "crop_pct": 0, "size": 224             | crop ratio 0.0
          "crop_pct": "x", "size": 224           | crop_pct "x"
          "resample": 0                          | resample 0
          "image_mean": [0.5]                    | expected three channels each
          "image_mean": 0.5                      | image_mean 0.5
          "image_std": [0.5, 0, 0.5]             | std above 0
          "do_normalize": false                  | do_normalize false
          "do_resize": "maybe"                   | do_resize "maybe"
          "rescale_factor": 1.0                  | rescale_factor 1.0
          "image_processor_type": "CLIPImageProcessor" | image_processor_type "CLIPImageProcessor"
          """)
  void refusesPreprocessingThatIsNotTheirs(String fields, String message) throws IOException {
    Path file = write("p.json", "{" + fields + "}");
    assertThatThrownBy(() -> HuggingFacePreprocessor.read(file))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(message)
        .hasMessageContaining(file.toString());
  }

  private static String passl(String dims, String depth, String heads, int width) {
    return PASSL.formatted(dims, depth, heads, width, 384);
  }

  private Path write(String name, String text) throws IOException {
    return Files.write(folder.resolve(name), text.getBytes(StandardCharsets.UTF_8));
  }
}
