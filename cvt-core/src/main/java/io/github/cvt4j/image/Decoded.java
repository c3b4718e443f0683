package io.github.cvt4j.image;

/** Pixels as stored, and how the file asks for them to be turned. */
record Decoded(RgbImage pixels, Orientation orientation) {}
