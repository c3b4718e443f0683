package io.github.cvt4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.ModelSource;
import io.github.cvt4j.infer.Network;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written runs in libtorch's own interpreter and gives the model's logits. */
class TorchScriptTest {

  @TempDir private Path folder;

  @Test
  void aModelWithAClassToken() throws IOException {
    check(
        "cvt-13",
        "MODEL.SPEC.DIM_EMBED",
        "[16, 32, 48]",
        "MODEL.SPEC.NUM_HEADS",
        "[1, 2, 3]",
        "MODEL.SPEC.DEPTH",
        "[1, 2, 2]");
  }

  @Test
  void aModelWithout() throws IOException {
    check("cvt-tiny-32");
  }

  private void check(String variant, String... overrides) throws IOException {
    Engine.start();
    LoadedModel loaded =
        new ModelSource(
                Optional.of(variant),
                List.of(overrides),
                Optional.empty(),
                List.of(),
                /* seed= */ 1)
            .open();
    Path file = folder.resolve("model.pt");
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter();
        Cvt model = loaded.build();
        Network eager = loaded.network(new Execution(Execution.Engine.EAGER, ComputeType.FP32))) {
      TorchScript.write(loaded.spec(), model.stateDict().tensors(), file);
      JitModule script = torch.import_ir_module(new CompilationUnit(), file.toString());
      Tensor images = torch.randn(2, 3, 64, 48);

      Tensor logits = new Tensor(script.forward(new IValueVector(new IValue(images))).toTensor());

      Tensor expected = eager.logits(images);
      double largest = expected.abs().max().item_double();
      assertThat(largest).isGreaterThan(0.01);
      assertThat(logits.sub(expected).abs().max().item_double()).isLessThan(2e-5 * largest);
    }
  }
}
