package io.github.cvt4j.serve;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A client that does what it likes. */
final class Wire implements AutoCloseable {

  private final Socket socket = new Socket();

  Wire(URI server) throws IOException {
    socket.connect(new InetSocketAddress(server.getHost(), server.getPort()));
    socket.setSoTimeout((int) Client.PATIENCE.toMillis());
    socket.setTcpNoDelay(true);
  }

  void send(String latin1) throws IOException {
    send(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  /** Sends a byte now and then until the server has had enough of it. */
  void dribble(String text, long pauseMillis) throws InterruptedException {
    try {
      for (byte b : text.getBytes(StandardCharsets.ISO_8859_1)) {
        send(new byte[] {b});
        Thread.sleep(pauseMillis);
        if (socket.getInputStream().available() > 0) {
          return;
        }
      }
    } catch (IOException e) {
      return; // it hung up
    }
  }

  /** All that the server sends until it hangs up. */
  String readToEnd() {
    StringBuilder text = new StringBuilder();
    try {
      InputStream in = socket.getInputStream();
      for (int b = in.read(); b >= 0; b = in.read()) {
        text.append((char) b);
      }
    } catch (java.net.SocketTimeoutException e) {
      throw new AssertionError("the server keeps the connection open; so far: " + text, e);
    } catch (IOException e) {
      return text.toString(); // reset
    }
    return text.toString();
  }

  /** The status line's number; 0 if the server hung up before. */
  int readStatus() throws IOException {
    StringBuilder line = new StringBuilder();
    try {
      InputStream in = socket.getInputStream();
      for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
        line.append((char) b);
      }
    } catch (java.net.SocketException e) {
      return 0;
    }
    return line.toString().startsWith("HTTP/1.1 ") ? Integer.parseInt(line.substring(9, 12)) : 0;
  }

  /** Hangs up without a farewell. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
