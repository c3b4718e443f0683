package io.github.cvt4j.infer;

/**
 * One of the classes that a picture may show.
 *
 * @param index the class's number
 * @param label its name, or its number where names are unknown
 * @param probability after softmax over all classes, 0 to 1
 */
public record Prediction(int index, String label, double probability) {}
