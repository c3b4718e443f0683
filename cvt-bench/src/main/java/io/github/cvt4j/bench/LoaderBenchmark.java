package io.github.cvt4j.bench;

import io.github.cvt4j.data.Augment;
import io.github.cvt4j.data.Batch;
import io.github.cvt4j.data.CachedDataset;
import io.github.cvt4j.data.ColorJitter;
import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.data.Epoch;
import io.github.cvt4j.data.HorizontalFlip;
import io.github.cvt4j.data.ImageFolder;
import io.github.cvt4j.data.Loader;
import io.github.cvt4j.data.Mixing;
import io.github.cvt4j.data.RandAugment;
import io.github.cvt4j.data.RandAugmentPolicy;
import io.github.cvt4j.data.RandomErasing;
import io.github.cvt4j.data.RandomResizedCrop;
import io.github.cvt4j.data.Rgb;
import io.github.cvt4j.data.Transform;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Preprocess.Interpolation;
import io.github.cvt4j.spec.Size;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Training pictures per second of the loader alone on one thread, from files to mixed batches.
 *
 * <pre>
 * ./mvnw -pl cvt-bench -am -DskipTests package dependency:copy-dependencies
 * java -cp "cvt-bench/target/classes:cvt-bench/target/dependency/*" org.openjdk.jmh.Main LoaderBenchmark \
 *     -p folder=FOLDER-OF-CLASS-FOLDERS
 * </pre>
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 4)
@Measurement(iterations = 5, time = 4)
public class LoaderBenchmark {

  private static final int BATCH = 32;

  /** What is done to pictures. */
  public enum Recipe {
    /** Crop and flip. */
    PLAIN,
    /** What the published models were trained with, colour jitter on top. */
    FULL
  }

  /** A folder with class folders of at least 32 pictures in all. */
  @Param({"data"})
  public String folder;

  /** Side of the network's input. */
  @Param({"224"})
  public int side;

  /** What is done to pictures. */
  @Param({"PLAIN", "FULL"})
  public Recipe recipe;

  /** Whether pictures stay decoded in memory. */
  @Param({"false", "true"})
  public boolean decoded;

  private Loader loader;
  private int epoch;

  /** Opens the folder. */
  @Setup
  public void open() {
    Dataset pictures = ImageFolder.open(Path.of(folder));
    Dataset source = decoded ? new CachedDataset(pictures, 1L << 30) : pictures;
    loader =
        new Loader(
            source,
            transform(Preprocess.standard(Size.square(side))),
            Loader.Config.shuffled(BATCH, 0, 0),
            recipe == Recipe.FULL ? Optional.of(mixing(source)) : Optional.empty());
  }

  private Transform transform(Preprocess preprocess) {
    List<Augment> steps = new ArrayList<>();
    steps.add(RandomResizedCrop.usual(preprocess.size(), Interpolation.BICUBIC));
    steps.add(new HorizontalFlip(0.5));
    if (recipe == Recipe.PLAIN) {
      return Transform.training(preprocess, Augment.chain(steps));
    }
    steps.add(
        new RandAugment(
            RandAugmentPolicy.parse("rand-m9-mstd0.5-inc1"),
            Interpolation.BICUBIC,
            Rgb.ofMean(preprocess.mean())));
    steps.add(new ColorJitter(0.4, 0.4, 0.4, 0));
    RandomErasing erasing = new RandomErasing(0.25, RandomErasing.Mode.PIXEL, 1, false);
    return Transform.training(preprocess, Augment.chain(steps), List.of(erasing));
  }

  private static Mixing mixing(Dataset pictures) {
    Mixing.Ways ways = new Mixing.Ways(0.8, 1, Optional.empty(), 0.5);
    return new Mixing(
        new Mixing.Options(ways, 1, Mixing.Mode.BATCH, 0), pictures.classes().size(), 0.1);
  }

  /** One batch, the first of ever new epochs. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void pictures(Blackhole sink) {
    try (Epoch batches = loader.epoch(epoch++);
        Batch batch = batches.next()) {
      sink.consume(batch.input());
    }
  }
}
