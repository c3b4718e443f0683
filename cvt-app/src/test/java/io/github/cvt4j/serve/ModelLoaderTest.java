package io.github.cvt4j.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.cvt4j.weights.Hub;
import io.github.cvt4j.weights.HubConfig;
import java.time.Duration;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ModelLoaderTest {

  @Test
  void whatIsLoadedWhenTheServiceHasEndedIsLetGo() throws InterruptedException {
    Models models = new Models();
    Hub hub = new Hub(HubConfig.fromEnvironment(Map.of()).withOffline(true));
    try (Metrics metrics = new Metrics();
        ModelLoader loader =
            new ModelLoader(
                models, TestServer.CONFIG.batching(), ServeConfig.Looks.NONE, metrics, hub)) {
      loader.load("early", TestServer.TINY);
      assertThat(models.close(Duration.ofSeconds(60))).isTrue();
      refused(loader); // makes what lasts
      assertThat(models.list()).isEmpty();
      long objects = settled();
      refused(loader);
      assertThat(models.list()).isEmpty();
      assertThat(metrics.scrape()).as("series").doesNotContain("model=");
      assertThat(settled()).as("native objects").isLessThanOrEqualTo(objects);
    }
  }

  private static void refused(ModelLoader loader) {
    assertThatExceptionOfType(Problem.class)
        .isThrownBy(() -> loader.load("late", TestServer.TINY))
        .withMessage("the service is ending")
        .satisfies(problem -> assertThat(problem.status()).isEqualTo(503));
  }

  /** Native objects, once those that threads and the collector let go have gone. */
  private static long settled() throws InterruptedException {
    long objects;
    do {
      objects = Pointer.totalCount();
      System.gc();
      Thread.sleep(500);
    } while (Pointer.totalCount() < objects); // the test's timeout ends this
    return Pointer.totalCount();
  }
}
