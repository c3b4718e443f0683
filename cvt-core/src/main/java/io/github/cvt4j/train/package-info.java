/**
 * Training: {@link io.github.cvt4j.train.TrainConfig} reads an experiment, {@link
 * io.github.cvt4j.train.Trainer} runs it and keeps a {@link io.github.cvt4j.train.RunFolder}.
 * Schedules, parameter groups, optimizers and losses stand on their own.
 */
package io.github.cvt4j.train;
