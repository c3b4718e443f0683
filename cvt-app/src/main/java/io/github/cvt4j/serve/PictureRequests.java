package io.github.cvt4j.serve;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/** Answers requests that bring pictures for a model. Thread-safe. */
final class PictureRequests {

  private final Models models;
  private final Bodies bodies;
  private final Executor executor;

  /**
   * @param executor writes the answers, so that the threads that compute need not
   */
  PictureRequests(Models models, Bodies bodies, Executor executor) {
    this.models = models;
    this.bodies = bodies;
    this.executor = executor;
  }

  /**
   * What is done with the pictures of a request.
   *
   * @param mostPictures that the request may bring
   * @param compute may throw instead of failing later
   * @param document what is computed, as it is sent
   */
  record Work<T>(
      int mostPictures,
      Function<List<byte[]>, CompletableFuture<T>> compute,
      Function<T, Object> document) {}

  /**
   * Answers a request with what its model makes of its pictures. The model stays in memory for so
   * long.
   *
   * @param plan what the query asks of the model; what it throws refuses the request before its
   *     body is read
   */
  @SuppressWarnings("FutureReturnValueIgnored") // it ends in an answer, whatever happens
  <T> void answer(Exchange exchange, Query query, Function<ServedModel, Work<T>> plan) {
    ServedModel model = models.acquire(query.text("model"));
    try {
      exchange.detail("model", model.name());
      Work<T> work = plan.apply(model);
      bodies
          .read(exchange.request())
          .thenCompose(body -> compute(exchange.request(), body, work))
          .thenApplyAsync(work.document, executor)
          .whenComplete(
              (document, failure) -> {
                model.release();
                if (failure == null) {
                  exchange.json(200, document);
                } else {
                  exchange.fail(failure);
                }
              });
    } catch (RuntimeException | Error e) {
      model.release();
      throw e;
    }
  }

  private static <T> CompletableFuture<T> compute(Request request, Body body, Work<T> work) {
    try {
      String type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
      List<byte[]> files = Uploads.of(type, body.bytes(), work.mostPictures);
      return work.compute.apply(files).whenComplete((done, failure) -> body.close());
    } catch (RuntimeException | Error e) {
      body.close();
      throw e;
    }
  }
}
