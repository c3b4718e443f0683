package io.github.cvt4j.explain;

import io.github.cvt4j.image.Preprocessor;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.nn.Pass;
import io.github.cvt4j.spec.Projection;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.StageSpec;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.HostTensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** The same looks by plain means: whole matrices in double precision, differences for gradients. */
final class Twin {

  private final LoadedModel loaded;
  private final RgbImage picture;
  private final List<Size> grids;
  private final Map<String, HostTensor> seen = new HashMap<>();

  Twin(LoadedModel loaded, RgbImage picture) {
    this.loaded = loaded;
    this.picture = picture;
    grids = loaded.spec().grids(loaded.preprocess().size());
    pass((name, value) -> seen.put(name, Tensors.host(value)), Map.of());
  }

  /** A pass that sees everything, after nudging tensors by name. */
  private void pass(BiConsumer<String, Tensor> probe, Map<String, Nudge> nudges) {
    Size size = loaded.preprocess().size();
    try (Cvt model = loaded.build();
        Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      float[] input = new Preprocessor(loaded.preprocess()).apply(picture);
      model.forward(
          Tensors.of(input, 1, 3, size.height(), size.width()),
          Pass.eval(
              new Pass.Probe() {
                @Override
                public void see(String name, Tensor value) {
                  if (nudges.containsKey(name)) {
                    nudges.get(name).apply(value);
                  }
                  probe.accept(name, value);
                }

                @Override
                public boolean wantsAttention(String name) {
                  return true;
                }
              }));
    }
  }

  /** One channel of the grid's tokens, all by the same. */
  private record Nudge(int extra, int area, int channel, double by) {

    void apply(Tensor tokens) {
      tokens.narrow(1, extra, area).select(2, channel).add_(new Scalar(by));
    }
  }

  private StageSpec stage(int stage) {
    return loaded.spec().stages().get(stage);
  }

  private int extra(int stage) {
    return stage(stage).clsToken() ? 1 : 0;
  }

  /** [D][N][M]. */
  double[][][] attention(int stage, int block) {
    HostTensor host = seen.get("stage" + stage + ".block" + block + ".attention");
    float[] values = host.toFloats();
    double[][][] heads =
        new double[(int) host.shape()[1]][(int) host.shape()[2]][(int) host.shape()[3]];
    int at = 0;
    for (double[][] head : heads) {
      for (double[] row : head) {
        for (int key = 0; key < row.length; key++) {
          row[key] = values[at++];
        }
      }
    }
    return heads;
  }

  /** The rollout as matrices are written down: the last block's on the left. */
  double[] rollout(int target) {
    double[][] product = null;
    for (int s = loaded.spec().stages().size() - 1; s >= target; s--) {
      double[][] stage = identity(extra(s) + (int) grids.get(s).area());
      for (int block = stage(s).depth() - 1; block >= 0; block--) {
        stage = times(stage, block(s, block));
      }
      stage = withoutClassToken(stage, extra(s));
      if (product == null) {
        product = new double[][] {answer(stage, extra(s))};
      } else {
        double[][] embed =
            windows(
                grids.get(s + 1),
                grids.get(s),
                stage(s + 1).patch().size(),
                stage(s + 1).patch().stride(),
                stage(s + 1).patch().padding());
        double[][] grid = Arrays.copyOfRange(stage, extra(s), stage.length);
        product = times(times(product, embed), grid);
      }
      double sum = Arrays.stream(product[0]).sum();
      for (int i = 0; i < product[0].length; i++) {
        product[0][i] /= sum;
      }
    }
    return product[0];
  }

  private static double[] answer(double[][] stage, int extra) {
    if (extra == 1) {
      return stage[0];
    }
    double[] mean = new double[stage[0].length];
    for (double[] row : stage) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += row[i] / stage.length;
      }
    }
    return mean;
  }

  private static double[][] withoutClassToken(double[][] stage, int extra) {
    double[][] result = new double[stage.length][];
    for (int i = 0; i < stage.length; i++) {
      result[i] = Arrays.copyOfRange(stage[i], extra, stage[i].length);
    }
    return result;
  }

  /** (A S + I) / 2 over all of a stage's tokens. */
  private double[][] block(int stage, int block) {
    double[][][] heads = attention(stage, block);
    Projection p = stage(stage).projection();
    Size grid = grids.get(stage);
    double[][] spread =
        p.method() == Projection.Method.LINEAR
            ? identity((int) grid.area())
            : windows(
                new Size(p.keyGrid(grid.height()), p.keyGrid(grid.width())),
                grid,
                p.kernel(),
                p.strideKv(),
                p.paddingKv());
    int extra = extra(stage);
    double[][] result = identity(heads[0].length);
    for (int n = 0; n < result.length; n++) {
      result[n][n] = 0.5;
      for (int m = 0; m < heads[0][0].length; m++) {
        double mean = 0;
        for (double[][] head : heads) {
          mean += head[n][m] / heads.length;
        }
        if (m < extra) {
          result[n][m] += mean / 2;
          continue;
        }
        for (int x = 0; x < grid.area(); x++) {
          result[n][extra + x] += mean * spread[m - extra][x] / 2;
        }
      }
    }
    return result;
  }

  /** Shares of positions [windows, positions], by counting who overlaps whom in the plane. */
  private static double[][] windows(Size from, Size to, int size, int stride, int padding) {
    double[][] inside = new double[(int) from.area()][(int) to.area()];
    double[] overlaps = new double[(int) to.area()];
    for (int w = 0; w < inside.length; w++) {
      int top = w / from.width() * stride - padding;
      int left = w % from.width() * stride - padding;
      for (int x = 0; x < inside[w].length; x++) {
        int row = x / to.width();
        int column = x % to.width();
        if (row >= top && row < top + size && column >= left && column < left + size) {
          inside[w][x] = 1;
          overlaps[x]++;
        }
      }
    }
    for (double[] row : inside) {
      double sum = 0;
      for (int x = 0; x < row.length; x++) {
        row[x] = row[x] == 0 ? 0 : 1 / overlaps[x];
        sum += row[x];
      }
      for (int x = 0; x < row.length; x++) {
        row[x] /= sum;
      }
    }
    return inside;
  }

  private static double[][] identity(int size) {
    double[][] result = new double[size][size];
    for (int i = 0; i < size; i++) {
      result[i][i] = 1;
    }
    return result;
  }

  private static double[][] times(double[][] a, double[][] b) {
    double[][] result = new double[a.length][b[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int k = 0; k < b.length; k++) {
        if (a[i][k] != 0) {
          for (int j = 0; j < b[k].length; j++) {
            result[i][j] += a[i][k] * b[k][j];
          }
        }
      }
    }
    return result;
  }

  /** Grad-CAM at the tokens of that name, the gradients by central differences. */
  double[] gradCam(String name, int stage, int category) {
    int area = (int) grids.get(stage).area();
    int channels = stage(stage).dim();
    float[] tokens = seen.get(name).toFloats();
    double[] map = new double[area];
    for (int c = 0; c < channels; c++) {
      double weight =
          (logit(name, new Nudge(extra(stage), area, c, 0.05), category)
                  - logit(name, new Nudge(extra(stage), area, c, -0.05), category))
              / (0.1 * area);
      for (int x = 0; x < area; x++) {
        map[x] += weight * tokens[(extra(stage) + x) * channels + c];
      }
    }
    double most = Arrays.stream(map).max().orElseThrow();
    return Arrays.stream(map).map(value -> Math.max(0, value) / most).toArray();
  }

  private double logit(String name, Nudge nudge, int category) {
    float[][] logits = new float[1][];
    pass(
        (seenName, value) -> {
          if (seenName.equals("logits")) {
            logits[0] = Tensors.floats(value);
          }
        },
        Map.of(name, nudge));
    return logits[0][category];
  }
}
