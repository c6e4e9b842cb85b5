/** Labels that people paint in the mock: one plane of numbers for each position of t and z. */

import { SIZE } from './cells.mjs';

const MAX_FILL = SIZE.y * SIZE.x;

export class Painted {
  constructor() {
    this.planes = new Map();
  }

  plane(t, z) {
    const name = `${t}:${z}`;
    if (!this.planes.has(name)) this.planes.set(name, new Uint32Array(SIZE.y * SIZE.x));
    return this.planes.get(name);
  }

  /** Paints a part of a stroke; gives the voxels changed as [plane name, place, before]. */
  paint({ tool, label, brush_size, path }, scene) {
    const index = path.map((vertex) =>
      vertex.map((value, at) => (value - scene.axes[at].start) / scene.axes[at].step),
    );
    const [t, z] = index[0].map(Math.round);
    const plane = this.plane(t, z);
    const changed = [];
    const put = (x, y, value) => {
      if (x < 0 || y < 0 || x >= SIZE.x || y >= SIZE.y) return;
      const at = y * SIZE.x + x;
      if (plane[at] === value) return;
      if (tool === 'erase' && label !== 0 && plane[at] !== label) return;
      changed.push([`${t}:${z}`, at, plane[at]]);
      plane[at] = value;
    };
    if (tool === 'fill') {
      const [, , y, x] = index[0].map(Math.round);
      this.fill(plane, x, y, label, put);
      return changed;
    }
    const value = tool === 'erase' ? 0 : label;
    index.forEach(([, , y, x], at) => {
      const [, , fromY, fromX] = index[Math.max(0, at - 1)];
      const steps = Math.max(1, Math.ceil(Math.hypot(y - fromY, x - fromX)));
      for (let part = 0; part <= steps; part++)
        disc(fromY + ((y - fromY) * part) / steps, fromX + ((x - fromX) * part) / steps);
    });
    function disc(cy, cx) {
      const radius = brush_size / 2;
      for (let y = Math.ceil(cy - radius); y <= cy + radius; y++)
        for (let x = Math.ceil(cx - radius); x <= cx + radius; x++)
          if (Math.hypot(y - cy, x - cx) <= radius) put(x, y, value);
      put(Math.round(cx), Math.round(cy), value);
    }
    return changed;
  }

  fill(plane, x, y, label, put) {
    const wanted = plane[y * SIZE.x + x];
    if (wanted === label || wanted === undefined) return;
    const open = [[x, y]];
    for (let count = 0; open.length > 0 && count < MAX_FILL * 5; count++) {
      const [px, py] = open.pop();
      if (px < 0 || py < 0 || px >= SIZE.x || py >= SIZE.y) continue;
      if (plane[py * SIZE.x + px] !== wanted) continue;
      put(px, py, label);
      open.push([px + 1, py], [px - 1, py], [px, py + 1], [px, py - 1]);
    }
  }

  /** Takes back what was changed, where it still is so; gives what that changed in turn. */
  restore(changed) {
    const back = [];
    for (const [name, at, value] of [...changed].reverse()) {
      const plane = this.planes.get(name);
      back.push([name, at, plane[at]]);
      plane[at] = value;
    }
    return back;
  }
}
