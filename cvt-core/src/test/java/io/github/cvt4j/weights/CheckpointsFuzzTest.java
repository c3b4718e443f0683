package io.github.cvt4j.weights;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.Golden;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Good files with seeded damage: whatever comes of it, it is a state dict or the documented
 * exception. {@code -Dcvt.fuzz.rounds=N} runs more than the default.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CheckpointsFuzzTest {

  private static final int ROUNDS = Integer.getInteger("cvt.fuzz.rounds", 60);

  private static final long[] LENGTHS = {
    0,
    1,
    -1,
    0x7f,
    0xff,
    0x7fff,
    0xffff,
    0x7fffffffL,
    0xffffffffL,
    1L << 40,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bf16.safetensors",
        "mini.safetensors",
        "mini_view.zip.pth",
        "parameters.zip.pth",
        "train_checkpoint_noprefix.zip.pth",
        "views.zip.pth",
        "half.legacy.pth",
        "views.legacy.pth",
        "passl_checkpoint.pd",
        "passl_p2.pdparams",
        "passl_p2_split.pdparams",
        "passl_p4_fortran.pdparams"
      })
  void damageNeverDoesMoreThanBeRefused(String name) throws IOException {
    byte[] good = Files.readAllBytes(Golden.path("ckpt/good/" + name));
    Path file = folder.resolve(name);
    int refused = 0;
    for (int seed = 0; seed < ROUNDS; seed++) {
      Files.write(file, damaged(good, new Random(seed)));
      try {
        assertThat(Checkpoints.read(file).tensors()).isNotEmpty();
      } catch (CheckpointException e) {
        assertThat(e.getMessage()).startsWith(file.toString()).hasLineCount(1);
        refused++;
      } catch (RuntimeException | Error e) {
        throw new AssertionError(name + ", seed " + seed + ": " + e, e);
      }
    }
    assertThat(refused).as("refused of " + ROUNDS).isGreaterThan(ROUNDS / 10);
  }

  private static byte[] damaged(byte[] good, Random random) {
    byte[] bytes = good.clone();
    for (int i = random.nextInt(3); i >= 0; i--) {
      bytes = damagedOnce(bytes, random);
    }
    return bytes;
  }

  private static byte[] damagedOnce(byte[] bytes, Random random) {
    int at = place(bytes.length, random);
    switch (random.nextInt(7)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[at] = (byte) random.nextInt(256);
      case 2 -> {
        return Arrays.copyOf(bytes, at + 1);
      }
      case 3 -> {
        return spliced(bytes, at, place(bytes.length, random), random.nextInt(200));
      }
      case 4 -> {
        int from = Math.min(bytes.length, at + 1 + random.nextInt(64));
        byte[] cut = Arrays.copyOf(bytes, bytes.length - (from - at));
        System.arraycopy(bytes, from, cut, at, bytes.length - from);
        return cut.length == 0 ? bytes : cut;
      }
      default -> {
        int width = 1 << random.nextInt(4);
        byte[] value =
            ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(LENGTHS[random.nextInt(LENGTHS.length)])
                .array();
        System.arraycopy(value, 0, bytes, at, Math.min(width, bytes.length - at));
      }
    }
    return bytes;
  }

  /** Structure lies at the ends of a file, weights between: ends are hit more often. */
  private static int place(int length, Random random) {
    int near = Math.min(length, 1 + random.nextInt(Math.min(length, 8000)));
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt(length);
      case 1 -> length - near;
      default -> near - 1;
    };
  }

  /** The bytes with some of them put in again elsewhere. */
  private static byte[] spliced(byte[] bytes, int at, int from, int most) {
    int length = Math.min(most, bytes.length - from);
    byte[] result = new byte[bytes.length + length];
    System.arraycopy(bytes, 0, result, 0, at);
    System.arraycopy(bytes, from, result, at, length);
    System.arraycopy(bytes, at, result, at + length, bytes.length - at);
    return result;
  }
}
