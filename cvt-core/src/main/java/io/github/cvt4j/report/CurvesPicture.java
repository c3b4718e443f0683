package io.github.cvt4j.report;

import java.awt.Color;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Loss above accuracy, over epochs, as a picture. */
final class CurvesPicture {

  private static final int WIDTH = 800;
  private static final int HEIGHT = 450; // of each

  private CurvesPicture() {}

  /**
   * The picture as a PNG file.
   *
   * @param metrics at least one epoch
   * @throws IOException if this machine cannot draw, for want of fonts
   */
  static byte[] png(History metrics) throws IOException {
    return Drawing.png(
        WIDTH,
        2 * HEIGHT,
        graphics -> {
          loss(metrics).paint(graphics, WIDTH, HEIGHT);
          graphics.translate(0, HEIGHT);
          accuracy(metrics).paint(graphics, WIDTH, HEIGHT);
        });
  }

  private static XYChart loss(History metrics) {
    XYChart chart = chart("loss");
    line(chart, "training", metrics, "train_loss", 1);
    line(chart, "validation", metrics, "val_loss", 1);
    line(chart, "validation, averaged weights", metrics, "ema_loss", 1);
    return chart;
  }

  private static XYChart accuracy(History metrics) {
    XYChart chart = chart("accuracy in %");
    line(chart, "training (augmented)", metrics, "train_top1", 100);
    line(chart, "validation", metrics, "val_top1", 100);
    line(chart, "validation, averaged weights", metrics, "ema_top1", 100);
    line(chart, "validation top 5", metrics, "val_top5", 100);
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
      XYChart chart, String name, History metrics, String column, double times) {
    double[] values = Arrays.stream(metrics.column(column)).map(value -> times * value).toArray();
    if (DoubleStream.of(values).anyMatch(Double::isFinite)) {
      chart
          .addSeries(name, metrics.column("epoch"), values)
          .setMarker(metrics.size() == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    }
  }
}
