package io.github.cvt4j.app.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.infer.Classifier;
import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.infer.ModelSource;
import io.github.cvt4j.infer.Prediction;
import io.github.cvt4j.serve.CvtServer;
import io.github.cvt4j.serve.ServeConfig;
import io.github.cvt4j.weights.Hub;
import io.github.cvt4j.weights.HubConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page before the service itself: what it shows is what the library answers. */
class ServedPageTest {

  private static final Path PICTURE =
      Path.of("../cvt-core/src/test/resources/golden/preproc/jpg_rgb_500x375.jpg");

  private static final Path SHOTS = Path.of("target", "page");

  @TempDir private Path folder;

  private static Map<String, ModelSource> models() {
    Map<String, ModelSource> models = new LinkedHashMap<>();
    models.put("one", ModelSource.fresh("cvt-tiny-32", 1));
    models.put("two", ModelSource.fresh("cvt-small-32", 2));
    return models;
  }

  @Test
  void everythingWorksTogether() throws Exception {
    Path program = Browser.installed().orElse(null);
    assumeTrue(program != null, "no chromium on the path: the page is not tested");
    ServeConfig config = ServeConfig.DEFAULT.with(new ServeConfig.Address("127.0.0.1", 0));
    Hub hub = new Hub(HubConfig.fromEnvironment(Map.of()).withOffline(true));
    Files.createDirectories(SHOTS);
    try (CvtServer server = CvtServer.start(config, models(), hub);
        Browser browser =
            new Browser(program, Files.createTempDirectory(SHOTS, "profile").toAbsolutePath())) {
      browser.open(server.uri() + "/");
      browser.drop(PICTURE.toAbsolutePath().normalize(), "#drop");
      browser.await("document.getElementById('status').textContent.startsWith('one: ')");
      assertThat(browser.text("document.getElementById('status').textContent"))
          .isEqualTo("one: " + best());
      assertThat(browser.text("document.getElementById('caption-1').textContent"))
          .isEqualTo("What the mean token reads: stage 2, block 1, mean of the heads");
      browser.evaluate("document.getElementById('block-1').focus()");
      browser.press("Home");
      browser.await("document.getElementById('caption-1').textContent.includes('stage 0')");
      for (String method : new String[] {"rollout", "gradcam", "components"}) {
        String before = browser.text("document.getElementById('caption-1').textContent");
        browser.evaluate("document.querySelector('[value=%s]').click()".formatted(method));
        browser.await(
            "document.getElementById('caption-1').textContent !== '%s'".formatted(before));
      }
      browser.evaluate("document.getElementById('compare').click()");
      browser.await("document.querySelectorAll('#predictions-2 li').length === 5");
      browser.evaluate("document.querySelector('summary').click()");
      assertThat(browser.text("document.getElementById('card-1').innerText")).contains("fused");
      browser.await("[...document.querySelectorAll('.panel')].every(p => !p.ariaBusy)");
      Files.write(SHOTS.resolve("served.png"), browser.screenshot());
      assertThat(browser.complaints()).isEmpty();
      browser.drop(Files.writeString(folder.resolve("notes.txt"), "words"), "#drop");
      browser.await("document.getElementById('error').textContent.includes('not a picture')");
    }
  }

  private static String best() {
    try (Classifier classifier =
        ModelSource.fresh("cvt-tiny-32", 1).open().classifier(Execution.FUSED)) {
      Prediction best = classifier.classify(ImageDecoder.decode(PICTURE), 1).get(0);
      return String.format(Locale.ROOT, "%s, %.1f %%", best.label(), 100 * best.probability());
    }
  }
}
