package io.github.cvt4j.serve;

import io.github.cvt4j.infer.Prediction;
import io.github.cvt4j.serve.PictureRequests.Work;
import io.github.cvt4j.serve.Route.Guard;
import io.github.cvt4j.spec.Preprocess;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;

/** What a model makes of pictures. Thread-safe. */
final class InferenceRoutes {

  private static final int MOST_CLASSES = 1_000_000;

  /** Pictures would have to be made that many times larger than what is kept of them. */
  private static final double SMALLEST_CROP = 0.01;

  private final PictureRequests requests;
  private final Inference inference;
  private final int mostPictures;

  InferenceRoutes(PictureRequests requests, Inference inference, int mostPictures) {
    this.requests = requests;
    this.inference = inference;
    this.mostPictures = mostPictures;
  }

  List<Route> routes() {
    return List.of(
        new Route(
            "POST",
            "/v1/predict",
            Set.of("model", "top", "crop", "logits"),
            Guard.USER,
            (exchange, query, name) -> predict(exchange, query)),
        new Route(
            "POST",
            "/v1/features",
            Set.of("model", "crop"),
            Guard.USER,
            (exchange, query, name) -> features(exchange, query)));
  }

  /** The answer to a request for predictions or features. */
  private record Answer(String model, List<?> results, Timing timing, int batch) {}

  @SuppressWarnings("ArrayRecordComponent") // only written as JSON
  private record Predicted(List<Prediction> predictions, float[] logits) {}

  @SuppressWarnings("ArrayRecordComponent") // only written as JSON
  private record Features(float[] features) {}

  /**
   * Where the time went, in milliseconds; of several pictures, the longest.
   *
   * @param totalMs since the request's first byte
   */
  private record Timing(double decodeMs, double queueMs, double computeMs, double totalMs) {}

  private void predict(Exchange exchange, Query query) {
    int top = query.integer("top", 5, 1, MOST_CLASSES);
    boolean logits = query.flag("logits");
    run(
        exchange,
        query,
        Output.LOGITS,
        (model, values) -> new Predicted(model.ranked(values, top), logits ? values : null));
  }

  private void features(Exchange exchange, Query query) {
    run(exchange, query, Output.FEATURES, (model, values) -> new Features(values));
  }

  /** Makes a picture's part of the answer. */
  @FunctionalInterface
  private interface Result {

    Object of(ServedModel model, float[] values);
  }

  private void run(Exchange exchange, Query query, Output output, Result result) {
    requests.answer(
        exchange,
        query,
        model -> {
          if (output == Output.LOGITS && !model.hasClasses()) {
            throw Problem.of(
                422, "model '%s' has no classes: it gives features only".formatted(model.name()));
          }
          Preprocess preprocess = preprocess(model.preprocess(), query.text("crop"));
          return new Work<>(
              mostPictures,
              files -> inference.run(model, output, preprocess, files),
              done -> answer(exchange, model, done, result));
        });
  }

  private static Answer answer(
      Exchange exchange, ServedModel model, List<Job.Computed> done, Result result) {
    int batch = done.stream().mapToInt(Job.Computed::batch).max().orElse(0);
    done.forEach(one -> model.requireFinite(one.values()));
    Timing timing =
        new Timing(
            longest(done, Job.Computed::decodeNanos),
            longest(done, Job.Computed::queueNanos),
            longest(done, Job.Computed::computeNanos),
            exchange.nanos() / 1e6);
    exchange.detail("pictures", done.size());
    exchange.detail("batch", batch);
    return new Answer(
        model.name(),
        done.stream().map(one -> result.of(model, one.values())).toList(),
        timing,
        batch);
  }

  private static double longest(List<Job.Computed> done, ToLongFunction<Job.Computed> nanos) {
    return done.stream().mapToLong(nanos).max().orElse(0) / 1e6;
  }

  /** The model's way, unless the client says {@code crop=RATIO} or {@code crop=warp}. */
  private static Preprocess preprocess(Preprocess own, Optional<String> crop) {
    if (crop.isEmpty()) {
      return own;
    } else if (crop.get().equals("warp")) {
      return own.withResize(Preprocess.Resize.WARP);
    }
    try {
      double ratio = Double.parseDouble(crop.get());
      if (ratio >= SMALLEST_CROP && ratio <= 1) {
        return new Preprocess(
            own.size(), Preprocess.Resize.CROP, ratio, own.interpolation(), own.mean(), own.std());
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw Problem.of(
        400,
        "crop=%s: expected a ratio from %s to 1, or warp".formatted(crop.get(), SMALLEST_CROP));
  }
}
