package io.github.cvt4j.app.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A headless Chromium with one tab, driven over its DevTools protocol
 * (chromedevtools.github.io/devtools-protocol): real keys, real drops, real pixels.
 */
final class Browser implements AutoCloseable {

  private static final long SECONDS = 120; // for anything, on a busy machine
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "chrome");

  /** DOM names of keys, with the codes that Chromium wants. */
  private static final Map<String, Integer> KEYS =
      Map.of(
          "Tab",
          9,
          "Enter",
          13,
          " ",
          32,
          "End",
          35,
          "Home",
          36,
          "ArrowLeft",
          37,
          "ArrowUp",
          38,
          "ArrowRight",
          39,
          "ArrowDown",
          40);

  private final Process process;
  private final WebSocket socket;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> replies = new ConcurrentHashMap<>();
  private final BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();

  /** The program, if there is one on the path. */
  static Optional<Path> installed() {
    return NAMES.stream()
        .flatMap(
            name ->
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                    .map(folder -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts one.
   *
   * @param profile an empty folder
   */
  Browser(Path program, Path profile) throws Exception {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(
        List.of(
            "--headless",
            "--no-sandbox", // Chromium's own does not start for root
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--remote-debugging-port=0",
            "--user-data-dir=" + profile,
            "--window-size=1200,900",
            "about:blank"));
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(profile.resolve("chromium.log").toFile())
            .start();
    try {
      socket = connect(profile);
      for (String domain : List.of("Page", "Runtime", "Log", "DOM", "Accessibility")) {
        call(domain + ".enable");
      }
    } catch (Exception e) {
      end(process);
      throw e;
    }
  }

  private WebSocket connect(Path profile) throws Exception {
    Path portFile = profile.resolve("DevToolsActivePort");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!Files.exists(portFile) || Files.readAllLines(portFile).size() < 2) {
      if (System.nanoTime() > end || !process.isAlive()) {
        throw new IOException(
            "chromium did not start: " + Files.readString(profile.resolve("chromium.log")));
      }
      Thread.sleep(50);
    }
    String port = Files.readAllLines(portFile).get(0);
    HttpClient http = HttpClient.newHttpClient();
    URI list = URI.create("http://127.0.0.1:" + port + "/json/list");
    while (true) {
      HttpResponse<String> reply =
          http.send(HttpRequest.newBuilder(list).build(), HttpResponse.BodyHandlers.ofString());
      for (JsonNode target : JSON.readTree(reply.body())) {
        if (target.get("type").asText().equals("page")) {
          return http.newWebSocketBuilder()
              .buildAsync(URI.create(target.get("webSocketDebuggerUrl").asText()), new Listener())
              .get(SECONDS, TimeUnit.SECONDS);
        }
      }
      Thread.sleep(50);
    }
  }

  private final class Listener implements WebSocket.Listener {

    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      message.append(part);
      if (last) {
        try {
          JsonNode node = JSON.readTree(message.toString());
          if (node.has("id")) {
            replies.remove(node.get("id").asInt()).complete(node);
          } else {
            events.add(node);
          }
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
        message.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  /**
   * One command of the protocol.
   *
   * @param parameters names and values in turn
   */
  JsonNode call(String method, Object... parameters) throws Exception {
    int id = ids.incrementAndGet();
    ObjectNode request = JSON.createObjectNode().put("id", id).put("method", method);
    ObjectNode params = request.putObject("params");
    for (int i = 0; i < parameters.length; i += 2) {
      params.set((String) parameters[i], JSON.valueToTree(parameters[i + 1]));
    }
    CompletableFuture<JsonNode> reply = new CompletableFuture<>();
    replies.put(id, reply);
    socket.sendText(request.toString(), true).get(SECONDS, TimeUnit.SECONDS);
    JsonNode answer = reply.get(SECONDS, TimeUnit.SECONDS);
    if (answer.has("error")) {
      throw new IOException(method + ": " + answer.get("error"));
    }
    return answer.get("result");
  }

  /** The value of an expression in the page; promises are awaited. */
  JsonNode evaluate(String expression) throws Exception {
    JsonNode result =
        call(
            "Runtime.evaluate",
            "expression",
            expression,
            "awaitPromise",
            true,
            "returnByValue",
            true);
    if (result.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + result.get("exceptionDetails"));
    }
    return result.get("result").path("value");
  }

  String text(String expression) throws Exception {
    return evaluate(expression).asText();
  }

  /** Waits until an expression is true. */
  void await(String expression) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!evaluate("Boolean(" + expression + ")").asBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError(
            "never true: " + expression + "; the page says: " + text("document.body.innerText"));
      }
      Thread.sleep(20);
    }
  }

  /** The next event of that name; others before it are dropped. */
  JsonNode event(String method) throws Exception {
    JsonNode event;
    do {
      event = events.poll(SECONDS, TimeUnit.SECONDS);
      if (event == null) {
        throw new AssertionError("no event " + method);
      }
    } while (!event.get("method").asText().equals(method));
    return event.get("params");
  }

  /** Errors that the page has thrown or logged so far. */
  List<String> complaints() {
    return events.stream()
        .filter(
            event ->
                event.get("method").asText().equals("Runtime.exceptionThrown")
                    || (event.get("method").asText().equals("Log.entryAdded")
                        && event.at("/params/entry/level").asText().equals("error")))
        .map(JsonNode::toString)
        .toList();
  }

  void open(String url) throws Exception {
    evaluate("document.documentElement.dataset.ready = ''"); // of the page before
    events.clear();
    call("Page.navigate", "url", url);
    await("document.documentElement?.dataset.ready");
  }

  /** Presses and lets go of a key, by its DOM name. */
  void press(String key) throws Exception {
    String text = key.equals("Enter") ? "\r" : key.equals(" ") ? " " : "";
    for (String type : List.of("keyDown", "keyUp")) {
      call(
          "Input.dispatchKeyEvent",
          "type",
          type,
          "key",
          key,
          "code",
          key.equals(" ") ? "Space" : key,
          "text",
          type.equals("keyDown") ? text : "",
          "windowsVirtualKeyCode",
          KEYS.get(key));
    }
  }

  /** Drags a file in from outside and drops it on an element. */
  void drop(Path file, String selector) throws Exception {
    JsonNode place =
        evaluate(
            "(() => { const r = document.querySelector('%s').getBoundingClientRect();"
                    .formatted(selector)
                + " return [r.x + r.width / 2, r.y + r.height / 2]; })()");
    for (String type : List.of("dragEnter", "dragOver", "drop")) {
      call(
          "Input.dispatchDragEvent",
          "type",
          type,
          "x",
          place.get(0),
          "y",
          place.get(1),
          "data",
          Map.of("items", List.of(), "files", List.of(file.toString()), "dragOperationsMask", 1));
    }
  }

  /** The window's pixels, as PNG. */
  byte[] screenshot() throws Exception {
    JsonNode shot = call("Page.captureScreenshot", "captureBeyondViewport", true);
    return Base64.getDecoder().decode(shot.get("data").asText());
  }

  @Override
  public void close() throws Exception {
    socket.abort();
    end(process);
  }

  private static void end(Process process) throws InterruptedException {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
