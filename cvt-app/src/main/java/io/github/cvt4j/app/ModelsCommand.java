package io.github.cvt4j.app;

import io.github.cvt4j.spec.Complexity;
import io.github.cvt4j.spec.Variants;
import io.github.cvt4j.spec.Variants.Variant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "models",
    description = "Lists the variants that --model takes.",
    footer = {"", "Example: ./cvt models"})
final class ModelsCommand implements Runnable {

  @Mixin private Common common;

  @Override
  public void run() {
    for (Variant variant : Variants.all()) {
      Complexity complexity = Complexity.of(variant.spec(), variant.spec().imageSize());
      if (common.json()) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("name", variant.name());
        line.put("about", variant.about());
        line.put("parameters", complexity.parameters());
        line.put("macs", complexity.macs());
        line.put("size", variant.spec().imageSize().toString());
        common.printJson(line);
      } else {
        common
            .out()
            .println(
                String.format(
                    Locale.ROOT,
                    "%-13s %8s %6.1fM parameters %8.2fG multiply-adds  %s",
                    variant.name(),
                    variant.spec().imageSize(),
                    complexity.parameters() * 1e-6,
                    complexity.macs() * 1e-9,
                    variant.about()));
      }
    }
  }
}
