package io.github.cvt4j.train;

import io.github.cvt4j.data.DataSplit;
import io.github.cvt4j.data.Dataset;
import java.util.zip.CRC32;

/** Tells data sets apart by classes and labels, without reading a picture. */
public final class DataSignature {

  private DataSignature() {}

  /** One line about both parts. */
  public static String of(DataSplit data) {
    return "%s for training, %s for validation, classes %s"
        .formatted(of(data.train()), of(data.validation()), data.train().classes());
  }

  private static String of(Dataset part) {
    CRC32 labels = new CRC32();
    for (int i = 0; i < part.size(); i++) {
      int label = part.label(i);
      labels.update(label);
      labels.update(label >>> 8);
    }
    return "%d pictures (labels %08x)".formatted(part.size(), labels.getValue());
  }
}
