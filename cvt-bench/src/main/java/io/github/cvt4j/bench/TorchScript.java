package io.github.cvt4j.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.cvt4j.spec.Activation;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Projection;
import io.github.cvt4j.spec.StageSpec;
import io.github.cvt4j.weights.HostTensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a model as a TorchScript archive, operator by operator as the original computes it in
 * evaluation, for engines that read nothing else. A zip of stored entries: the weights' bytes, a
 * pickled module that refers to them, and the forward pass as text in torch's serialized dialect.
 *
 * <p>For models with convolutional projections and without position embeddings, as all published
 * ones are.
 */
final class TorchScript {

  private static final String ROOT = "cvt/";

  private final CvtSpec spec;
  private final Map<String, HostTensor> tensors = new TreeMap<>();
  private final StringBuilder code = new StringBuilder();

  private TorchScript(CvtSpec spec, Map<String, HostTensor> tensors) {
    this.spec = spec;
    tensors.forEach(
        (name, tensor) -> {
          if (!name.endsWith("num_batches_tracked")) {
            this.tensors.put(attribute(name), tensor.toF32());
          }
        });
  }

  /**
   * Writes a model.
   *
   * @param tensors all of the spec's, under microsoft's names
   * @throws IllegalArgumentException for a model of another kind
   */
  static void write(CvtSpec spec, Map<String, HostTensor> tensors, Path file) throws IOException {
    for (StageSpec stage : spec.stages()) {
      if (stage.posEmbed() || stage.projection().method() != Projection.Method.DW_BN) {
        throw new IllegalArgumentException(
            "expected convolutional projections and no position embeddings");
      }
    }
    new TorchScript(spec, tensors).write(file);
  }

  private void write(Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.setMethod(ZipOutputStream.STORED);
      store(zip, "data.pkl", module());
      store(zip, "code/__torch__.py", source().getBytes(UTF_8));
      store(zip, "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'}); // no constants
      int key = 0;
      for (HostTensor tensor : tensors.values()) {
        store(zip, "data/" + key++, bytes(tensor));
      }
      store(zip, "version", "3\n".getBytes(US_ASCII));
    }
  }

  private static void store(ZipOutputStream zip, String name, byte[] data) throws IOException {
    ZipEntry entry = new ZipEntry(ROOT + name);
    CRC32 crc = new CRC32();
    crc.update(data);
    entry.setSize(data.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(data);
    zip.closeEntry();
  }

  private static byte[] bytes(HostTensor tensor) {
    byte[] bytes = new byte[tensor.data().remaining()];
    tensor.data().duplicate().get(bytes);
    return bytes;
  }

  /** A module's attributes must be names of the language. */
  private static String attribute(String name) {
    return name.replace('.', '_');
  }

  // The pickled module: an object of the class that the code defines, with its attributes.

  private byte[] module() {
    Pickle pickle = new Pickle();
    pickle.global("__torch__", "Cvt").op(')').op(0x81).op('}').op('(');
    pickle.text("training").op(0x89); // false
    int key = 0;
    for (Map.Entry<String, HostTensor> tensor : tensors.entrySet()) {
      pickle.text(tensor.getKey());
      pickle.tensor(Integer.toString(key++), tensor.getValue());
    }
    return pickle.op('u').op('b').op('.').bytes();
  }

  /** As much of the second pickle protocol as a module needs. */
  private static final class Pickle {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Pickle() {
      op(0x80).op(2);
    }

    Pickle op(int code) {
      out.write(code);
      return this;
    }

    Pickle global(String module, String name) {
      out.writeBytes(("c" + module + "\n" + name + "\n").getBytes(US_ASCII));
      return this;
    }

    Pickle text(String text) {
      byte[] bytes = text.getBytes(UTF_8);
      return op('X').integer(bytes.length).raw(bytes);
    }

    private Pickle raw(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    private Pickle integer(int value) {
      return raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    private Pickle number(long value) {
      return op('J').integer(Math.toIntExact(value));
    }

    private Pickle tuple(long... values) {
      op('(');
      for (long value : values) {
        number(value);
      }
      return op('t');
    }

    /** {@code torch._utils._rebuild_tensor_v2(storage, offset, sizes, strides, ...)}. */
    void tensor(String key, HostTensor tensor) {
      long[] shape = tensor.shape();
      long[] strides = new long[shape.length];
      long step = 1;
      for (int i = shape.length - 1; i >= 0; i--) {
        strides[i] = step;
        step *= shape[i];
      }
      global("torch._utils", "_rebuild_tensor_v2").op('(').op('(');
      text("storage").global("torch", "FloatStorage").text(key).text("cpu");
      number(tensor.elements()).op('t').op('Q');
      number(0).tuple(shape).tuple(strides).op(0x89);
      global("collections", "OrderedDict").op(')').op('R').op('t').op('R');
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }

  // The forward pass. B pictures, C channels, H W the grid, N tokens, D heads.

  private String source() {
    List<String> parameters = new ArrayList<>();
    tensors.keySet().forEach(name -> parameters.add("\"" + name + "\""));
    StringBuilder source = new StringBuilder("class Cvt(Module):\n");
    source.append("  __parameters__ = [").append(String.join(", ", parameters)).append(", ]\n");
    source.append("  __buffers__ = []\n  training : bool\n");
    tensors.keySet().forEach(name -> source.append("  ").append(name).append(" : Tensor\n"));
    source.append("  def forward(self: __torch__.Cvt,\n      x: Tensor) -> Tensor:\n");
    line("B = torch.size(x, 0)");
    for (int i = 0; i < spec.stages().size(); i++) {
      stage(spec.stages().get(i), "stage" + i + "_", i == spec.stages().size() - 1);
    }
    return source.append(code).append("    return x\n").toString();
  }

  @SuppressWarnings("AnnotateFormatMethod") // its annotation would be a dependency
  private void line(String format, Object... values) {
    code.append("    ").append(format.formatted(values)).append('\n');
  }

  private void stage(StageSpec stage, String at, boolean last) {
    String embed = at + "patch_embed_";
    line(
        "x = torch.conv2d(x, self.%sproj_weight, self.%sproj_bias, [%d, %d], [%d, %d], [1, 1], 1)",
        embed,
        embed,
        stage.patch().stride(),
        stage.patch().stride(),
        stage.patch().padding(),
        stage.patch().padding());
    line("H = torch.size(x, 2)");
    line("W = torch.size(x, 3)");
    line("x = torch.transpose(torch.flatten(x, 2), 1, 2)"); // [B, N, C]
    norm("x", "x", embed + "norm", stage.dim());
    if (stage.clsToken()) {
      line("x = torch.cat([torch.expand(self.%scls_token, [B, -1, -1]), x], 1)", at);
    }
    for (int j = 0; j < stage.depth(); j++) {
      block(stage, at + "blocks_" + j + "_");
    }
    if (!last) {
      split(stage, "x");
      map(stage);
      line("x = m");
      return;
    }
    norm("x", "x", "norm", stage.dim());
    line(stage.clsToken() ? "x = torch.select(x, 1, 0)" : "x = torch.mean(x, [1])");
    if (spec.numClasses() > 0) {
      line("x = torch.linear(x, self.head_weight, self.head_bias)");
    }
  }

  private void norm(String to, String from, String name, int dim) {
    line(
        "%s = torch.layer_norm(%s, [%d], self.%s_weight, self.%s_bias, 1.0000000000000001e-05)",
        to, from, dim, name, name);
  }

  /** The class token into c, the others into g. */
  private void split(StageSpec stage, String from) {
    if (stage.clsToken()) {
      line("c = torch.narrow(%s, 1, 0, 1)", from);
      line("g = torch.narrow(%s, 1, 1, torch.mul(H, W))", from);
    } else {
      line("g = %s", from);
    }
  }

  /** g [B, H*W, C] to m [B, C, H, W]. */
  private void map(StageSpec stage) {
    line("m = torch.reshape(torch.transpose(g, 1, 2), [B, %d, H, W])", stage.dim());
  }

  private void block(StageSpec stage, String at) {
    norm("y", "x", at + "norm1", stage.dim());
    split(stage, "y");
    map(stage);
    Projection projection = stage.projection();
    project(stage, at + "attn_", "q", projection.strideQ(), projection.paddingQ());
    project(stage, at + "attn_", "k", projection.strideKv(), projection.paddingKv());
    project(stage, at + "attn_", "v", projection.strideKv(), projection.paddingKv());
    line("s = torch.mul(torch.matmul(q, torch.transpose(k, -2, -1)), %s)", stage.attentionScale());
    line("y = torch.matmul(torch.softmax(s, -1), v)"); // [B, D, N, C/D]
    line("y = torch.flatten(torch.transpose(y, 1, 2), 2)");
    line(
        "x = torch.add(x, torch.linear(y, self.%sattn_proj_weight, self.%sattn_proj_bias))",
        at, at);
    norm("y", "x", at + "norm2", stage.dim());
    line("y = torch.linear(y, self.%smlp_fc1_weight, self.%smlp_fc1_bias)", at, at);
    line(
        spec.activation() == Activation.GELU
            ? "y = torch.gelu(y)"
            : "y = torch.mul(y, torch.sigmoid(torch.mul(y, 1.702)))");
    line("x = torch.add(x, torch.linear(y, self.%smlp_fc2_weight, self.%smlp_fc2_bias))", at, at);
  }

  /** Depth-wise convolution and batch norm of m, the class token, the linear map, and heads. */
  private void project(StageSpec stage, String at, String to, int stride, int padding) {
    String conv = at + "conv_proj_" + to;
    line(
        "%s = torch.conv2d(m, self.%s_conv_weight, None, [%d, %d], [%d, %d], [1, 1], %d)",
        to, conv, stride, stride, padding, padding, stage.dim());
    line(
        "%s = torch.batch_norm(%s, self.%s_bn_weight, self.%s_bn_bias, self.%s_bn_running_mean,"
            + " self.%s_bn_running_var, False, 0.10000000000000001, 1.0000000000000001e-05, True)",
        to, to, conv, conv, conv, conv);
    line("%s = torch.transpose(torch.flatten(%s, 2), 1, 2)", to, to);
    if (stage.clsToken()) {
      line("%s = torch.cat([c, %s], 1)", to, to);
    }
    line(
        "%s = torch.linear(%s, self.%sproj_%s_weight, %s)",
        to, to, at, to, stage.qkvBias() ? "self." + at + "proj_" + to + "_bias" : "None");
    line(
        "%s = torch.transpose(torch.reshape(%s, [B, -1, %d, %d]), 1, 2)",
        to, to, stage.heads(), stage.dim() / stage.heads());
  }
}
