/**
 * How well a model does: {@link io.github.cvt4j.eval.Evaluator} runs any forward function over
 * batches, {@link io.github.cvt4j.eval.EvaluationCounter} adds up an {@link
 * io.github.cvt4j.eval.Evaluation} by a {@link io.github.cvt4j.eval.ClassMap} from the model's
 * outputs to the data's classes.
 */
package io.github.cvt4j.eval;
