package io.github.cvt4j.train;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.function.ToDoubleFunction;
import javax.imageio.ImageIO;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Loss above accuracy, over epochs. */
final class Curves {

  private static final int WIDTH = 800;
  private static final int HEIGHT = 450; // of each

  private Curves() {}

  /**
   * The picture as a PNG file.
   *
   * @throws IllegalStateException if this machine cannot draw, for want of fonts
   */
  static byte[] png(List<EpochResult> results) throws IOException {
    BufferedImage image = new BufferedImage(WIDTH, 2 * HEIGHT, BufferedImage.TYPE_INT_RGB);
    try {
      Graphics2D graphics = image.createGraphics();
      loss(results).paint(graphics, WIDTH, HEIGHT);
      graphics.translate(0, HEIGHT);
      accuracy(results).paint(graphics, WIDTH, HEIGHT);
      graphics.dispose();
    } catch (RuntimeException | InternalError | LinkageError e) { // what AWT throws without fonts
      throw new IllegalStateException("this machine cannot draw: " + e, e);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }

  private static XYChart loss(List<EpochResult> results) {
    XYChart chart = chart("loss");
    line(chart, "training", results, EpochResult::trainLoss);
    line(chart, "validation", results, result -> result.validation().loss());
    return chart;
  }

  private static XYChart accuracy(List<EpochResult> results) {
    XYChart chart = chart("accuracy in %");
    line(chart, "training (augmented)", results, result -> 100 * result.trainTop1());
    line(chart, "validation", results, result -> 100 * result.validation().top1());
    line(chart, "validation top 5", results, result -> 100 * result.validation().top5());
    return chart;
  }

  private static XYChart chart(String quantity) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .xAxisTitle("epoch")
            .yAxisTitle(quantity)
            .build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setXAxisDecimalPattern("0");
    return chart;
  }

  private static void line(
      XYChart chart, String name, List<EpochResult> results, ToDoubleFunction<EpochResult> value) {
    double[] epochs = results.stream().mapToDouble(EpochResult::epoch).toArray();
    chart
        .addSeries(name, epochs, results.stream().mapToDouble(value).toArray())
        .setMarker(results.size() == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
  }
}
