package io.github.cvt4j.app.page;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.cvt4j.explain.ExplanationDocument;
import io.github.cvt4j.explain.Method;
import io.github.cvt4j.explain.Overlay;
import io.github.cvt4j.explain.Question;
import io.github.cvt4j.image.Area;
import io.github.cvt4j.image.DecodeOptions;
import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.image.ImageException;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Size;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The HTTP service's answers without a network behind them: a picture is as red, green and blue as
 * its channels are bright, and every map has its largest value somewhere else.
 */
final class StubService implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** As the real service sends it with the page. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html", "js", "text/javascript", "css", "text/css", "svg", "image/svg+xml");

  /** A model whose author means ill. */
  static final String HOSTILE = "hostile";

  static final String MARKUP = "<img src=icon.svg onload=document.body.remove()><b>";

  private static final List<String> CLASSES = List.of("red", "green", "blue");

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Semaphore looks = new Semaphore(1 << 20);
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile String refused = "";
  private volatile String token = "";

  StubService() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::page);
    server.createContext("/v1/models", exchange -> send(exchange, 200, Map.of("models", models())));
    server.createContext("/v1/predict", exchange -> answer(exchange, this::predict));
    server.createContext("/v1/explain", exchange -> answer(exchange, this::explain));
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
  }

  /** Queries of looks since the last call, those that still wait included. */
  List<String> looksAsked() {
    List<String> queries = List.copyOf(asked);
    asked.clear();
    return queries;
  }

  /** Lets no look be answered until {@link #release}. */
  void hold() {
    looks.drainPermits();
  }

  void release() {
    looks.release(1 << 20);
  }

  /** Answers 429 where the path with its query has these words in it; nowhere if they are empty. */
  void refuse(String words) {
    refused = words;
  }

  /** Answers 401 to who does not send this token; anybody may ask if it is empty. */
  void demand(String secret) {
    token = secret;
  }

  private void page(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String name = path.equals("/") ? "index.html" : path.substring(1);
    try (InputStream in = StubService.class.getResourceAsStream("/web/" + name)) {
      if (in == null) {
        send(exchange, 404, Map.of("title", "Not found", "status", 404, "detail", path));
        return;
      }
      byte[] bytes = in.readAllBytes();
      String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
      exchange.getResponseHeaders().set("Content-Type", type + "; charset=utf-8");
      exchange.getResponseHeaders().set("Content-Security-Policy", POLICY);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    }
  }

  private interface Answer {
    Object of(RgbImage picture, Map<String, String> query);
  }

  private void answer(HttpExchange exchange, Answer answer) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    if (exchange.getRequestURI().getPath().endsWith("/explain")) {
      asked.add(exchange.getRequestURI().getQuery());
      looks.acquireUninterruptibly();
    }
    if (!refused.isEmpty() && exchange.getRequestURI().toString().contains(refused)) {
      send(exchange, 429, Map.of("title", "Too Many Requests", "status", 429));
      return;
    }
    if (!token.isEmpty()
        && !("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      send(exchange, 401, Map.of("title", "Unauthorized", "status", 401, "detail", "no token"));
      return;
    }
    Map<String, String> query = new LinkedHashMap<>();
    Stream.of(exchange.getRequestURI().getQuery().split("&"))
        .map(pair -> pair.split("=", 2))
        .forEach(pair -> query.put(pair[0], pair[1]));
    try {
      RgbImage picture = ImageDecoder.decode(body, "the picture", DecodeOptions.DEFAULT);
      send(exchange, 200, answer.of(picture, query));
    } catch (ImageException e) {
      send(
          exchange,
          415,
          Map.of(
              "type",
              "about:blank",
              "title",
              "Bad picture",
              "status",
              415,
              "detail",
              e.getMessage()));
    }
  }

  private static void send(HttpExchange exchange, int status, Object body) throws IOException {
    byte[] bytes = JSON.writeValueAsBytes(body);
    exchange
        .getResponseHeaders()
        .set("Content-Type", status < 400 ? "application/json" : "application/problem+json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static List<Object> models() {
    List<Object> models = new ArrayList<>();
    for (String name : List.of("colours", "colours-large", "colours-blind", HOSTILE)) {
      Map<String, Object> model = new LinkedHashMap<>();
      model.put("name", name);
      model.put("default", name.equals("colours"));
      model.put("looks", !name.endsWith("blind"));
      model.put("classes", CLASSES.size());
      model.put("labels_known", true);
      model.put("size", List.of(32, 32));
      model.put("parameters", 912_345);
      model.put("engine", "eager");
      model.put("dtype", "fp32");
      model.put("stages", stages(name));
      model.put(
          "provenance",
          Map.of(
              "data",
              name.equals(HOSTILE) ? MARKUP : "colour folders",
              "metrics",
              Map.of("top1", 0.987, "epoch", 7)));
      models.add(model);
    }
    return models;
  }

  /** The second model has one more stage and more heads. */
  private static List<Object> stages(String model) {
    List<Object> stages = new ArrayList<>();
    int count = model.endsWith("large") ? 3 : 2;
    for (int stage = 0; stage < count; stage++) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("stage", stage);
      one.put("blocks", 1 + stage);
      one.put("heads", 1 + 2 * stage);
      one.put("grid", List.of(16 >> stage, 16 >> stage));
      one.put("cls", stage == count - 1);
      stages.add(one);
    }
    return stages;
  }

  /** The large model is surer. */
  private static List<Map<String, Object>> predictions(
      RgbImage picture, Map<String, String> query) {
    double[] scores = new double[CLASSES.size()];
    byte[] pixels = picture.pixels();
    for (int i = 0; i < pixels.length; i++) {
      scores[i % 3] += (pixels[i] & 0xff) / 255.0 / (pixels.length / 3.0);
    }
    double sharpness = query.get("model").endsWith("large") ? 12 : 6;
    double sum = IntStream.range(0, 3).mapToDouble(k -> Math.exp(sharpness * scores[k])).sum();
    List<Map<String, Object>> predictions = new ArrayList<>();
    for (int k = 0; k < CLASSES.size(); k++) {
      Map<String, Object> prediction = new LinkedHashMap<>();
      prediction.put("index", k);
      prediction.put("label", query.get("model").equals(HOSTILE) ? MARKUP + k : CLASSES.get(k));
      prediction.put("probability", Math.exp(sharpness * scores[k]) / sum);
      predictions.add(prediction);
    }
    predictions.sort(Comparator.comparingDouble(p -> -(double) p.get("probability")));
    return predictions;
  }

  private Object predict(RgbImage picture, Map<String, String> query) {
    return Map.of(
        "model",
        query.get("model"),
        "results",
        List.of(Map.of("predictions", predictions(picture, query))),
        "timing",
        Map.of("decode_ms", 0.4, "queue_ms", 0.1, "compute_ms", 3.25, "total_ms", 4.0),
        "batch",
        1);
  }

  private Object explain(RgbImage picture, Map<String, String> query) {
    Method method = Method.valueOf(query.get("method").toUpperCase(Locale.ROOT));
    List<Object> stages = stages(query.get("model"));
    int stage = number(query, "stage").orElse(method == Method.ROLLOUT ? 0 : stages.size() - 1);
    OptionalInt block =
        method == Method.ROLLOUT
            ? OptionalInt.empty()
            : OptionalInt.of(number(query, "block").orElse(stage));
    OptionalInt head =
        "mean".equals(query.get("head")) ? OptionalInt.empty() : number(query, "head");
    OptionalInt category =
        method == Method.GRADCAM
            ? OptionalInt.of(
                number(query, "class")
                    .orElse((int) predictions(picture, query).get(0).get("index")))
            : OptionalInt.empty();
    Question question =
        new Question(method, OptionalInt.of(stage), block, head, Optional.empty(), category);
    Size grid = Size.square(16 >> stage);
    int side = Math.min(picture.height(), picture.width());
    Area seen =
        new Area((picture.width() - side) / 2.0, (picture.height() - side) / 2.0, side, side);
    double cell = (double) side / grid.width();
    Area area = new Area(seen.x() - 0.4 * cell, seen.y() - 0.4 * cell, side, side);
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("model", query.get("model"));
    answer.put("method", query.get("method"));
    answer.put("predictions", predictions(picture, query).subList(0, 1));
    answer.put(
        "picture",
        Map.of(
            "width",
            picture.width(),
            "height",
            picture.height(),
            "crop",
            Map.of("x", seen.x(), "y", seen.y(), "width", seen.width(), "height", seen.height())));
    answer.put("stages", stages);
    answer.put(
        "map", ExplanationDocument.map(new Overlay(question, grid, area, values(question, grid))));
    return answer;
  }

  private static OptionalInt number(Map<String, String> query, String name) {
    return query.containsKey(name)
        ? OptionalInt.of(Integer.parseInt(query.get(name)))
        : OptionalInt.empty();
  }

  /** A bump whose place depends on the whole question. */
  private static float[] values(Question question, Size grid) {
    int channels = question.method() == Method.COMPONENTS ? 3 : 1;
    float[] values = new float[(int) grid.area() * channels];
    double turn =
        question.block().orElse(0)
            + 0.7 * question.head().orElse(-1)
            + 2.3 * question.method().name().length();
    double x = grid.width() * (0.5 + 0.25 * Math.cos(turn));
    double y = grid.height() * (0.5 + 0.25 * Math.sin(turn));
    for (int i = 0; i < values.length; i++) {
      int cell = i / channels;
      int row = cell / grid.width();
      double right = cell % grid.width() + 0.5 - x;
      double down = row + 0.5 - y;
      double near = Math.exp(-(right * right + down * down) * 12 / grid.area());
      values[i] = (float) (channels == 1 ? near : Math.abs(near - 0.4 * (i % 3)));
    }
    return values;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
