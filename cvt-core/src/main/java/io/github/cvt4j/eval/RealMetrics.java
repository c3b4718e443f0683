package io.github.cvt4j.eval;

/**
 * Accuracy by {@link RealLabels}.
 *
 * @param count pictures with at least one label
 * @param top1 share of them whose predicted class is one of their labels, 0 to 1; NaN without any
 * @param top5 share with a label among the five highest
 */
public record RealMetrics(long count, double top1, double top5) {}
