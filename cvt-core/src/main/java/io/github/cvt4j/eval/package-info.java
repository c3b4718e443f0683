/**
 * How well a model does: {@link io.github.cvt4j.eval.Metrics} of any forward function over batches.
 */
package io.github.cvt4j.eval;
