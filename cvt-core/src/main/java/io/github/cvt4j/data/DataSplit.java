package io.github.cvt4j.data;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What a training run learns from and what it is judged by.
 *
 * @param train learnt from
 * @param validation never learnt from; has the same classes in the same order
 */
public record DataSplit(Dataset train, Dataset validation) {

  /** Refuses parts whose classes differ, since their labels would mean different things. */
  public DataSplit {
    if (!train.classes().equals(validation.classes())) {
      throw new DataException(
          "the training part has %d classes and the validation part %d: %s"
              .formatted(
                  train.classes().size(),
                  validation.classes().size(),
                  difference(train, validation)));
    }
  }

  private static String difference(Dataset train, Dataset validation) {
    Set<String> onlyTrain = new LinkedHashSet<>(train.classes());
    onlyTrain.removeAll(new HashSet<>(validation.classes()));
    Set<String> onlyValidation = new LinkedHashSet<>(validation.classes());
    onlyValidation.removeAll(new HashSet<>(train.classes()));
    if (!onlyTrain.isEmpty()) {
      return "'" + onlyTrain.iterator().next() + "' is missing in validation";
    }
    if (!onlyValidation.isEmpty()) {
      return "'" + onlyValidation.iterator().next() + "' is missing in training";
    }
    return "they are in another order";
  }
}
