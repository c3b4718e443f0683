package io.github.cvt4j.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * What a processor can do that decides which kernels are fast on it.
 *
 * @param flags names of its instruction sets as Linux has them; empty if they are not to be found
 *     out, which is the safe answer
 */
public record Processor(Set<String> flags) {

  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  /** Read once. */
  private static final class Here {
    static final Processor PROCESSOR = read();
  }

  public Processor {
    flags = Set.copyOf(flags);
  }

  /** This machine's. */
  public static Processor here() {
    return Here.PROCESSOR;
  }

  private static Processor read() {
    try {
      return Files.isReadable(CPUINFO)
          ? of(Files.readAllLines(CPUINFO))
          : new Processor(Set.of()); // not Linux
    } catch (IOException e) {
      return new Processor(Set.of());
    }
  }

  /** The first processor that lines of Linux's {@code /proc/cpuinfo} tell of. */
  public static Processor of(List<String> cpuinfo) {
    return new Processor(
        cpuinfo.stream()
            .filter(line -> line.startsWith("flags"))
            .findFirst()
            .map(line -> line.substring(line.indexOf(':') + 1).trim().split("\\s+"))
            .map(names -> Set.copyOf(Arrays.asList(names)))
            .orElse(Set.of()));
  }

  /** Whether bfloat16 products are native; elsewhere they are emulated, slower than float32. */
  public boolean multipliesBf16() {
    return hasBf16Tiles() || flags.contains("avx512_bf16");
  }

  /** Whether oneDNN computes in bfloat16 on it, native or emulated; elsewhere it refuses to. */
  public boolean runsPackedBf16() {
    return flags.contains("avx_ne_convert")
        || flags.containsAll(Set.of("avx512bw", "avx512vl", "avx512dq"));
  }

  /**
   * Whether it sums products of bytes in 32 bits (VNNI). Elsewhere pairs of them are summed in 16
   * bits first, which overflow if both factors take all 8.
   */
  public boolean sumsBytesWide() {
    return flags.contains("avx512_vnni") || flags.contains("avx_vnni");
  }

  /** Whether it has a matrix unit (Intel's AMX) that multiplies tiles of bfloat16. */
  public boolean hasBf16Tiles() {
    return flags.contains("amx_bf16");
  }
}
