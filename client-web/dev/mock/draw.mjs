/** Draws annotations into the mock's picture: filled outlines, lines and discs, without grace. */

import { inside, outlineOf } from './measure.mjs';

const CLOSED = ['polygon', 'rectangle', 'ellipse'];
const CYCLE = ['#1f77b4', '#ff7f0e', '#2ca02c', '#d62728', '#9467bd', '#8c564b', '#e377c2'];

function rgba(hex) {
  const part = (at) => parseInt(hex.slice(at, at + 2), 16);
  return [part(1), part(3), part(5), hex.length > 7 ? part(7) / 255 : 1];
}

function colorBy({ color_by: by }, one, all) {
  const value = one.features?.[by?.feature];
  if (!by || value === undefined) return null;
  const values = [...new Set(all.map(([, { features }]) => features?.[by.feature]))];
  if (typeof value !== 'number') return CYCLE[values.indexOf(value) % CYCLE.length];
  const numbers = values.filter((each) => typeof each === 'number');
  const part = (value - Math.min(...numbers)) / (Math.max(...numbers) - Math.min(...numbers) || 1);
  const hex = (c) => Math.round(c).toString(16).padStart(2, '0');
  return `#${hex(255 * part)}${hex(180 - 100 * Math.abs(part - 0.5))}${hex(255 * (1 - part))}`;
}

export function drawAnnotations(out, scene, annotations, view) {
  const [width, height] = view.canvas;
  const { center, zoom } = view.camera;
  const [v, h] = view.displayed;
  const place = (vertex) => [
    (vertex[h] - center[1]) * zoom + width / 2,
    (vertex[v] - center[0]) * zoom + height / 2,
  ];
  const blend = (x, y, [r, g, b, a], opacity) => {
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    const to = (y * width + x) * 3;
    const alpha = a * opacity;
    [r, g, b].forEach((c, at) => (out[to + at] = out[to + at] * (1 - alpha) + c * alpha));
  };
  const area = (points, color, opacity) => {
    const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
    const rows = [Math.max(0, Math.ceil(Math.min(...ys))), Math.min(height - 1, Math.max(...ys))];
    const columns = [Math.max(0, Math.ceil(Math.min(...xs))), Math.min(width - 1, Math.max(...xs))];
    const turned = points.map(([x, y]) => [y, x]);
    for (let y = rows[0]; y <= rows[1]; y++)
      for (let x = columns[0]; x <= columns[1]; x++)
        if (inside(turned, [y, x])) blend(x, y, color, opacity);
  };
  const line = ([ax, ay], [bx, by], wide, color, opacity) => {
    const length = Math.hypot(bx - ax, by - ay) || 1;
    const [nx, ny] = [((by - ay) / length) * (wide / 2), ((ax - bx) / length) * (wide / 2)];
    const corners = [
      [ax + nx, ay + ny],
      [bx + nx, by + ny],
      [bx - nx, by - ny],
      [ax - nx, ay - ny],
    ];
    area(corners, color, opacity);
  };
  const disc = ([cx, cy], radius, color, edge, wide, opacity) => {
    for (let y = Math.floor(cy - radius - wide); y <= cy + radius + wide; y++)
      for (let x = Math.floor(cx - radius - wide); x <= cx + radius + wide; x++) {
        const r = Math.hypot(x - cx, y - cy);
        if (r <= radius - wide / 2) blend(x, y, color, opacity);
        else if (r <= radius + wide / 2) blend(x, y, edge, opacity);
      }
  };
  for (const layer of scene.layers) {
    if (!layer.style || !layer.visible) continue;
    const all = annotations.inLayer(layer.id);
    for (const [, one] of all) {
      const beside = Math.max(
        ...scene.axes.map((axis, at) =>
          at === v || at === h ? 0 : Math.abs(one.vertices[0][at] - view.point[at]) / axis.step,
        ),
      );
      if (beside > 0.5) continue;
      const look = { ...layer.style, ...one };
      const colored = colorBy(layer.style, one, all);
      const edge = rgba(one.edge_color ?? colored ?? look.edge_color);
      const byFeature = one.shape === 'point' ? colored : null;
      const face = rgba(one.face_color ?? byFeature ?? look.face_color);
      const wide = look.edge_width * (width / scene.views[0].canvas[0]);
      if (one.shape === 'point') {
        const radius = (look.size / 2) * zoom;
        disc(place(one.vertices[0]), radius, face, edge, wide, layer.opacity);
        continue;
      }
      if (one.shape === 'text') continue;
      const points = CLOSED.includes(one.shape)
        ? outlineOf(one).map(([y, x]) => place({ [v]: y, [h]: x }))
        : one.shape === 'vector'
          ? [one.vertices[0], one.vertices[0].map((c, at) => c + one.vertices[1][at])].map(place)
          : one.vertices.map(place);
      if (CLOSED.includes(one.shape)) {
        area(points, face, layer.opacity);
        points.push(points[0]);
      }
      points
        .slice(1)
        .forEach((point, at) => line(points[at], point, Math.max(1, wide), edge, layer.opacity));
    }
  }
}
