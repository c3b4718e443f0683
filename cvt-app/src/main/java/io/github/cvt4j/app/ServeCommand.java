package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.infer.ModelSource;
import io.github.cvt4j.serve.CvtServer;
import io.github.cvt4j.serve.ServeConfig;
import io.github.cvt4j.weights.Hub;
import io.github.cvt4j.weights.HubConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "serve",
    description = {
      "Answers over HTTP what pictures show, until it is told to end (Ctrl-C, or SIGTERM).",
      "",
      "POST /v1/predict and /v1/features take pictures; /openapi.json says all that can be asked,"
          + " and / is a page to try it. The log goes to standard error, as JSON with --json."
    },
    footer = {
      "",
      "Example: ./cvt serve --weights runs/mine/best.safetensors",
      "         ./cvt serve --weights pets=best.safetensors --weights more.pth",
      "         ./cvt serve --model cvt-13 --random-weights --port 0",
      "         curl --data-binary @photo.jpg -H 'Content-Type: image/jpeg' \\",
      "             'http://127.0.0.1:8080/v1/predict?top=3'"
    })
final class ServeCommand implements Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  @Mixin private Common common;
  @Mixin private ServedModels models;
  @Mixin private ServeOptions options;
  @Mixin private EngineOptions engine;

  @Option(names = "--offline", description = "Downloads nothing; uses what is in the cache.")
  private boolean offline;

  @Override
  public void run() {
    Map<String, ModelSource> sources = models.sources();
    ServeConfig config = options.config(common.threads(), engine::fastest);
    if (common.json()) {
      Logging.asJson();
    }
    common.startEngine();
    CvtServer server = CvtServer.start(config, sources, hub());
    // SIGTERM and Ctrl-C: the JVM waits for the hook, then ends with 143 or 130, as it always does.
    Thread end = new Thread(server::close, "end");
    Runtime.getRuntime().addShutdownHook(end);
    warnOfStrangers(config);
    announce(server, sources);
    try {
      server.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Hub hub() {
    HubConfig config = HubConfig.fromEnvironment(System.getenv());
    return new Hub(
        config.withOffline(offline || config.offline()), Progress.download(common.err()));
  }

  private void announce(CvtServer server, Map<String, ModelSource> sources) {
    if (common.json()) {
      Map<String, Object> started = new LinkedHashMap<>();
      started.put("url", server.uri().toString());
      started.put("port", server.uri().getPort());
      started.put("models", sources.keySet());
      common.printJson(started);
    } else {
      common
          .out()
          .println(
              "listening at %s (%s); Ctrl-C ends"
                  .formatted(server.uri(), String.join(", ", sources.keySet())));
    }
    common.out().flush();
  }

  private static void warnOfStrangers(ServeConfig config) {
    try {
      boolean here = InetAddress.getByName(config.address().host()).isLoopbackAddress();
      if (!here && config.access().token().isEmpty()) {
        LOG.warn("everybody who reaches this machine may ask: there is no token");
      }
    } catch (UnknownHostException e) {
      throw new InvalidInputException("no host " + config.address().host(), e);
    }
  }
}
