/**
 * Cameras of views of three axes: the same arithmetic as the server's `Camera3d`. Vectors are
 * (depth, vertical, horizontal); `docs/scene.md` says which way round things are seen.
 */

import type { Camera3d, Pair, Triple } from '../protocol';
import { fit, type Size } from './camera';

/** Degrees that a drag over the shorter side of the picture turns. */
const TURN = 180;
const RADIANS = Math.PI / 180;
/** What is nearer to the eye than this share of the way to the center is not seen. */
const NEAR = 1e-3;

/** Unit vectors: to the right and to the top of the canvas, and away from the viewer. */
export interface Directions {
  right: Triple;
  up: Triple;
  view: Triple;
}

const world = (x: number, y: number, z: number): Triple => [-z, y, x];

export function directions(angles: Triple): Directions {
  const [a, b, c] = angles.map((angle) => angle * RADIANS) as [number, number, number];
  const [sa, sb, sc] = [Math.sin(a), Math.sin(b), Math.sin(c)];
  const [ca, cb, cc] = [Math.cos(a), Math.cos(b), Math.cos(c)];
  return {
    right: world(cb * ca, cc * sb * ca + sc * sa, sc * sb * ca - cc * sa),
    view: world(-sb, cc * cb, sc * cb),
    up: world(cb * sa, cc * sb * sa - sc * ca, sc * sb * sa + cc * ca),
  };
}

/** The angles of a camera that looks so. */
export function anglesOf({ right, up, view }: Directions): Triple {
  const b = Math.asin(Math.min(Math.max(-view[2], -1), 1));
  const along = Math.abs(view[2]) >= 1 - 1e-12;
  const a = along ? 0 : Math.atan2(up[2], right[2]);
  const c = along ? Math.atan2(-up[1], -up[0]) : Math.atan2(-view[0], view[1]);
  return [a / RADIANS, b / RADIANS, c / RADIANS];
}

/** `a` turned towards `b`, which is at a right angle to it. */
function turned(a: Triple, b: Triple, angle: number): Triple {
  const [s, c] = [Math.sin(angle), Math.cos(angle)];
  return [a[0] * c + b[0] * s, a[1] * c + b[1] * s, a[2] * c + b[2] * s];
}

const minus = (v: Triple): Triple => [-v[0], -v[1], -v[2]];

/** The camera after a drag of (dx, dy) screen pixels: what is near the viewer goes along. */
export function orbited(camera: Camera3d, viewport: Size, dx: number, dy: number): Camera3d {
  const unit = (TURN * RADIANS) / Math.max(1, Math.min(viewport.width, viewport.height));
  let { right, up, view } = directions(camera.angles);
  [right, view] = [turned(right, minus(view), dx * unit), turned(view, right, dx * unit)];
  [up, view] = [turned(up, view, dy * unit), turned(view, minus(up), dy * unit)];
  return { ...camera, angles: anglesOf({ right, up, view }) };
}

/** Point of the viewport of a world position (depth, vertical, horizontal); `null`: behind the eye. */
export function screenIn(
  camera: Camera3d,
  canvas: Pair,
  viewport: Size,
  world: Triple,
): { x: number; y: number } | null {
  const { right, up, view } = directions(camera.angles);
  const along = (to: Triple) =>
    to.reduce((sum, part, d) => sum + part * (world[d]! - camera.center[d]!), 0);
  let scale = camera.zoom;
  if (camera.perspective > 0) {
    const far = canvas[1] / camera.zoom / 2 / Math.tan((camera.perspective / 2) * RADIANS);
    const away = far + along(view);
    if (away < far * NEAR) return null;
    scale *= far / away;
  }
  const box = fit(canvas, viewport);
  return {
    x: box.x + (canvas[0] / 2 + along(right) * scale) * box.scale,
    y: box.y + (canvas[1] / 2 - along(up) * scale) * box.scale,
  };
}

/** The camera after dragging the picture by (dx, dy) screen pixels. */
export function shifted(
  camera: Camera3d,
  canvas: Pair,
  viewport: Size,
  dx: number,
  dy: number,
): Camera3d {
  const unit = fit(canvas, viewport).scale * camera.zoom;
  const { right, up } = directions(camera.angles);
  const along = (d: 0 | 1 | 2) => camera.center[d] - (right[d] * dx - up[d] * dy) / unit;
  return { ...camera, center: [along(0), along(1), along(2)] };
}
