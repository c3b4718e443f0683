/**
 * A CvT as an ONNX model: the graph written out like the network's forward pass, with the weights
 * folded where that is exact but for rounding, and everything a user needs to know in its metadata.
 * Without libtorch.
 */
package io.github.cvt4j.onnx;
