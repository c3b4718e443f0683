package io.github.cvt4j.app;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;

/**
 * Standard output as a stream that fails when the disk is full, unlike {@link System#out}, but not
 * when its reader has seen enough, as in {@code ./cvt models | head -1}.
 */
final class StandardOutput extends FilterOutputStream {

  StandardOutput() {
    super(new FileOutputStream(FileDescriptor.out));
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      if (!"Broken pipe".equals(e.getMessage())) {
        throw e;
      }
    }
  }
}
