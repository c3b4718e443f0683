package io.github.cvt4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CachedDatasetTest {

  @Test
  void cachedPicturesAreDecodedOnceWithinTheBound() {
    AtomicInteger decoded = new AtomicInteger();
    Dataset source = Pictures.numbered(10, 8);
    Dataset counting = Pictures.counting(source, decoded);
    Dataset cached = new CachedDataset(counting, 6 * (8 * 8 * 3 + 56));
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 10; i++) {
        assertThat(cached.image(i).pixels()).isEqualTo(source.image(i).pixels());
      }
    }
    assertThat(decoded.get()).as("6 once, 4 three times").isEqualTo(6 + 3 * 4);
    assertThat(cached.size()).isEqualTo(10);
    assertThat(cached.name(3)).isEqualTo("picture 3");
  }
}
