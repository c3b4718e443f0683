package io.github.cvt4j.weights;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A response body that is pulled chunk by chunk. The HTTP client has no time-out between reads;
 * here each pull has one. One chunk is fetched ahead, never more.
 */
final class HubBody implements Flow.Subscriber<List<ByteBuffer>>, AutoCloseable {

  /** What the network thread hands over: a chunk, a failure, or neither at the end. */
  private record Event(List<ByteBuffer> chunk, Throwable failure) {}

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final Duration stall;
  private Flow.Subscription subscription;
  private boolean closed;

  HubBody(Flow.Publisher<List<ByteBuffer>> publisher, Duration stall) {
    this.stall = stall;
    publisher.subscribe(this);
  }

  /**
   * The next chunk, or empty at the end.
   *
   * @throws IOException if the connection breaks or is silent for too long
   */
  Optional<List<ByteBuffer>> next() throws IOException, InterruptedException {
    Event event = events.poll(stall.toMillis(), TimeUnit.MILLISECONDS);
    if (event == null) {
      throw new SocketTimeoutException(
          "the server has sent nothing for %d ms".formatted(stall.toMillis()));
    }
    if (event.failure() != null) {
      throw new IOException(
          "the connection broke off (%s)".formatted(HubId.shown("" + event.failure().getMessage())),
          event.failure());
    }
    if (event.chunk() != null) {
      request();
    }
    return Optional.ofNullable(event.chunk());
  }

  @Override
  public synchronized void onSubscribe(Flow.Subscription given) {
    subscription = given;
    if (closed) {
      given.cancel();
    } else {
      given.request(1);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> chunk) {
    events.add(new Event(chunk, null));
  }

  @Override
  public void onError(Throwable failure) {
    events.add(new Event(null, failure));
  }

  @Override
  public void onComplete() {
    events.add(new Event(null, null));
  }

  /** Drops the rest of the body and with it the connection. */
  @Override
  public synchronized void close() {
    closed = true;
    if (subscription != null) {
      subscription.cancel();
    }
  }

  private synchronized void request() {
    if (!closed) {
      subscription.request(1);
    }
  }
}
