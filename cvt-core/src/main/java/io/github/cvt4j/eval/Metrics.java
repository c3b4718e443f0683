package io.github.cvt4j.eval;

/**
 * How well a model does on labelled pictures.
 *
 * @param count pictures
 * @param top1 share of pictures whose class has the highest logit, 0 to 1
 * @param top5 share whose class is among the five highest, or among all of fewer classes
 * @param loss mean cross-entropy in nats; NaN where a logit is
 */
public record Metrics(long count, double top1, double top5, double loss) {}
