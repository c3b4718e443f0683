package io.github.cvt4j.explain;

import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.data.Shapes;
import io.github.cvt4j.image.RgbImage;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Small generated shapes of four classes, each somewhere on a large gray noise: about a twentieth
 * of the picture tells the class, and it is in no usual place.
 */
record Scattered(Shapes shapes) implements Dataset {

  static final int SIDE = 32;

  private static final int SHAPE = 16;
  private static final List<String> CLASSES = List.of("ring", "triangle", "cross", "hourglass");

  static Scattered of(Shapes.Part part, int size) {
    return new Scattered(
        new Shapes(part, (size + CLASSES.size() - 1) / CLASSES.size() * 10, SHAPE, 0));
  }

  @Override
  public int size() {
    return shapes.size() / shapes.classes().size() * CLASSES.size();
  }

  @Override
  public List<String> classes() {
    return CLASSES;
  }

  @Override
  public int label(int index) {
    return index % CLASSES.size();
  }

  @Override
  public String name(int index) {
    return "scattered " + shapes.name(drawn(index));
  }

  /** The shape's number among those of all classes. */
  private int drawn(int index) {
    int round = index / CLASSES.size() * shapes.classes().size();
    return round + shapes.classes().indexOf(CLASSES.get(label(index)));
  }

  private SplittableRandom random(int index) {
    return new SplittableRandom(2L * index + (shapes.part() == Shapes.Part.TRAIN ? 1 : 0));
  }

  private static int corner(SplittableRandom random) {
    int top = random.nextInt(SIDE - SHAPE + 1);
    return top * SIDE + random.nextInt(SIDE - SHAPE + 1);
  }

  @Override
  public RgbImage image(int index) {
    SplittableRandom random = random(index);
    int corner = corner(random);
    int ground = 60 + random.nextInt(136);
    byte[] pixels = new byte[3 * SIDE * SIDE];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (ground - 20 + random.nextInt(41));
    }
    byte[] shape = shapes.image(drawn(index)).pixels();
    double[] mask = shapes.mask(drawn(index));
    for (int i = 0; i < shape.length; i++) {
      double covered = mask[i / 3];
      int at = 3 * place(corner, i / 3) + i % 3;
      pixels[at] =
          (byte) Math.rint(covered * (shape[i] & 0xff) + (1 - covered) * (pixels[at] & 0xff));
    }
    return new RgbImage(SIDE, SIDE, pixels);
  }

  /** How much of each pixel the shape covers. */
  double[] mask(int index) {
    int corner = corner(random(index));
    double[] shape = shapes.mask(drawn(index));
    double[] mask = new double[SIDE * SIDE];
    for (int i = 0; i < shape.length; i++) {
      mask[place(corner, i)] = shape[i];
    }
    return mask;
  }

  private static int place(int corner, int pixel) {
    return corner + pixel / SHAPE * SIDE + pixel % SHAPE;
  }
}
