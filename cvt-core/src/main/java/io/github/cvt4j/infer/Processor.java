package io.github.cvt4j.infer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What this machine's processor can do. */
final class Processor {

  /** Instructions that multiply bfloat16, under Linux's names: Intel's matrix unit, and vectors. */
  private static final List<String> BF16 = List.of("amx_bf16", "avx512_bf16");

  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  private Processor() {}

  /** Whether bfloat16 products are native; elsewhere they are emulated, slower than float32. */
  static boolean multipliesBf16() {
    try {
      return Files.isReadable(CPUINFO) && multipliesBf16(Files.readAllLines(CPUINFO));
    } catch (IOException e) {
      return false; // not to be found out: the safe answer
    }
  }

  static boolean multipliesBf16(List<String> cpuinfo) {
    return cpuinfo.stream()
        .filter(line -> line.startsWith("flags"))
        .findFirst()
        .map(line -> Arrays.asList(line.substring(line.indexOf(':') + 1).trim().split("\\s+")))
        .filter(flags -> BF16.stream().anyMatch(flags::contains))
        .isPresent();
  }
}
