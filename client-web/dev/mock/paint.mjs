/** Paints a view of the mock scene, slowly and obviously, and packs it as PNG. */

import { crc32, deflateSync } from 'node:zlib';
import { SIZE, slice } from './cells.mjs';
import { colormap } from './colormaps.mjs';
import { drawAnnotations } from './draw.mjs';

/** The look of a layer in a view. */
export function lookIn(layer, view) {
  const look = { ...layer };
  for (const { property, value } of view.overrides[layer.id] ?? []) look[property] = value;
  return look;
}

/** As the server colours labels: hues a golden ratio apart. */
export function labelColor(label) {
  const at = Math.imul(label, 0x9e3779b9) >>> 20;
  const pick = (count) => (at % count) / (count - 1);
  const [saturation, value] = [0.55 + 0.4 * pick(5), 0.7 + 0.3 * pick(7)];
  return [5, 3, 1].map((shift) => {
    const place = (shift + (at / 4096) * 6) % 6;
    const part = Math.min(Math.max(Math.min(place, 4 - place), 0), 1);
    return Math.round((value - value * saturation * part) * 255);
  });
}

function ramp({ contrast_limits: [low, high], gamma, colormap: name }) {
  const stops = colormap(name);
  const table = new Uint8Array(256 * 3);
  for (let at = 0; at < 256; at++) {
    const place = (at / 255) ** gamma * (stops.length - 1);
    const from = Math.min(Math.floor(place), stops.length - 2);
    for (let c = 0; c < 3; c++) {
      const [a, b] = [stops[from][c], stops[from + 1][c]];
      table[at * 3 + c] = a + (b - a) * (place - from);
    }
  }
  return (value) => {
    const at = Math.round(((value - low) / (high - low)) * 255);
    const from = Math.min(255, Math.max(0, at)) * 3;
    return table.subarray(from, from + 3);
  };
}

/** The sample of a layer at scene positions; `null` outside. */
export function sampleAt(scene, layer, index) {
  const [t, z, y, x] = index.map(Math.round);
  const inside =
    t >= 0 && z >= 0 && y >= 0 && x >= 0 && t < SIZE.t && z < SIZE.z && y < SIZE.y && x < SIZE.x;
  if (!inside || layer.style) return null;
  const painted = scene.painted.get(layer.id);
  if (painted) return painted.plane(t, z)[y * SIZE.x + x];
  return slice(t, z)[layer.kind === 'labels' ? 'label' : 'light'][y * SIZE.x + x];
}

/** RGB rows of a view. */
export function paint(scene, annotations, view) {
  const [width, height] = view.canvas;
  const out = new Uint8Array(width * height * 3);
  const index = scene.axes.map((axis, at) => (view.point[at] - axis.start) / axis.step);
  const [vertical, horizontal] = view.displayed;
  const { center, zoom } = view.camera;
  const looks = scene.layers
    .map((layer) => lookIn(layer, view))
    .filter(({ visible, style }) => visible && !style);
  const ramps = looks.map((look) => (look.kind === 'image' ? ramp(look) : null));
  for (let py = 0; py < height; py++) {
    index[vertical] =
      (center[0] + (py - height / 2) / zoom - scene.axes[vertical].start) /
      scene.axes[vertical].step;
    for (let px = 0; px < width; px++) {
      index[horizontal] =
        (center[1] + (px - width / 2) / zoom - scene.axes[horizontal].start) /
        scene.axes[horizontal].step;
      const to = (py * width + px) * 3;
      for (let at = 0; at < looks.length; at++) {
        const look = looks[at];
        const value = sampleAt(scene, look, index);
        if (value === null || (look.kind === 'labels' && value === 0)) continue;
        const color = look.kind === 'labels' ? labelColor(value) : ramps[at](value);
        for (let c = 0; c < 3; c++) {
          const below = out[to + c];
          const above = look.opacity * color[c];
          out[to + c] =
            look.blending === 'additive'
              ? Math.min(255, below + above)
              : look.blending === 'minimum'
                ? Math.min(below, color[c])
                : look.blending === 'opaque'
                  ? above
                  : above + (1 - look.opacity) * below;
        }
      }
    }
  }
  drawAnnotations(out, scene, annotations, view);
  if (scene.settings.scale_bar_visible) scaleBar(out, view);
  return out;
}

function scaleBar(out, { canvas: [width, height], camera: { zoom } }) {
  const length = Math.round(10 * zoom);
  for (let y = height - 30; y < height - 26; y++)
    for (let x = width - 24 - length; x < width - 24; x++)
      if (x > 0) out.fill(235, (y * width + x) * 3, (y * width + x) * 3 + 3);
}

function chunk(name, data) {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(name, 4, 'latin1');
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

export function png(rgb, width, height) {
  const rows = Buffer.alloc(height * (width * 3 + 1));
  for (let y = 0; y < height; y++)
    Buffer.from(rgb.buffer, y * width * 3, width * 3).copy(rows, y * (width * 3 + 1) + 1);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows, { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
