package io.github.cvt4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.Connection;
import org.junit.jupiter.api.Test;

class HeaderTimeoutTest {

  @Test
  void aConnectionThatFailsDoesNotEndTheSweep() {
    HeaderTimeout headers = new HeaderTimeout(Duration.ofSeconds(1));
    AtomicInteger looks = new AtomicInteger();
    for (int i = 0; i < 3; i++) {
      headers.onOpened(broken(looks));
    }
    headers.sweep();
    assertThat(looks).as("connections looked at").hasValue(3);
  }

  private static Connection broken(AtomicInteger looks) {
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "hashCode" -> System.identityHashCode(proxy);
                  case "equals" -> proxy == arguments[0];
                  case "toString" -> "broken";
                  default -> {
                    looks.incrementAndGet();
                    throw new IllegalStateException("broken, as a test");
                  }
                });
  }
}
