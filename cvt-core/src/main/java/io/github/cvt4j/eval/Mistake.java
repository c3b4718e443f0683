package io.github.cvt4j.eval;

/**
 * A picture that was taken for something else.
 *
 * @param index of the picture in the data set
 * @param label its class in the data
 * @param predicted the class of the data that it was taken for
 * @param confidence that prediction's probability among the data's classes, 0 to 1
 */
public record Mistake(int index, int label, int predicted, double confidence) {}
