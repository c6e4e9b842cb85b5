/** What the mock measures: in the plane of the last two axes, simply. */

import { sampleAt } from './paint.mjs';

const plane = ({ vertices }) => vertices.map((vertex) => [vertex.at(-2), vertex.at(-1)]);
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** Whether a point lies in a closed outline, by counting crossings. */
export function inside(outline, [y, x]) {
  let odd = false;
  for (let at = 0, before = outline.length - 1; at < outline.length; before = at++) {
    const [ay, ax] = outline[at];
    const [by, bx] = outline[before];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}

/** The outline of a closed shape; an ellipse as many corners. */
export function outlineOf(one) {
  const corners = plane(one);
  if (one.shape !== 'ellipse') return corners;
  const [a, b, , d] = corners;
  return Array.from({ length: 48 }, (_, at) => {
    const angle = (at / 48) * 2 * Math.PI;
    const [u, v] = [0.5 + 0.5 * Math.cos(angle), 0.5 + 0.5 * Math.sin(angle)];
    return [0, 1].map((axis) => a[axis] + u * (b[axis] - a[axis]) + v * (d[axis] - a[axis]));
  });
}

const length = (points) =>
  points.slice(1).reduce((sum, point, at) => sum + distance(point, points[at]), 0);

export function measure(one, scene) {
  const points = plane(one);
  const unit = scene.axes.at(-1).unit;
  switch (one.measure.of) {
    case 'length':
      return { of: 'length', value: length(points), unit };
    case 'angle': {
      const [a, b, c] = points;
      const turn = Math.atan2(a[0] - b[0], a[1] - b[1]) - Math.atan2(c[0] - b[0], c[1] - b[1]);
      const degrees = Math.abs((turn * 180) / Math.PI) % 360;
      return { of: 'angle', value: degrees > 180 ? 360 - degrees : degrees };
    }
    case 'area': {
      const outline = outlineOf(one);
      const twice = outline.reduce((sum, [y, x], at) => {
        const [ny, nx] = outline[(at + 1) % outline.length];
        return sum + x * ny - nx * y;
      }, 0);
      const perimeter = length([...outline, outline[0]]);
      return { of: 'area', value: Math.abs(twice) / 2, perimeter, unit };
    }
    case 'statistics':
      return statistics(one, scene);
  }
}

function statistics(one, scene) {
  const layer = scene.layers.find(({ id }) => id === one.measure.layer);
  if (layer?.kind !== 'image') return { of: 'failed', reason: 'There is no such image layer.' };
  const outline = outlineOf(one);
  const step = scene.axes.at(-1).step;
  const index = one.vertices[0].map((value, at) => value / scene.axes[at].step);
  const [ys, xs] = [0, 1].map((axis) => outline.map((point) => point[axis] / step));
  const values = [];
  for (let y = Math.ceil(Math.min(...ys)); y <= Math.max(...ys); y++)
    for (let x = Math.ceil(Math.min(...xs)); x <= Math.max(...xs); x++) {
      if (!inside(outline, [y * step, x * step])) continue;
      const value = sampleAt(scene, layer, [...index.slice(0, -2), y, x]);
      if (value !== null) values.push(value);
    }
  if (values.length === 0) return { of: 'failed', reason: 'No sample lies inside.' };
  const mean = values.reduce((a, b) => a + b) / values.length;
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const histogram = new Array(64).fill(0);
  for (const value of values)
    histogram[Math.min(63, Math.floor(((value - min) / (max - min || 1)) * 64))] += 1;
  const std = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  return {
    of: 'statistics',
    layer: layer.id,
    count: values.length,
    min,
    max,
    mean,
    std,
    histogram,
  };
}
