package io.github.cvt4j.weights;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attacks that the golden files do not hold; all are refused quickly and in one line. */
@Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostilePickleTest {

  @TempDir Path folder;

  private void assertRefused(byte[] file) throws IOException {
    assertRefused(file, "hostile: ");
  }

  /** The readers word it in their own ways; {@code what} says it for whoever reads the test. */
  private void assertRefused(byte[] file, String what) throws IOException {
    Path path = Files.write(folder.resolve("hostile"), file);
    assertThatThrownBy(() -> Checkpoints.read(path))
        .as(what)
        .isInstanceOf(CheckpointException.class)
        .message()
        .contains("hostile: ")
        .doesNotContain("\n")
        .hasSizeLessThan(600);
  }

  /** A pickle of protocol 2 with the given instructions, in Latin-1. */
  private static byte[] pickle(String instructions) {
    return ("\u0080\u0002" + instructions).getBytes(StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "os\nsystem",
        "nt\nsystem",
        "builtins\nexec",
        "builtins\ngetattr",
        "__builtin__\neval",
        "subprocess\nPopen",
        "torch.hub\nload",
        "torch\nload",
        "numpy\nload",
        "numpy.testing._private.utils\nrunstring",
        "collections\nOrderedDict.__class__",
        "collections.OrderedDict\n__reduce__",
        "java.lang\nRuntime",
        "os\u001b[2J\u0007\nsystem"
      })
  void refusesEveryOtherName(String name) throws IOException {
    String call = "}X\u0001\0\0\0wc" + name + "\n(X\u0004\0\0\0exittRs.";
    assertRefused(pickle(call), "nothing of it was run");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cos\nsystem\n(S'echo'\ntR.", // INST and OBJ have a way of their own to name things
        "(S'echo'\nios\nsystem\n.",
        "(cos\nsystem\no.",
        "\u0082\u0001.", // extension registry
        "Pstorage\n.", // persistent identifiers where there are none
        "K\u0001Q.",
        "c", // a name that does not end
        "}b.",
        "N\u0081.",
        "]]e.",
        "(}u.",
        "}(K\u0001u.",
        "(.",
        "t.",
        "\u0085.",
        "N)R.",
        "X\u00ff\u00ff\u00ff\u00ff.",
        "U\u00ff.",
        "\u0096\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff.",
        "\u0095\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f}.",
        "}]K\u0001s.", // keys that Java would have to walk into to hash
        "}q\u0000h\u0000K\u0001s.",
        "\u008f(]\u0090.",
        "c_codecs\nencode\n(X\u0001\0\0\0aX\u0003\0\0\0hextR.",
        "ccollections\nOrderedDict\n(](]tR.",
        "cnumpy\ndtype\n(X\u0002\0\0\0U9tR.",
        "cnumpy\ndtype\n(K\u0001tR.",
        "cnumpy.core.multiarray\n_reconstruct\n(NtR.",
        "ctorch._utils\n_rebuild_tensor_v2\n(K\u0001K\0))tR.",
        "ctorch._utils\n_rebuild_parameter\n)R."
      })
  void refusesWhatIsNotPlainData(String instructions) throws IOException {
    assertRefused(pickle(instructions));
  }

  @Test
  void walksIntoNothingThatHoldsItselfOrIsDeep() throws IOException {
    assertRefused(pickle("]q\0h\0a."));
    assertRefused(pickle("}q\0X\n\0\0\0state_dicth\0s."), "holds no dictionary of tensors");
    assertRefused(
        pickle("}X\u0001\0\0\0w" + "(".repeat(100_000) + "N" + "t".repeat(100_000) + "s."));
    // A deep list as the name of a split array's part, which must not be hashed.
    String deep = "]".repeat(50_000) + "a".repeat(49_999);
    assertRefused(
        pickle(
            "}X\u0015\0\0\0UnpackBigParamInfor@@}X\u0001\0\0\0w}X\u0006\0\0\0slices]"
                + deep
                + "asX\u000b\0\0\0OriginShape)sss."));
  }

  @Test
  void boundsInstructions() throws IOException {
    assertRefused(pickle("]0".repeat(1_500_000) + "N."), "instructions");
  }

  @Test
  void refusesArraysThatMultiplyWhatIsThere() throws IOException {
    // One array of 100 kB in Fortran's order, under 2000 names that each build it anew.
    StringBuilder text = new StringBuilder("}cnumpy\ndtype\n(X\u0002\0\0\0f4tRq\1");
    text.append("0cnumpy.core.multiarray\n_reconstruct\nq\2");
    text.append("0cnumpy\nndarray\nq\3");
    text.append("0T\u00a0\u0086\1\0").append("\0".repeat(100_000)).append("q\4").append('0');
    for (int i = 0; i < 2000; i++) {
      text.append("X\4\0\0\0%04d".formatted(i));
      text.append("h\2h\3\u0085R");
      text.append("(K\1K\2M\u00d40\u0086h\1\u0088h\4tbs");
    }
    assertRefused(pickle(text.append('.').toString()), "out of proportion");
  }

  @Test
  void refusesViewsThatMultiplyTheirStorage() throws IOException {
    // One element seen as 2^28 of them, through a stride of 0.
    String id = "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\u00000X\3\0\0\0cpuK\1tQ";
    String tensor =
        "ctorch._utils\n_rebuild_tensor_v2\n(" + id + "K\0J\0\0\0\u0010\u0085K\0\u0085\u0089NtR";
    byte[] pickle = pickle("}X\1\0\0\0w" + tensor + "s.");
    assertRefused(
        zip(
            out -> {
              store(out, "a/data.pkl", pickle);
              store(out, "a/data/0", new byte[4]);
            }),
        "out of proportion");
  }

  @Test
  void refusesZipBombs() throws IOException {
    Path good = Golden.path("ckpt/good/mini_view.zip.pth");
    assertRefused(
        zip(
            out -> {
              copy(good, out, "data/0");
              out.setMethod(ZipOutputStream.DEFLATED);
              out.putNextEntry(new ZipEntry("mini_view.zip/data/0"));
              byte[] zeros = new byte[1 << 20];
              for (int i = 0; i < 64; i++) {
                out.write(zeros);
              }
              out.closeEntry();
            }));
    assertRefused(
        zip(
            out -> {
              out.setMethod(ZipOutputStream.DEFLATED);
              out.putNextEntry(new ZipEntry("a/data.pkl"));
              out.write(new byte[1 << 24]);
              out.closeEntry();
            }),
        "compressed");
  }

  @Test
  void refusesTwoEntriesOfOneName() throws IOException {
    byte[] bytes =
        zip(
            out -> {
              copy(Golden.path("ckpt/good/mini_view.zip.pth"), out, "nothing");
              store(out, "mini_view.zip/data/X", new byte[48]);
            });
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    assertRefused(
        text.replace("data/X", "data/0").getBytes(StandardCharsets.ISO_8859_1), "two entries");
  }

  @Test
  void refusesLyingLengthsInTheOldLayout() throws IOException {
    byte[] good = Files.readAllBytes(Golden.path("ckpt/good/half.legacy.pth"));
    ByteBuffer bytes = ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN);
    // The last storage's number of elements, from which it reaches to the end of the file.
    int elements = 1;
    while (bytes.getLong(good.length - 2 * elements - Long.BYTES) != elements) {
      elements++;
    }
    int at = good.length - 2 * elements - Long.BYTES;
    for (long lie : new long[] {0, 2, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 40}) {
      bytes.putLong(at, lie);
      assertRefused(good);
    }
  }

  private interface ZipContent {
    void writeTo(ZipOutputStream out) throws IOException;
  }

  private static byte[] zip(ZipContent content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      content.writeTo(out);
    }
    return bytes.toByteArray();
  }

  private static void store(ZipOutputStream out, String name, byte[] data) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(data);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(data.length);
    entry.setCrc(crc.getValue());
    out.putNextEntry(entry);
    out.write(data);
    out.closeEntry();
  }

  /** All entries of a good file but those that end as said. */
  private static void copy(Path good, ZipOutputStream out, String except) throws IOException {
    try (ZipFile zip = new ZipFile(good.toFile())) {
      for (Enumeration<? extends ZipEntry> e = zip.entries(); e.hasMoreElements(); ) {
        ZipEntry entry = e.nextElement();
        if (!entry.getName().endsWith(except)) {
          try (InputStream in = zip.getInputStream(entry)) {
            String name = entry.getName().replaceFirst("^[^/]*", "mini_view.zip");
            store(out, name, in.readAllBytes());
          }
        }
      }
    }
  }
}
