/**
 * Pictures with labels, and how they become batches: {@link io.github.cvt4j.data.DataSource} finds
 * a {@link io.github.cvt4j.data.Dataset}, a {@link io.github.cvt4j.data.Transform} augments and
 * normalises a picture, and a {@link io.github.cvt4j.data.Loader} does so on its own threads and
 * hands out batches in direct buffers. Nothing here knows libtorch.
 */
package io.github.cvt4j.data;
