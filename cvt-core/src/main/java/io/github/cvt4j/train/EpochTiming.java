package io.github.cvt4j.train;

/**
 * How long an epoch took; of a resumed epoch, the part since resuming.
 *
 * @param epoch from 1
 * @param imagesPerSecond training pictures over training time
 * @param dataWaitShare share of the training time spent waiting for pictures, 0 to 1
 * @param trainSeconds time spent training
 * @param validationSeconds time spent validating
 */
public record EpochTiming(
    int epoch,
    double imagesPerSecond,
    double dataWaitShare,
    double trainSeconds,
    double validationSeconds) {}
