/**
 * Looking inside a model: where its attention goes, what spoke for a class, what its maps hold.
 * Start at {@link io.github.cvt4j.explain.Explainer}.
 */
package io.github.cvt4j.explain;
