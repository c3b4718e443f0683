package io.github.cvt4j.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.tensor.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One classifier under many threads. {@code -Dcvt4j.threads.seconds=60} runs longer than the
 * default, with 64 of them.
 */
class ManyThreadsTest {

  private static final Logger LOG = LoggerFactory.getLogger(ManyThreadsTest.class);
  private static final double SECONDS =
      Double.parseDouble(System.getProperty("cvt4j.threads.seconds", "2"));
  private static final int THREADS = 64;
  private static final int PICTURES = 5;

  @Test
  void answersStayRightAndMemoryFlat() throws Exception {
    List<RgbImage> pictures = pictures();
    try (Classifier classifier =
        ModelSource.fresh("cvt-tiny-32", 1).open().classifier(Execution.FUSED)) {
      List<float[]> expected = new ArrayList<>();
      for (RgbImage picture : pictures) {
        expected.add(classifier.logits(List.of(picture)));
      }
      run(classifier, pictures, expected, Math.min(SECONDS, 2)); // every thread has its buffers
      collect();
      long pointers = Pointer.totalCount();
      long bytes = Pointer.totalBytes();
      long resident = Pointer.physicalBytes();
      long answers = run(classifier, pictures, expected, SECONDS);
      collect();
      LOG.info(
          "{} answers; resident memory {} MB, grown by {} KB",
          answers,
          resident >> 20,
          (Pointer.physicalBytes() - resident) >> 10);
      assertThat(answers).isGreaterThanOrEqualTo(THREADS);
      assertThat(Pointer.totalCount()).as("pointers").isLessThanOrEqualTo(pointers);
      assertThat(Pointer.totalBytes()).as("bytes").isLessThanOrEqualTo(bytes);
      // New threads have stacks and arenas of their own.
      assertThat(Pointer.physicalBytes() - resident)
          .as("growth of resident memory in %d answers", answers)
          .isLessThan(64L << 20);
    }
  }

  /** What tests before this one left to the collector must not be counted. */
  private static void collect() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(20);
    }
  }

  /** Each thread asks for one, two or all pictures until the time is over. */
  private static long run(
      Classifier classifier, List<RgbImage> pictures, List<float[]> expected, double seconds)
      throws Exception {
    AtomicLong answers = new AtomicLong();
    long end = System.nanoTime() + (long) (seconds * 1e9);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<Void>> running = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        Random random = new Random(t);
        Callable<Void> client =
            () -> {
              Engine.setThreads(2);
              do {
                int first = random.nextInt(PICTURES);
                int count = 1 + random.nextInt(PICTURES - first);
                float[] logits = classifier.logits(pictures.subList(first, first + count));
                int classes = logits.length / count;
                for (int i = 0; i < logits.length; i++) {
                  assertThat(logits[i])
                      .isCloseTo(expected.get(first + i / classes)[i % classes], within(1e-5f));
                }
                answers.incrementAndGet();
              } while (System.nanoTime() < end);
              return null;
            };
        running.add(threads.submit(client));
      }
      for (Future<Void> future : running) {
        future.get();
      }
    } finally {
      threads.shutdownNow();
    }
    return answers.get();
  }

  private static List<RgbImage> pictures() {
    Random random = new Random(0);
    List<RgbImage> pictures = new ArrayList<>();
    for (int i = 0; i < PICTURES; i++) {
      byte[] bytes = new byte[40 * 36 * 3];
      random.nextBytes(bytes);
      pictures.add(new RgbImage(40, 36, bytes));
    }
    return pictures;
  }
}
