package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Size;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * Drawn shapes of ten classes, made when asked for: no download, and enough to see whether a model
 * learns. Shape, place, size, tilt and colours are random, on a noisy gradient crossed by lines, so
 * that no pixel alone tells the class. A picture depends on seed, part and index only, to the bit
 * on every platform. Labels go round: picture i is of class i modulo 10.
 *
 * @param part training and validation pictures are drawn from unrelated random streams
 * @param size number of pictures
 * @param side height and width in pixels
 * @param seed other seeds give other pictures
 */
public record Shapes(Part part, int size, int side, long seed) implements Dataset {

  /** Which of two disjoint sets. */
  public enum Part {
    TRAIN(1),
    VALIDATION(2);

    private final int stream;

    Part(int stream) {
      this.stream = stream;
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // handed on at once
  private record Drawing(RgbImage picture, double[] mask) {}

  private static final List<Shape> SHAPES = List.of(Shape.values());
  private static final List<String> CLASSES = SHAPES.stream().map(Shape::label).toList();

  /** Greatest change of a channel across the background. */
  private static final int GRADIENT = 30;

  /**
   * Least difference between shape and background in their most different channel. Below (255 -
   * {@link #GRADIENT}) / 2, so that there is such a colour for every background.
   */
  private static final int CONTRAST = 100;

  public Shapes {
    if (size < 1) {
      throw new DataException(size + " generated shapes: expected at least 1");
    }
    if (side < 8 || side > Size.MAX_SIDE / 8) {
      throw new DataException(
          "generated shapes of %d pixels: expected 8 to %d".formatted(side, Size.MAX_SIDE / 8));
    }
  }

  @Override
  public List<String> classes() {
    return CLASSES;
  }

  @Override
  public int label(int index) {
    return Objects.checkIndex(index, size) % SHAPES.size();
  }

  @Override
  public String name(int index) {
    return "shapes " + part.name().toLowerCase(Locale.ROOT) + " " + index;
  }

  @Override
  public RgbImage image(int index) {
    return draw(index).picture();
  }

  /**
   * Where the shape is: how much of each pixel it covers.
   *
   * @return side * side values from 0 to 1, row-major
   */
  public double[] mask(int index) {
    return draw(index).mask();
  }

  private Drawing draw(int index) {
    Shape shape = SHAPES.get(label(index));
    SplittableRandom random = Seeds.random(seed, part.stream, index);
    int[] from = colour(random);
    int[] to = from.clone();
    for (int c = 0; c < 3; c++) {
      to[c] = clamp(to[c] + between(random, -GRADIENT, GRADIENT));
    }
    Canvas canvas = new Canvas(side);
    canvas.gradient(turn(random), from, to);
    int lines = (int) between(random, 0, 3);
    for (int i = 0; i < lines; i++) {
      double distance = between(random, -0.4, 0.4);
      canvas.line(turn(random), distance, between(random, 0.01, 0.02), colour(random));
    }
    double radius = between(random, 0.3, 0.44);
    double x = between(random, radius, 1 - radius);
    double y = between(random, radius, 1 - radius);
    double tilt = between(random, -Math.PI / 6, Math.PI / 6);
    double squash = between(random, 0.85, 1);
    double[] mask = canvas.coverage((u, v) -> shape.contains(u / squash, v), x, y, radius, tilt);
    canvas.fill(mask, against(random, from, to));
    return new Drawing(canvas.withNoise(between(random, 0, 20), random), mask);
  }

  private static double turn(SplittableRandom random) {
    return between(random, 0, 2 * Math.PI);
  }

  private static int[] colour(SplittableRandom random) {
    return new int[] {byteValue(random), byteValue(random), byteValue(random)};
  }

  private static int byteValue(SplittableRandom random) {
    return (int) between(random, 0, 256);
  }

  /** A colour that stands out from both ends of the background. */
  private static int[] against(SplittableRandom random, int[] from, int[] to) {
    int[] colour;
    do {
      colour = colour(random);
    } while (distance(colour, from) < CONTRAST || distance(colour, to) < CONTRAST);
    return colour;
  }

  private static int distance(int[] one, int[] other) {
    int most = 0;
    for (int c = 0; c < 3; c++) {
      most = Math.max(most, Math.abs(one[c] - other[c]));
    }
    return most;
  }

  private static int clamp(double value) {
    return (int) Math.max(0, Math.min(255, value));
  }

  /** Written out, because bounded draws are not specified to the bit and Java 19 changed them. */
  private static double between(SplittableRandom random, double low, double high) {
    return low + (high - low) * random.nextDouble();
  }
}
