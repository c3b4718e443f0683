package io.github.cvt4j.tensor;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts libtorch. {@link Scope}, through which all native work goes, starts it by itself; an
 * application calls {@link #start()} when it wants the second that it takes at a moment of its own.
 *
 * <p>Three things must happen in order, before any class of the bindings is touched:
 *
 * <ol>
 *   <li>The whole native folder is extracted. Loading while JavaCPP extracts library by library
 *       crashes the JVM on the first run on a machine.
 *   <li>The BLAS is loaded: MKL if its natives are on the class path (or {@code
 *       org.bytedeco.openblas.load} asks for another), otherwise OpenBLAS, which is held to one
 *       thread, for its threads and OpenMP's would fight for the cores.
 *   <li>libtorch is loaded.
 * </ol>
 *
 * <p>Safe for any number of threads, and of processes that share the native cache.
 */
public final class Engine {

  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

  /** Platforms that libtorch's Java build is published for. */
  private static final String PLATFORMS =
      "linux-x86_64, macosx-arm64, macosx-x86_64, windows-x86_64";

  /**
   * JavaCPP refuses allocations once the process is larger than twice the heap's limit; tensors
   * belong to libtorch and have nothing to do with the heap, so that check is off unless asked for.
   */
  private static final String PHYSICAL_LIMIT = "org.bytedeco.javacpp.maxPhysicalBytes";

  /** The bindings' switch: which library they load as BLAS, before libtorch looks for it. */
  private static final String BLAS = "org.bytedeco.openblas.load";

  /** {@code openblas_nolapack.blas_get_vendor()} of MKL. */
  private static final int MKL = 3;

  private Engine() {}

  /** Runs once per JVM, when a method of {@link Engine} is first called. */
  private static final class Started {

    static final String VERSION;
    static final UnsupportedPlatformException FAILURE;

    static {
      String version = null;
      UnsupportedPlatformException failure = null;
      try {
        version = load();
      } catch (UnsupportedPlatformException e) {
        failure = e;
      }
      VERSION = version;
      FAILURE = failure;
    }

    private static String load() {
      if (System.getProperty(PHYSICAL_LIMIT) == null) {
        System.setProperty(PHYSICAL_LIMIT, "0");
      }
      String platform = Loader.getPlatform();
      long begin = System.nanoTime();
      try {
        extract(platform);
        if (System.getProperty(BLAS) == null && has("mkl", platform)) {
          System.setProperty(BLAS, "mkl");
        }
        openblas_nolapack.blas_set_num_threads(1); // also finds out which one it is
        if (openblas_nolapack.blas_get_vendor() == MKL) {
          openblas_nolapack.blas_set_num_threads(Runtime.getRuntime().availableProcessors());
        }
        Loader.load(torch.class);
        String version = Loader.getVersion("org.bytedeco", "pytorch");
        LOG.debug(
            "libtorch {} on {} in {} ms",
            version,
            platform,
            (System.nanoTime() - begin) / 1_000_000);
        return version;
      } catch (IOException e) {
        throw new UnsupportedPlatformException(
            "libtorch's natives cannot be extracted to the cache folder (%s); set the system property"
                    .formatted(e.getMessage())
                + " org.bytedeco.javacpp.cachedir to a folder that can be written",
            e);
      } catch (UnsatisfiedLinkError e) {
        throw new UnsupportedPlatformException(
            "libtorch does not load on %s: %s".formatted(platform, firstLine(e.getMessage())), e);
      }
    }
  }

  /**
   * Starts the engine if it is not running yet; returns at once otherwise.
   *
   * @throws UnsupportedPlatformException if there are no natives for this platform, or they do not
   *     load
   */
  public static void start() {
    version();
  }

  /**
   * Version of libtorch and of its Java bindings, such as {@code 2.10.0-1.5.13}.
   *
   * @throws UnsupportedPlatformException as {@link #start()} does
   */
  public static String version() {
    try {
      if (Started.FAILURE != null) {
        throw Started.FAILURE;
      }
      return Started.VERSION;
    } catch (NoClassDefFoundError e) {
      throw new UnsupportedPlatformException("libtorch failed to start earlier in this JVM", e);
    }
  }

  /** The library that matrix products outside oneDNN run in: {@code mkl} or {@code openblas}. */
  public static String blas() {
    start();
    return openblas_nolapack.blas_get_vendor() == MKL ? "mkl" : "openblas";
  }

  /**
   * Begins to start the engine on another thread, for those who have something else to do first.
   * Whoever needs it meanwhile waits until it runs; what goes wrong is thrown there. A JVM that is
   * told to end waits as well, for ending while libraries are being loaded may crash.
   */
  public static void startLater() {
    Runnable start = () -> LOG.trace("started: {}", Started.FAILURE == null);
    Thread thread = new Thread(start, "cvt4j-start");
    thread.setDaemon(true);
    Runtime.getRuntime().addShutdownHook(new Thread(start, "cvt4j-started"));
    thread.start();
  }

  /**
   * Sets how many threads an operator uses when it is called from the current thread; libtorch
   * keeps this per calling thread.
   *
   * @param threads at least 1
   */
  public static void setThreads(int threads) {
    start();
    torch.set_num_threads(threads);
  }

  /** Number of threads that operators use when the calling thread runs them. */
  public static int threads() {
    start();
    return torch.get_num_threads();
  }

  /**
   * Seeds the generator that initialisation, dropout and drop path draw from. One generator serves
   * the whole process.
   */
  public static void seed(long seed) {
    start();
    torch.manual_seed(seed);
  }

  /** What the generator will draw next, to draw it again; belongs to the innermost scope. */
  public static Tensor draws() {
    start();
    return torch.getDefaultCPUGenerator().get_state();
  }

  /** Makes the generator go on as after {@link #draws} was called. */
  public static void setDraws(Tensor draws) {
    torch.getDefaultCPUGenerator().set_state(draws);
  }

  /** One process extracts, others wait: a half-written library must never be loaded. */
  private static void extract(String platform) throws IOException {
    requireNatives(platform);
    File cache = Loader.getCacheDir();
    Path lockFile = cache.toPath().resolve(".cvt4j.lock");
    try (FileChannel channel =
            FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      if (!lock.isValid()) {
        throw new IOException("lock on " + lockFile + " lost");
      }
      for (String library : new String[] {"javacpp", "mkl", "openblas", "pytorch"}) {
        if (has(library, platform)) {
          Loader.cacheResource("/org/bytedeco/" + library + "/" + platform + "/");
        }
      }
    }
  }

  private static void requireNatives(String platform) {
    if (!has("pytorch", platform)) {
      throw new UnsupportedPlatformException(
          "no libtorch for %s on the class path; it is published for %s"
                  .formatted(platform, PLATFORMS)
              + " (artifact org.bytedeco:pytorch with the platform as classifier)",
          null);
    }
  }

  private static boolean has(String library, String platform) {
    return Engine.class.getResource("/org/bytedeco/" + library + "/" + platform + "/") != null;
  }

  private static String firstLine(String text) {
    return text == null ? "unknown reason" : text.lines().findFirst().orElse(text);
  }
}
