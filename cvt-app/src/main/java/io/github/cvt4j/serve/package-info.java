/**
 * The HTTP service: one Jetty server, and for each model a {@link io.github.cvt4j.serve.Batcher}
 * that computes what several clients send as one batch.
 *
 * <p>The way of a request: {@link io.github.cvt4j.serve.Front} takes it, {@link
 * io.github.cvt4j.serve.Router} finds who answers, {@link io.github.cvt4j.serve.BodyReader} reads
 * it without holding a thread, {@link io.github.cvt4j.serve.Uploads} takes the pictures out, and
 * {@link io.github.cvt4j.serve.Inference} decodes them and waits for the batcher.
 */
package io.github.cvt4j.serve;
