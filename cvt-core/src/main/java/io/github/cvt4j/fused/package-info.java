/**
 * Inference as fast as the processor allows: a second implementation of the network, built from a
 * checkpoint's tensors alone, with batch norm folded, weights in the kernels' own layout, and
 * activations and residual sums inside the matrix products. Nothing here has gradients.
 */
package io.github.cvt4j.fused;
