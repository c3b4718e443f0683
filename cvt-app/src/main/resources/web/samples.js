// Small pictures to begin with, drawn here so that nothing has to be downloaded: figures on a
// gradient, as in the generated data set that `./cvt demo` learns.

const SIDE = 224;

const SAMPLES = [
  {name: 'star', ground: ['#274060', '#3a5f86'], ink: '#f2c14e', tilt: 0.2, draw: star},
  {name: 'heart', ground: ['#d9e4dd', '#b9cfc2'], ink: '#c8324a', tilt: -0.15, draw: heart},
  {name: 'ring', ground: ['#5b3a70', '#744b8e'], ink: '#8fe0c9', tilt: 0, draw: ring},
  {name: 'triangle', ground: ['#efe3c8', '#dcc79a'], ink: '#2f4858', tilt: 0.3, draw: triangle},
  {name: 'cross', ground: ['#1f4d4a', '#2d6a64'], ink: '#f4e9d8', tilt: 0.25, draw: cross},
  {name: 'crescent', ground: ['#20232f', '#343a4f'], ink: '#e8d16b', tilt: -0.3, draw: crescent},
];

/** Fills a list with buttons, each of which hands its picture to `choose` as a PNG. */
export function offer(list, choose) {
  for (const sample of SAMPLES) {
    const canvas = paint(sample);
    canvas.setAttribute('aria-hidden', 'true');
    const button = document.createElement('button');
    button.type = 'button';
    button.setAttribute('aria-label', `Sample: ${sample.name}`);
    button.append(canvas);
    button.addEventListener('click', () =>
      canvas.toBlob((blob) => choose(blob, `sample ${sample.name}`), 'image/png'));
    const item = document.createElement('li');
    item.append(button);
    list.append(item);
  }
}

function paint({ground, ink, tilt, draw}) {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIDE;
  const g = canvas.getContext('2d');
  const gradient = g.createLinearGradient(0, 0, SIDE, SIDE);
  gradient.addColorStop(0, ground[0]);
  gradient.addColorStop(1, ground[1]);
  g.fillStyle = gradient;
  g.fillRect(0, 0, SIDE, SIDE);
  g.translate(SIDE * 0.53, SIDE * 0.48);
  g.rotate(tilt);
  g.scale(SIDE * 0.38, SIDE * 0.38);
  g.fillStyle = ink;
  g.beginPath();
  draw(g);
  g.fill('evenodd');
  return canvas;
}

// Figures in the unit circle, as the data set has them.

function star(g) {
  for (let i = 0; i < 10; i++) {
    const radius = i % 2 ? 0.382 : 1;
    g.lineTo(radius * Math.sin(i * Math.PI / 5), -radius * Math.cos(i * Math.PI / 5));
  }
}

function heart(g) {
  for (let i = 0; i < 60; i++) {
    const t = i * Math.PI / 30;
    g.lineTo(
      0.95 * Math.sin(t) ** 3,
      -(13 * Math.cos(t) - 5 * Math.cos(2 * t) - 2 * Math.cos(3 * t) - Math.cos(4 * t)) / 17);
  }
}

function ring(g) {
  g.arc(0, 0, 0.95, 0, 2 * Math.PI);
  g.moveTo(0.55, 0);
  g.arc(0, 0, 0.55, 0, 2 * Math.PI);
}

function triangle(g) {
  g.moveTo(0, -1);
  g.lineTo(0.866, 0.5);
  g.lineTo(-0.866, 0.5);
}

function cross(g) {
  for (const [x, y] of [[0.3, 0.95], [0.3, 0.3], [0.95, 0.3], [0.95, -0.3], [0.3, -0.3], [0.3, -0.95],
    [-0.3, -0.95], [-0.3, -0.3], [-0.95, -0.3], [-0.95, 0.3], [-0.3, 0.3], [-0.3, 0.95]]) {
    g.lineTo(x, y);
  }
}

function crescent(g) {
  // Two circles that cross where both are at the same distance from their centres.
  const x = (0.95 ** 2 - 0.75 ** 2 + 0.45 ** 2) / 0.9;
  const y = Math.sqrt(0.95 ** 2 - x ** 2);
  g.arc(0, 0, 0.95, Math.atan2(y, x), Math.atan2(-y, x));
  g.arc(0.45, 0, 0.75, Math.atan2(-y, x - 0.45), Math.atan2(y, x - 0.45), true);
}
