package io.github.cvt4j.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/**
 * Versions of ours, libtorch and the JVM. They come from the build, so that {@code --version}
 * answers at once and on machines where libtorch does not load.
 */
final class Version implements IVersionProvider {

  private static final Properties BUILT = built();

  private static Properties built() {
    Properties built = new Properties();
    try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
      built.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return built;
  }

  /** Of cvt4j, such as {@code 1.2.3}. */
  static String ours() {
    return BUILT.getProperty("cvt4j");
  }

  @Override
  public String[] getVersion() {
    // The bindings' version is libtorch's and JavaCPP's own, with a hyphen between.
    String[] bindings = BUILT.getProperty("bindings").split("-", 2);
    return new String[] {
      "cvt4j " + ours(),
      "libtorch %s (JavaCPP %s, %s)"
          .formatted(bindings[0], bindings[1], BUILT.getProperty("platform")),
      "Java %s (%s, %s %s)"
          .formatted(
              Runtime.version(),
              System.getProperty("java.vm.vendor"),
              System.getProperty("os.name"),
              System.getProperty("os.arch"))
    };
  }
}
