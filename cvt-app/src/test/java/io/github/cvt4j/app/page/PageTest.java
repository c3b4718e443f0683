package io.github.cvt4j.app.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cvt4j.image.PngWriter;
import io.github.cvt4j.image.RgbImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The page in a real browser. Needs a Chromium, as {@code .ci/run} installs it; without one it is
 * skipped. Screenshots are left in {@code target/page}.
 */
class PageTest {

  private static final Path SHOTS = Path.of("target", "page");

  @TempDir private static Path folder;

  private static StubService service;
  private static Browser browser;

  @BeforeAll
  static void start() throws Exception {
    Path program = Browser.installed().orElse(null);
    assumeTrue(program != null, "no chromium on the path: the page is not tested");
    service = new StubService();
    Files.createDirectories(SHOTS);
    browser = new Browser(program, Files.createTempDirectory(SHOTS, "profile").toAbsolutePath());
  }

  @AfterAll
  static void end() throws Exception {
    if (browser != null) {
      browser.close();
    }
    if (service != null) {
      service.close();
    }
  }

  @BeforeEach
  void open() throws Exception {
    window(1200, 900, "light");
    browser.open(service.url());
  }

  private static void window(int width, int height, String colours) throws Exception {
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        "width",
        width,
        "height",
        height,
        "deviceScaleFactor",
        1,
        "mobile",
        false);
    browser.call(
        "Emulation.setEmulatedMedia",
        "features",
        List.of(Map.of("name", "prefers-color-scheme", "value", colours)));
  }

  /** A wide noisy picture in which one channel is brighter than the others. */
  private static Path picture(String colour) throws Exception {
    int channel = List.of("red", "green", "blue").indexOf(colour);
    byte[] pixels = new byte[3 * 90 * 120];
    Random random = new Random(channel);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (random.nextInt(60) + (i % 3 == channel ? 170 : 40));
    }
    Path file = folder.resolve(colour + ".png");
    PngWriter.write(new RgbImage(90, 120, pixels), file);
    return file;
  }

  private static void awaitAnswer(String label) throws Exception {
    browser.await(
        "[...document.querySelectorAll('.panel')].every(p => !p.ariaBusy"
            + " && p.querySelector('.predictions .name')?.textContent === '%s')".formatted(label));
  }

  /** A fingerprint of what the canvas shows. */
  private static String shown(int panel) throws Exception {
    return browser.text("document.getElementById('canvas-%d').toDataURL()".formatted(panel));
  }

  private static String caption() throws Exception {
    return browser.text("document.getElementById('caption-1').textContent");
  }

  @ParameterizedTest
  @ValueSource(strings = {"red", "green", "blue"})
  void aDroppedPictureIsNamed(String colour) throws Exception {
    browser.drop(picture(colour), "#drop");
    awaitAnswer(colour);
    assertThat(browser.text("document.getElementById('status').textContent"))
        .startsWith("colours: " + colour + ", ")
        .endsWith(" %");
    assertThat(browser.text("document.getElementById('timing-1').textContent"))
        .isEqualTo("3.3 ms computing, 4.0 ms in all");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aPastedPictureIsNamed() throws Exception {
    browser.evaluate(
        """
        (async () => {
          const canvas = new OffscreenCanvas(8, 8);
          const g = canvas.getContext('2d');
          g.fillStyle = '#20e020';
          g.fillRect(0, 0, 8, 8);
          const data = new DataTransfer();
          data.items.add(new File([await canvas.convertToBlob()], 'x.png', {type: 'image/png'}));
          document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true}));
        })()
        """);
    awaitAnswer("green");
  }

  @Test
  void samplesAreAnswered() throws Exception {
    assertThat(browser.evaluate("document.querySelectorAll('#samples button').length").asInt())
        .isEqualTo(6);
    browser.evaluate(
        "document.querySelector('#samples button[aria-label=\"Sample: heart\"]').click()");
    browser.await("document.getElementById('status').textContent.startsWith('colours: ')");
    assertThat(browser.text("document.getElementById('canvas-1').ariaLabel"))
        .startsWith("sample heart with an overlay: What the class token reads");
  }

  @Test
  void slidersMoveTheOverlay() throws Exception {
    browser.drop(picture("red"), "#drop");
    awaitAnswer("red");
    assertThat(caption())
        .isEqualTo("What the class token reads: stage 1, block 1, mean of the heads");
    String before = shown(1);
    focus("block-1");
    browser.press("ArrowLeft");
    browser.await("document.getElementById('caption-1').textContent.includes('block 0')");
    String ofBlock = shown(1);
    assertThat(ofBlock).as("another block's overlay").isNotEqualTo(before);
    assertThat(browser.text("document.getElementById('block-1').ariaValueText"))
        .isEqualTo("stage 1, block 0");
    focus("head-1");
    browser.press("End");
    browser.await("document.getElementById('caption-1').textContent.includes('head 2')");
    assertThat(shown(1)).as("another head's overlay").isNotEqualTo(ofBlock);
    focus("opacity-1");
    browser.press("Home");
    browser.await("document.getElementById('opacity-text-1').textContent === '0 %'");
    String bare = shown(1);
    focus("block-1");
    browser.press("Home");
    browser.await("document.getElementById('caption-1').textContent.includes('stage 0, block 0')");
    assertThat(browser.text("document.getElementById('caption-1').textContent"))
        .as("the first stage has no class token, and one head")
        .isEqualTo("What the mean token reads: stage 0, block 0, head 0");
    assertThat(shown(1)).as("without opacity").isEqualTo(bare);
  }

  private static void focus(String id) throws Exception {
    browser.evaluate("document.getElementById('%s').focus()".formatted(id));
  }

  @Test
  void everyMethodHasItsOverlay() throws Exception {
    browser.drop(picture("blue"), "#drop");
    awaitAnswer("blue");
    List<String> seen = new ArrayList<>(List.of(shown(1)));
    for (Map.Entry<String, String> method :
        List.of(
            Map.entry("rollout", "followed back to the tokens that enter stage 0"),
            Map.entry("gradcam", "What speaks for blue: stage 1, block 1"),
            Map.entry("components", "as colours: stage 1, block 1"))) {
      browser.evaluate("document.querySelector('[value=%s]').click()".formatted(method.getKey()));
      browser.await(
          "document.getElementById('caption-1').textContent.includes('%s')"
              .formatted(method.getValue()));
      assertThat(seen).as(method.getKey()).doesNotContain(shown(1));
      seen.add(shown(1));
    }
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aTextFileIsRefusedInWords() throws Exception {
    Path text = Files.writeString(folder.resolve("notes.txt"), "not a picture at all");
    browser.drop(picture("red"), "#drop");
    awaitAnswer("red");
    browser.drop(text, "#drop");
    browser.await("document.getElementById('error').textContent !== ''");
    assertThat(browser.text("document.getElementById('error').textContent"))
        .contains("not a picture: expected JPEG, PNG, GIF, BMP or WebP");
    assertThat(browser.text("document.getElementById('error').role")).isEqualTo("alert");
    assertThat(browser.evaluate("document.querySelectorAll('.predictions li').length").asInt())
        .as("answers about the picture before")
        .isZero();
    browser.drop(picture("green"), "#drop");
    awaitAnswer("green");
    assertThat(browser.text("document.getElementById('error').textContent")).isEmpty();
  }

  @Test
  void twoModelsStandSideBySide() throws Exception {
    browser.drop(picture("red"), "#drop");
    awaitAnswer("red");
    browser.evaluate("document.getElementById('compare').click()");
    browser.await("document.querySelectorAll('.panel').length === 2");
    awaitAnswer("red");
    JsonNode sure =
        browser.evaluate(
            "[...document.querySelectorAll('.predictions li:first-child')]"
                + ".map(li => parseFloat(li.children[1].textContent))");
    assertThat(sure.get(1).asDouble())
        .as("the large model's share, beside %s", sure.get(0))
        .isGreaterThan(sure.get(0).asDouble());
    Files.write(SHOTS.resolve("two.png"), browser.screenshot());
    assertThat(browser.text("document.getElementById('model-2').value")).isEqualTo("colours-large");
    assertThat(browser.text("document.getElementById('caption-2').textContent"))
        .contains("stage 2, block 2");
    browser.evaluate("document.getElementById('compare').click()");
    browser.await("document.querySelectorAll('.panel').length === 1");
  }

  @Test
  void anotherModelIsAskedInItsOwnPlaces() throws Exception {
    browser.drop(picture("red"), "#drop");
    awaitAnswer("red");
    focus("block-1");
    browser.press("Home");
    browser.await("document.getElementById('caption-1').textContent.includes('stage 0')");
    focus("model-1");
    browser.press("ArrowDown");
    browser.await("document.getElementById('caption-1').textContent.includes('stage 2, block 2')");
    assertThat(browser.text("document.getElementById('block-text-1').textContent"))
        .isEqualTo("stage 2, block 2");
    assertThat(browser.text("document.getElementById('head-text-1').textContent"))
        .isEqualTo("mean of 5");
  }

  private static void choose(String id, String value) throws Exception {
    browser.evaluate(
        "(() => { const e = document.getElementById('%s'); e.value = '%s';".formatted(id, value)
            + " e.dispatchEvent(new Event('change')); })()");
  }

  private static String error() throws Exception {
    return browser.text("document.getElementById('error').textContent");
  }

  @Test
  void oneLookIsUnderWayAndTheNextIsWhereTheSliderIsByThen() throws Exception {
    choose("model-1", "colours-large");
    browser.drop(picture("red"), "#drop");
    awaitAnswer("red");
    service.looksAsked();
    service.hold();
    try {
      focus("block-1");
      browser.press("Home");
      for (int i = 0; i < 4; i++) {
        Thread.sleep(200); // longer than the page waits for another move
        browser.press("ArrowRight");
      }
      Thread.sleep(200);
    } finally {
      service.release();
    }
    browser.await("document.getElementById('caption-1').textContent.includes('stage 2, block 1')");
    assertThat(service.looksAsked()).hasSize(2).last().asString().contains("stage=2&block=1");
  }

  @Test
  void anErrorGoesWhenAskedAnew() throws Exception {
    browser.drop(picture("red"), "#drop");
    awaitAnswer("red");
    service.refuse("/v1/explain");
    try {
      focus("block-1");
      browser.press("Home");
      browser.await("document.getElementById('error').textContent.includes('busy')");
    } finally {
      service.refuse("");
    }
    browser.press("End");
    browser.await("document.getElementById('caption-1').textContent.includes('stage 1, block 1')");
    assertThat(error()).isEmpty();
  }

  @Test
  void aModelThatDoesNotAnswerLeavesThePictureToOthers() throws Exception {
    service.refuse("predict?model=colours-large");
    try {
      browser.drop(picture("red"), "#drop");
      awaitAnswer("red");
      choose("model-1", "colours-large");
      browser.await("document.getElementById('error').textContent.includes('busy')");
    } finally {
      service.refuse("");
    }
    choose("model-1", "colours");
    awaitAnswer("red");
    browser.await("document.getElementById('caption-1').textContent.includes('stage 1, block 1')");
    assertThat(error()).isEmpty();
  }

  @Test
  void thePictureThatWasChosenLastIsAnswered() throws Exception {
    browser.evaluate(
        """
        (() => {
          const real = window.createImageBitmap;
          window.createImageBitmap = async (blob) => {
            const name = blob.name;
            const bitmap = await real(blob);
            if (name) {
              await new Promise((resolve) => { window.decodeLate = resolve; });
            }
            return bitmap;
          };
        })()
        """);
    browser.drop(picture("red"), "#drop");
    browser.await("window.decodeLate");
    browser.evaluate(
        "document.querySelector('#samples button[aria-label=\"Sample: heart\"]').click()");
    browser.await("document.getElementById('canvas-1').ariaLabel.startsWith('sample heart with')");
    service.looksAsked();
    browser.evaluate("window.decodeLate()");
    browser.evaluate("new Promise((resolve) => setTimeout(resolve, 300))");
    assertThat(service.looksAsked()).as("looks at the picture that came late").isEmpty();
    assertThat(browser.text("document.getElementById('canvas-1').ariaLabel"))
        .startsWith("sample heart with");
  }

  /** Though the look's own predictions end before it. */
  @Test
  void theChosenClassIsNamed() throws Exception {
    browser.drop(picture("red"), "#drop");
    awaitAnswer("red");
    browser.evaluate("document.querySelector('[value=gradcam]').click()");
    browser.await("document.getElementById('caption-1').textContent.includes('speaks for red')");
    choose("class-1", "1");
    browser.await("document.getElementById('caption-1').textContent.includes('speaks for green')");
  }

  @Test
  void aModelWithoutLooksIsNotAskedForThem() throws Exception {
    choose("model-1", "colours-blind");
    service.looksAsked();
    browser.drop(picture("red"), "#drop");
    awaitAnswer("red");
    assertThat(caption()).isEqualTo("red.png");
    assertThat(error()).isEmpty();
    assertThat(service.looksAsked()).as("looks").isEmpty();
    assertThat(browser.evaluate("document.getElementById('look-1').hidden").asBoolean()).isTrue();
    choose("model-1", "colours");
    browser.await("document.getElementById('caption-1').textContent.includes('stage 1, block 1')");
    assertThat(browser.evaluate("document.getElementById('look-1').hidden").asBoolean()).isFalse();
  }

  @Test
  void theCardTellsOfTheModel() throws Exception {
    browser.evaluate("document.querySelector('summary').click()");
    assertThat(browser.text("document.getElementById('card-1').innerText"))
        .contains("32 × 32 pixels", "912,345", "eager, fp32", "colour folders", "metrics · top1");
  }

  /** Nothing but keys: a file is chosen, a slider moved, a method chosen, models are compared. */
  @Test
  void allOfItWorksFromTheKeyboard() throws Exception {
    Path file = picture("green");
    browser.call("Page.setInterceptFileChooserDialog", "enabled", true);
    tabTo("file");
    browser.press("Enter");
    int node = browser.event("Page.fileChooserOpened").get("backendNodeId").asInt();
    browser.call("DOM.setFileInputFiles", "files", List.of(file.toString()), "backendNodeId", node);
    browser.call("Page.setInterceptFileChooserDialog", "enabled", false);
    awaitAnswer("green");
    tabTo("compare");
    browser.press(" ");
    browser.await("document.querySelectorAll('.panel').length === 2");
    awaitAnswer("green");
    tabTo("block-1");
    browser.press("Home");
    browser.await("document.getElementById('caption-1').textContent.includes('stage 0')");
    tabBackTo("methods-1");
    browser.press("ArrowRight");
    browser.await("document.getElementById('caption-1').textContent.includes('followed back')");
    tabTo("model-2");
    browser.press("ArrowUp");
    browser.await("document.getElementById('model-2').value === 'colours'");
    awaitAnswer("green");
  }

  @Test
  void theRestWorksFromTheKeyboardToo() throws Exception {
    tabTo("samples");
    browser.press(" ");
    browser.await("document.getElementById('status').textContent.startsWith('colours: ')");
    tabTo("head-1");
    browser.press("End");
    browser.await("document.getElementById('caption-1').textContent.includes('head 2')");
    tabTo("opacity-1");
    browser.press("Home");
    browser.await("document.getElementById('opacity-text-1').textContent === '0 %'");
    tabTo("methods-1");
    browser.press("ArrowRight");
    browser.press("ArrowRight");
    browser.await("document.getElementById('caption-1').textContent.includes('speaks for')");
    tabTo("class-1");
    browser.press("ArrowDown");
    browser.press("ArrowDown");
    browser.await(
        "document.getElementById('caption-1').textContent.includes("
            + "'speaks for ' + document.getElementById('class-1').options[2].label)");
    tabTo("about-1");
    browser.press("Enter");
    browser.await("document.querySelector('details').open");
  }

  @Test
  void theTokenIsAskedForAndUsed() throws Exception {
    service.demand("sixteen-letters-x");
    try {
      browser.drop(picture("red"), "#drop");
      browser.await("!document.getElementById('access').hidden");
      assertThat(focused("token")).as("the focus is on the field").isTrue();
      browser.call("Input.insertText", "text", "another-one");
      browser.press("Enter");
      browser.await("document.getElementById('error').textContent === 'no token'");
      browser.evaluate("document.getElementById('token').value = ''");
      browser.call("Input.insertText", "text", "sixteen-letters-x");
      browser.press("Enter");
      awaitAnswer("red");
      assertThat(error()).isEmpty();
      assertThat(browser.evaluate("document.getElementById('access').hidden").asBoolean()).isTrue();
    } finally {
      service.demand("");
    }
  }

  @Test
  void whatAModelSaysIsTextAndNoMarkup() throws Exception {
    choose("model-1", StubService.HOSTILE);
    browser.drop(picture("red"), "#drop");
    awaitAnswer(StubService.MARKUP + "0");
    browser.evaluate("document.querySelector('[value=gradcam]').click()");
    browser.await(
        "document.getElementById('caption-1').textContent.includes('speaks for %s0')"
            .formatted(StubService.MARKUP));
    assertThat(browser.text("document.getElementById('card-1').textContent"))
        .contains(StubService.MARKUP);
    assertThat(
            browser.evaluate("document.querySelectorAll('img, b img, dd b, li b').length").asInt())
        .as("elements that a label made")
        .isZero();
  }

  private static void tabTo(String id) throws Exception {
    for (int i = 0; i < 60; i++) {
      browser.press("Tab");
      if (focused(id)) {
        assertThat(outlined()).as("an outline around %s, which has the focus", id).isTrue();
        return;
      }
    }
    throw new AssertionError("the tabulator never comes to " + id);
  }

  /** A group of radio buttons is one stop, its chosen one; it comes before the sliders. */
  private static void tabBackTo(String id) throws Exception {
    tabTo(id);
  }

  private static boolean focused(String id) throws Exception {
    return browser
        .evaluate("document.getElementById('%s').contains(document.activeElement)".formatted(id))
        .asBoolean();
  }

  /** On the element itself or, for the file's hidden one, on its label. */
  private static boolean outlined() throws Exception {
    return browser
        .evaluate(
            "(() => { const e = document.activeElement;"
                + " return [e, e.nextElementSibling].some("
                + "x => x && getComputedStyle(x).outlineStyle === 'solid'); })()")
        .asBoolean();
  }

  @Test
  void everyControlHasANameForScreenReaders() throws Exception {
    browser.drop(picture("red"), "#drop");
    awaitAnswer("red");
    browser.evaluate("document.getElementById('compare').click()");
    browser.await("document.querySelectorAll('.panel').length === 2");
    awaitAnswer("red");
    List<String> roles =
        List.of("button", "slider", "combobox", "radio", "image", "textbox", "DisclosureTriangle");
    int controls = 0;
    for (JsonNode node : browser.call("Accessibility.getFullAXTree").get("nodes")) {
      String role = node.at("/role/value").asText();
      if (!node.path("ignored").asBoolean() && roles.contains(role)) {
        controls++;
        assertThat(node.at("/name/value").asText()).as("name of a %s: %s", role, node).isNotBlank();
      }
    }
    assertThat(browser.evaluate("document.querySelectorAll('.panel output').length").asInt())
        .as("live regions in panels, which would tell what sliders tell")
        .isZero();
    assertThat(controls).as("controls").isGreaterThanOrEqualTo(6 + 2 * (1 + 4 + 3 + 1 + 1) + 1);
  }

  @Test
  void lightAndDarkAndSmallScreens() throws Exception {
    browser.drop(picture("red"), "#drop");
    awaitAnswer("red");
    List<String> grounds = new ArrayList<>();
    for (String colours : List.of("light", "dark")) {
      window(1200, 900, colours);
      grounds.add(browser.text("getComputedStyle(document.documentElement).backgroundColor"));
      Files.write(SHOTS.resolve(colours + ".png"), browser.screenshot());
    }
    assertThat(grounds).doesNotHaveDuplicates();
    for (int width : new int[] {320, 600, 1000}) {
      window(width, 800, "light");
      assertThat(browser.evaluate("document.scrollingElement.scrollWidth").asInt())
          .as("width of the page in a window of %d", width)
          .isLessThanOrEqualTo(width);
    }
    window(390, 800, "light");
    Files.write(SHOTS.resolve("small.png"), browser.screenshot());
  }
}
