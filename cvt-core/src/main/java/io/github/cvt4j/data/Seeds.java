package io.github.cvt4j.data;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** One seed made from several numbers, so that what is random depends on them and nothing else. */
final class Seeds {

  private Seeds() {}

  /** A generator for the given numbers; other numbers, or another order, give unrelated draws. */
  static SplittableRandom random(long... numbers) {
    long state = 0;
    for (long number : numbers) {
      state = mix(state + mix(number + 0x9e3779b97f4a7c15L));
    }
    return new SplittableRandom(state);
  }

  /** The numbers 0 to {@code size - 1} in random order (Fisher-Yates, inside out). */
  static int[] permutation(int size, RandomGenerator random) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  /** SplitMix64's finaliser (Stafford's variant 13): every input bit reaches every output bit. */
  private static long mix(long bits) {
    bits = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
    bits = (bits ^ bits >>> 27) * 0x94d049bb133111ebL;
    return bits ^ bits >>> 31;
  }
}
