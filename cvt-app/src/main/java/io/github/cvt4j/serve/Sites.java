package io.github.cvt4j.serve;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.jetty.server.Request;

/**
 * Keeps web sites from using the service through the browsers of those who visit them: a browser
 * reaches what listens on its own machine alone, and a site may give this machine's address to a
 * name of its own. Immutable and thread-safe.
 */
final class Sites {

  private final boolean loopback;
  private final Set<String> names;

  /**
   * @param host where the service listens
   */
  Sites(String host) {
    loopback = isLoopback(host);
    names = new TreeSet<>(List.of("localhost", "127.0.0.1", "[::1]", bracketed(host)));
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false; // nobody can listen there
    }
  }

  private static String bracketed(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    return name.contains(":") && !name.startsWith("[") ? "[" + name + "]" : name;
  }

  /**
   * Lets a request pass that no other site has made.
   *
   * @param anyName whether it may be meant for any host, as those of load balancers are
   * @throws Problem 403 if another site made it; 421 if the service listens on a loopback address
   *     and the request is for a host of another name
   */
  void check(Request request, boolean anyName) {
    if ("cross-site".equalsIgnoreCase(request.getHeaders().get("Sec-Fetch-Site"))) {
      throw Problem.of(403, "the request was made by another web site");
    }
    // Without a Host header, which no browser leaves out, this is the address it came to.
    String name = bracketed(Request.getServerName(request));
    if (loopback && !anyName && !names.contains(name)) {
      throw Problem.of(
          421, "a request for the host '%s'; expected one of %s".formatted(name, names));
    }
  }
}
