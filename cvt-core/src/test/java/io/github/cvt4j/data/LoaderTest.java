package io.github.cvt4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import io.github.cvt4j.image.ImageException;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LoaderTest {

  @Test
  void batchesWhoseBytesFillNoWholeCacheLineFit() {
    // 3 x 3 x 5 floats are 180 bytes; aligning rounds both ends of the buffer inwards.
    Preprocess odd = Preprocess.standard(new Size(3, 5));
    for (int size = 1; size <= 14; size++) { // 5 of them end 4 bytes into a line
      Loader loader =
          new Loader(
              Pictures.numbered(14, 8, 0, 1),
              Transform.evaluation(odd),
              Loader.Config.inOrder(size, 0));
      try (Epoch epoch = loader.epoch(0);
          Batch batch = epoch.next()) {
        assertThat(batch.input().remaining()).isEqualTo(size * 45);
      }
    }
  }

  private static final Preprocess SMALL = Preprocess.standard(Size.square(8));
  private static final Transform AUGMENTED =
      Transform.training(SMALL, Augment.chain(List.of(new PadCrop(2), new HorizontalFlip(0.5))));

  @TempDir Path folder;

  /** What came out of an epoch, copied. */
  private record Seen(List<List<Integer>> indices, List<Long> labels, List<Float> values) {

    static Seen of(Loader loader, int epoch, int firstBatch) {
      Seen seen = new Seen(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
      try (Epoch batches = loader.epoch(epoch, firstBatch)) {
        while (batches.hasNext()) {
          try (Batch batch = batches.next()) {
            seen.indices.add(Arrays.stream(batch.indices()).boxed().toList());
            Arrays.stream(batch.labels()).forEach(seen.labels::add);
            for (int i = 0; i < batch.input().limit(); i++) {
              seen.values.add(batch.input().get(i));
            }
          }
        }
      }
      return seen;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void batchesAreTheSameForAnyNumberOfWorkers(int workers) {
    Dataset shapes = new Shapes(Shapes.Part.TRAIN, 90, 8, 3);
    var none = new Loader(shapes, AUGMENTED, new Loader.Config(16, true, false, 0, 7));
    var some = new Loader(shapes, AUGMENTED, new Loader.Config(16, true, false, workers, 7));
    for (int epoch = 0; epoch < 2; epoch++) {
      assertThat(Seen.of(some, epoch, 0)).isEqualTo(Seen.of(none, epoch, 0));
    }
  }

  @Test
  void anEpochGoesOnWhereItStopped() {
    Dataset shapes = new Shapes(Shapes.Part.TRAIN, 90, 8, 3);
    Loader loader = new Loader(shapes, AUGMENTED, Loader.Config.shuffled(16, 2, 7));
    Seen whole = Seen.of(loader, 4, 0);
    Seen rest = Seen.of(loader, 4, 3);
    assertThat(rest.indices).isEqualTo(whole.indices.subList(3, 5));
    assertThat(rest.values).isEqualTo(whole.values.subList(3 * 16 * 192, 5 * 16 * 192));
    assertThat(Seen.of(loader, 4, 5).indices).isEmpty();
    assertThatThrownBy(() -> loader.epoch(4, 6)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everyPictureComesOnceInAnOrderThatSeedAndEpochGive() {
    List<Integer> first = order(new Loader.Config(16, true, false, 2, 7), 0);
    assertThat(first)
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 90).boxed().toList())
        .isEqualTo(order(new Loader.Config(16, true, false, 1, 7), 0))
        .isNotEqualTo(order(new Loader.Config(16, true, false, 2, 7), 1))
        .isNotEqualTo(order(new Loader.Config(16, true, false, 2, 8), 0));
    assertThat(order(Loader.Config.inOrder(16, 2), 3))
        .isEqualTo(IntStream.range(0, 90).boxed().toList());
    assertThat(order(Loader.Config.shuffled(16, 2, 7), 0)).isEqualTo(first.subList(0, 80));
  }

  @Test
  void theSamePictureIsAugmentedAnewInEachEpoch() {
    Dataset shapes = new Shapes(Shapes.Part.TRAIN, 8, 8, 3);
    Loader loader = new Loader(shapes, AUGMENTED, new Loader.Config(8, false, false, 0, 1));
    assertThat(Seen.of(loader, 0, 0).values).isNotEqualTo(Seen.of(loader, 1, 0).values);
  }

  @Test
  void aBatchHoldsWhatItsPicturesAre() {
    Dataset numbered = Pictures.numbered(10, 8, 0, 1, 2);
    Loader loader = new Loader(numbered, Transform.evaluation(SMALL), Loader.Config.inOrder(4, 2));
    assertThat(loader.batches()).isEqualTo(3);
    try (Epoch epoch = loader.epoch(0)) {
      epoch.next().close();
      epoch.next().close();
      try (Batch last = epoch.next()) {
        assertThat(last.size()).isEqualTo(2);
        assertThat(last.labels()).containsExactly(2, 0);
        assertThat(last.indices()).containsExactly(8, 9);
        FloatBuffer input = last.input();
        assertThat(input.isDirect()).isTrue();
        assertThat(input.order()).isEqualTo(ByteOrder.nativeOrder());
        assertThat(input.position()).isZero();
        assertThat(input.limit()).isEqualTo(2 * 3 * 8 * 8);
        for (int i = 0; i < input.limit(); i++) {
          int c = i / 64 % 3;
          float value = (8 + i / 192) / 255f;
          float mean = Preprocess.IMAGENET_MEAN.get(c).floatValue();
          float std = Preprocess.IMAGENET_STD.get(c).floatValue();
          assertThat(input.get(i)).as("float %d", i).isEqualTo((value - mean) / std);
        }
      }
      assertThat(epoch.hasNext()).isFalse();
      assertThatThrownBy(epoch::next).isInstanceOf(NoSuchElementException.class);
      assertThat(epoch.waitNanos()).isPositive();
    }
  }

  @Test
  void evaluationInputIsTorchvisions() throws IOException {
    Path file = firstNormalizedImage();
    String name = file.getFileName().toString();
    float[] expected =
        Golden.read("preproc/" + name + ".expected.safetensors")
            .get("crop224_bicubic.normalized")
            .toFloats();
    Path root = Files.createDirectories(folder.resolve("class"));
    Files.copy(file, root.resolve(name));
    Transform transform = Transform.evaluation(Preprocess.standard(Size.square(224)));
    Loader loader = new Loader(ImageFolder.open(folder), transform, Loader.Config.inOrder(1, 0));
    try (Epoch epoch = loader.epoch(0);
        Batch batch = epoch.next()) {
      for (int i = 0; i < expected.length; i++) {
        assertThat(batch.input().get(i))
            .as("float %d", i)
            .isBetween(expected[i] - 1e-6f, expected[i] + 1e-6f);
      }
    }
  }

  private static Path firstNormalizedImage() {
    return Golden.csv("preproc/images.csv").stream()
        .map(row -> Golden.path("preproc/" + row.get("file")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void buffersAreUsedAgain() {
    Loader loader =
        new Loader(
            Pictures.numbered(400, 8), Transform.evaluation(SMALL), Loader.Config.inOrder(4, 2));
    List<FloatBuffer> different = new ArrayList<>();
    for (int number = 0; number < 3; number++) {
      try (Epoch epoch = loader.epoch(number)) {
        while (epoch.hasNext()) {
          try (Batch batch = epoch.next()) {
            FloatBuffer input = batch.input();
            if (different.stream().noneMatch(known -> sameObject(known, input))) {
              different.add(input);
            }
          }
        }
      }
    }
    assertThat(different).hasSizeLessThanOrEqualTo(Epoch.AHEAD + 2);
  }

  @SuppressWarnings("ReferenceEquality") // equal content is not the question
  private static boolean sameObject(FloatBuffer one, FloatBuffer other) {
    return one == other;
  }

  @Test
  void batchesThatAreNeverClosedAreReported() {
    Loader loader =
        new Loader(
            Pictures.numbered(400, 8), Transform.evaluation(SMALL), Loader.Config.inOrder(4, 1));
    assertThatThrownBy(
            () -> {
              try (Epoch epoch = loader.epoch(0)) {
                while (epoch.hasNext()) {
                  epoch.next();
                }
              }
            })
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("16 batches are open; close each after its use");
    assertNoThreads();
  }

  @Test
  void aClosedBatchIsNotRead() {
    Loader loader =
        new Loader(
            Pictures.numbered(4, 8), Transform.evaluation(SMALL), Loader.Config.inOrder(4, 0));
    try (Epoch epoch = loader.epoch(0)) {
      Batch batch = epoch.next();
      batch.close();
      batch.close();
      assertThatThrownBy(batch::input)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("this batch is closed");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void aBrokenPictureStopsTheEpochWithItsName(int workers) throws IOException {
    Pictures.write(folder, "cat/1.png", "cat/2.png", "dog/1.png");
    Files.writeString(folder.resolve("cat/broken.jpg"), "not a picture");
    Loader loader =
        new Loader(
            ImageFolder.open(folder),
            Transform.evaluation(SMALL),
            Loader.Config.inOrder(1, workers));
    try (Epoch epoch = loader.epoch(0)) {
      epoch.next().close();
      epoch.next().close();
      assertThatThrownBy(epoch::next)
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("broken.jpg");
      assertThat(epoch.hasNext()).isFalse();
    }
    assertNoThreads();
  }

  @Test
  void aPictureOfAnotherSizeThanTheNetworksIsNamed() {
    Loader loader = new Loader(Pictures.numbered(4, 9), AUGMENTED, Loader.Config.inOrder(2, 1));
    assertThatThrownBy(() -> loader.epoch(0).next())
        .isInstanceOf(DataException.class)
        .hasMessage(
            "picture 0: 9x9 after augmentation, but the network takes 8x8; a resize is missing");
    assertNoThreads();
  }

  @Test
  void aFaultOfOursIsReportedAsSuch() {
    Transform faulty =
        Transform.training(
            SMALL,
            (image, random) -> {
              throw new ArithmeticException("fault");
            });
    Loader loader = new Loader(Pictures.numbered(4, 8), faulty, Loader.Config.inOrder(2, 2));
    assertThatThrownBy(() -> loader.epoch(0).next())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("picture 0")
        .hasCauseInstanceOf(ArithmeticException.class);
  }

  @Test
  void threadsEndWithTheEpochEvenIfItIsNotClosed() {
    Loader loader =
        new Loader(
            Pictures.numbered(40, 8), Transform.evaluation(SMALL), Loader.Config.inOrder(4, 2));
    Epoch epoch = loader.epoch(0);
    while (epoch.hasNext()) {
      epoch.next().close();
    }
    assertNoThreads();
  }

  @Test
  void closingInTheMiddleStopsTheWorkersPromptly() {
    AtomicInteger loaded = new AtomicInteger();
    Transform slow =
        Transform.training(
            SMALL,
            (image, random) -> {
              loaded.incrementAndGet();
              sleep(5);
              return image;
            });
    Loader loader = new Loader(Pictures.numbered(4000, 8), slow, Loader.Config.inOrder(400, 2));
    Epoch epoch = loader.epoch(0);
    inBackground(() -> assertThatThrownBy(epoch::next).isInstanceOf(CancellationException.class));
    assertThat(loaded.get()).as("pictures loaded after the stop was asked for").isLessThan(200);
    assertNoThreads();
    epoch.close();
    assertThat(epoch.hasNext()).isFalse();
    // Its buffers are free again: another epoch still works.
    try (Epoch next = loader.epoch(1)) {
      next.next().close();
    }
    assertNoThreads();
  }

  /** Runs something that waits for a batch of two seconds, interrupted after a tenth of that. */
  private static void inBackground(ThrowingCallable waiting) {
    List<Throwable> failures = new ArrayList<>();
    Thread consumer =
        new Thread(
            () -> {
              try {
                waiting.call();
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
              } catch (Throwable e) {
                failures.add(e);
              }
            });
    consumer.start();
    sleep(200);
    consumer.interrupt();
    try {
      consumer.join(10_000);
      assertThat(consumer.isAlive()).isFalse();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void workersRunAheadOfTheConsumerButNotFar() throws InterruptedException {
    AtomicInteger loaded = new AtomicInteger();
    CountDownLatch threeBatches = new CountDownLatch(30);
    Transform counting =
        Transform.training(
            SMALL,
            (image, random) -> {
              loaded.incrementAndGet();
              threeBatches.countDown();
              return image;
            });
    Loader loader = new Loader(Pictures.numbered(1000, 8), counting, Loader.Config.inOrder(10, 2));
    try (Epoch epoch = loader.epoch(0);
        Batch batch = epoch.next()) {
      threeBatches.await();
      sleep(50);
      assertThat(loaded.get()).isEqualTo(10 * (1 + Epoch.AHEAD));
      assertThat(batch.size()).isEqualTo(10);
    }
  }

  @Test
  void settingsThatCannotWorkAreRefused() {
    assertThatThrownBy(() -> Loader.Config.inOrder(0, 1))
        .isInstanceOf(SpecException.class)
        .hasMessage("batch size 0: expected 1 to 65536");
    assertThatThrownBy(() -> Loader.Config.inOrder(1, -1))
        .isInstanceOf(SpecException.class)
        .hasMessage("loader workers -1: expected 0 to 256");
    Dataset numbered = Pictures.numbered(10, 8);
    assertThatThrownBy(() -> new Loader(numbered, AUGMENTED, Loader.Config.shuffled(16, 0, 0)))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "10 pictures do not fill one batch of 16; expected more pictures or a smaller batch size");
    Transform large = Transform.evaluation(Preprocess.standard(Size.square(2000)));
    assertThatThrownBy(() -> new Loader(numbered, large, Loader.Config.inOrder(1000, 0)))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("MB per batch, expected less than 2048");
  }

  private static final Optional<Mixing> MIXED =
      Optional.of(
          new Mixing(
              new Mixing.Options(
                  new Mixing.Ways(0.8, 1, Optional.empty(), 0.5), 1, Mixing.Mode.ELEM, 2),
              3,
              0.1));

  /** Pixels and targets of an epoch. */
  private static List<Float> mixed(Loader.Config config, int epoch, int firstBatch) {
    Dataset numbered = Pictures.numbered(48, 8, 0, 1, 2);
    Loader loader = new Loader(numbered, AUGMENTED, config, MIXED);
    List<Float> values = new ArrayList<>();
    try (Epoch batches = loader.epoch(epoch, firstBatch)) {
      while (batches.hasNext()) {
        try (Batch batch = batches.next()) {
          for (int i = 0; i < batch.input().limit(); i++) {
            values.add(batch.input().get(i));
          }
          assertThat(batch.targets()).hasSize(batch.size() * 3);
          for (float target : batch.targets()) {
            values.add(target);
          }
        }
      }
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void mixingDependsOnNeitherWorkersNorWhereAnEpochBegins(int workers) {
    List<Float> whole = mixed(new Loader.Config(12, true, false, 0, 7), 1, 0);
    assertThat(mixed(new Loader.Config(12, true, false, workers, 7), 1, 0)).isEqualTo(whole);
    assertThat(mixed(new Loader.Config(12, true, false, workers, 7), 1, 3))
        .isEqualTo(whole.subList(whole.size() * 3 / 4, whole.size()));
    assertThat(mixed(new Loader.Config(12, true, false, workers, 8), 1, 0)).isNotEqualTo(whole);
  }

  @Test
  void mixingEndsAtItsOffEpoch() {
    Set<Float> targets = new HashSet<>();
    Dataset numbered = Pictures.numbered(12, 8, 0, 1, 2);
    Loader loader = new Loader(numbered, AUGMENTED, Loader.Config.inOrder(12, 0), MIXED);
    try (Epoch epoch = loader.epoch(2);
        Batch batch = epoch.next()) {
      for (float target : batch.targets()) {
        targets.add(target);
      }
    }
    assertThat(targets).as("smoothed, not mixed").hasSize(2);
  }

  @Test
  void aLoaderWithoutMixingHasNoTargets() {
    Loader loader = new Loader(Pictures.numbered(4, 8), AUGMENTED, Loader.Config.inOrder(4, 0));
    try (Epoch epoch = loader.epoch(0);
        Batch batch = epoch.next()) {
      assertThat(batch.targets()).isNull();
    }
  }

  @Test
  void mixingOfOtherClassesIsRefused() {
    Dataset numbered = Pictures.numbered(12, 8, 0, 1);
    assertThatThrownBy(() -> new Loader(numbered, AUGMENTED, Loader.Config.inOrder(12, 0), MIXED))
        .isInstanceOf(DataException.class)
        .hasMessage("mixing of 3 classes, but the data has 2");
  }

  @Test
  void repeatedPicturesHaveOtherDrawsInAnEpochOfTheSameLength() {
    Dataset noise = noise(30);
    Loader.Config config = new Loader.Config(6, true, true, 2, 7).repeated(3);
    Loader loader = new Loader(noise, AUGMENTED, config);
    assertThat(loader.batches()).isEqualTo(5);
    Seen seen = Seen.of(loader, 0, 0);
    List<Integer> order = seen.indices.stream().flatMap(List::stream).toList();
    assertThat(order).hasSize(30);
    assertThat(new HashSet<>(order)).hasSize(10);
    int floats = 3 * 8 * 8;
    int different = 0;
    for (int i = 0; i < 30; i += 3) {
      assertThat(order.get(i)).isEqualTo(order.get(i + 1)).isEqualTo(order.get(i + 2));
      Set<List<Float>> draws = new HashSet<>();
      for (int copy = i; copy < i + 3; copy++) {
        draws.add(seen.values.subList(copy * floats, (copy + 1) * floats));
      }
      different += draws.size();
    }
    assertThat(different).as("different pictures of 30").isGreaterThan(25);
    assertThat(Seen.of(loader, 0, 2).values)
        .as("from the third batch on")
        .isEqualTo(seen.values.subList(12 * floats, 30 * floats));
    assertThat(Seen.of(loader, 1, 0).indices).isNotEqualTo(seen.indices);
    assertThatThrownBy(() -> config.repeated(0))
        .isInstanceOf(SpecException.class)
        .hasMessage("repeats 0 of a picture: expected 1 to 100");
  }

  /** Pictures that look different in every place. */
  private static Dataset noise(int size) {
    Dataset numbered = Pictures.numbered(size, 8);
    return new Dataset() {
      @Override
      public int size() {
        return size;
      }

      @Override
      public List<String> classes() {
        return numbered.classes();
      }

      @Override
      public int label(int index) {
        return 0;
      }

      @Override
      public RgbImage image(int index) {
        return Pictures.noise(8, 8, index);
      }

      @Override
      public String name(int index) {
        return numbered.name(index);
      }
    };
  }

  @Test
  void splitErasingSparesTheFirstHalfOfEveryBatch() {
    RandomErasing erasing = new RandomErasing(1, RandomErasing.Mode.PIXEL, 1, true);
    Transform transform = Transform.training(SMALL, Augment.chain(List.of()), List.of(erasing));
    Dataset flat = Pictures.numbered(14, 8);
    Loader loader = new Loader(flat, transform, Loader.Config.inOrder(10, 2));
    List<List<Boolean>> erased = new ArrayList<>();
    try (Epoch epoch = loader.epoch(0)) {
      while (epoch.hasNext()) {
        try (Batch batch = epoch.next()) {
          List<Boolean> inBatch = new ArrayList<>();
          for (int i = 0; i < batch.size(); i++) {
            Set<Float> values = new HashSet<>();
            for (int at = 0; at < 64; at++) {
              values.add(batch.input().get(i * 192 + at));
            }
            inBatch.add(values.size() > 1);
          }
          erased.add(inBatch);
        }
      }
    }
    assertThat(erased.get(0).subList(0, 5)).containsOnly(false);
    assertThat(erased.get(0).subList(5, 10)).containsOnly(true);
    assertThat(erased.get(1))
        .as("the last, smaller batch")
        .containsExactly(false, false, true, true);
  }

  private static List<Integer> order(Loader.Config config, int epoch) {
    Dataset numbered = Pictures.numbered(90, 8);
    return Seen.of(new Loader(numbered, AUGMENTED, config), epoch, 0).indices.stream()
        .flatMap(List::stream)
        .toList();
  }

  private static void assertNoThreads() {
    long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
    while (loaderThreads() > 0 && System.nanoTime() < deadline) {
      sleep(5);
    }
    assertThat(loaderThreads()).as("loader threads left").isZero();
  }

  private static long loaderThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("cvt-loader"))
        .count();
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
