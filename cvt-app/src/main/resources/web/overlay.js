// Draws a picture with a map laid over the part of it that the network saw.

/** Evenly spaced from the least to the largest value; the sheets of `./cvt explain` have the same. */
const STOPS = [
  [26, 10, 64], [98, 20, 120], [184, 44, 110], [242, 106, 66], [253, 180, 66], [255, 246, 176],
];

const LONGEST = 960; // pixels of the canvas
const FINEST = 448; // of the overlay, which the browser then smooths

/**
 * @param picture a bitmap, or null where the browser cannot show what the server could read
 * @param about {width, height, crop} of the picture in its own pixels
 * @param map {grid, area, values or rgb}, or null
 * @param opacity 0 to 1
 */
export function draw(canvas, picture, about, map, opacity) {
  const scale = Math.min(1, LONGEST / Math.max(about.width, about.height));
  const zoom = Math.max(scale, Math.min(8, 320 / Math.max(about.width, about.height)));
  canvas.width = Math.max(1, Math.round(about.width * zoom));
  canvas.height = Math.max(1, Math.round(about.height * zoom));
  const g = canvas.getContext('2d');
  g.imageSmoothingQuality = 'high';
  g.fillStyle = '#888';
  g.fillRect(0, 0, canvas.width, canvas.height);
  if (picture) {
    g.drawImage(picture, 0, 0, canvas.width, canvas.height);
  }
  const {x, y, width, height} = about.crop;
  const seen = [x * zoom, y * zoom, width * zoom, height * zoom];
  shadeOutside(g, canvas, seen);
  if (map && opacity > 0) {
    g.drawImage(colours(map, about.crop, opacity), ...seen);
  }
}

/** What the network did not see. */
function shadeOutside(g, canvas, [x, y, width, height]) {
  if (width >= canvas.width - 1 && height >= canvas.height - 1) {
    return;
  }
  g.fillStyle = 'rgba(120, 124, 134, 0.6)';
  g.beginPath();
  g.rect(0, 0, canvas.width, canvas.height);
  g.rect(x, y, width, height);
  g.fill('evenodd');
}

function colours(map, crop, opacity) {
  const scale = FINEST / Math.max(crop.width, crop.height);
  const width = Math.max(1, Math.round(crop.width * scale));
  const height = Math.max(1, Math.round(crop.height * scale));
  const image = new ImageData(width, height);
  const [rows, columns] = map.grid;
  const acrossAt = places(crop.x, crop.width, width, map.area.x, map.area.width / columns, columns);
  const downAt = places(crop.y, crop.height, height, map.area.y, map.area.height / rows, rows);
  const channels = map.rgb ? 3 : 1;
  const values = map.rgb ?? map.values;
  const most = map.rgb ? 1 : Math.max(...values) || 1;
  let at = 0;
  for (const down of downAt) {
    for (const across of acrossAt) {
      const value = (channel) => between(values, columns, channels, channel, down, across) / most;
      const colour = map.rgb ? [255 * value(0), 255 * value(1), 255 * value(2)] : heat(value(0));
      image.data.set(colour, at);
      // What is low lets more of the picture through.
      image.data[at + 3] = 255 * opacity * (map.rgb ? 0.94 : 0.5 + 0.475 * value(0));
      at += 4;
    }
  }
  const layer = document.createElement('canvas');
  layer.width = width;
  layer.height = height;
  layer.getContext('2d').putImageData(image, 0, 0);
  return layer;
}

/** For each pixel the two cells that it lies between, and how far from the first. */
function places(from, length, count, origin, cell, cells) {
  return Array.from({length: count}, (_, i) => {
    const place = (from + (i + 0.5) * length / count - origin) / cell - 0.5;
    const inside = Math.max(0, Math.min(cells - 1, place));
    const first = Math.floor(inside);
    return {first, second: Math.min(cells - 1, first + 1), share: inside - first};
  });
}

function between(values, columns, channels, channel, down, across) {
  const value = (row, column) => values[(row * columns + column) * channels + channel];
  const upper = value(down.first, across.first) * (1 - across.share) + value(down.first, across.second) * across.share;
  const lower = value(down.second, across.first) * (1 - across.share) + value(down.second, across.second) * across.share;
  return upper * (1 - down.share) + lower * down.share;
}

function heat(value) {
  const place = Math.max(0, Math.min(1, value)) * (STOPS.length - 1);
  const below = Math.min(STOPS.length - 2, Math.floor(place));
  return STOPS[below].map((c, i) => c + (STOPS[below + 1][i] - c) * (place - below));
}
