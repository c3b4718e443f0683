package io.github.cvt4j.explain;

import io.github.cvt4j.image.Area;
import io.github.cvt4j.spec.Patch;
import io.github.cvt4j.spec.Projection;
import io.github.cvt4j.spec.Size;

/**
 * Where the cells of a grid lie on the network's input, along either axis.
 *
 * @param first centre of the first cell in pixels; a pixel's own centre is at 0.5
 * @param step from one centre to the next
 */
record Lattice(double first, double step) {

  static final Lattice PIXELS = new Lattice(0.5, 1);

  /** The grid of a token embedding on this one. */
  Lattice of(Patch patch) {
    return windows(patch.size(), patch.stride(), patch.padding());
  }

  /** The grid of keys on this one. */
  Lattice of(Projection projection) {
    return projection.method() == Projection.Method.LINEAR
        ? this
        : windows(projection.kernel(), projection.strideKv(), projection.paddingKv());
  }

  private Lattice windows(int size, int stride, int padding) {
    return new Lattice(first + step * ((size - 1) / 2.0 - padding), step * stride);
  }

  /** What the cells of a grid cover, each as large as a step. */
  Area area(Size grid) {
    double corner = first - step / 2;
    return new Area(corner, corner, step * grid.width(), step * grid.height());
  }
}
