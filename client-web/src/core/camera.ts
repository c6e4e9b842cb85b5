/** Where the world is on the screen: pure arithmetic of views, canvases and viewports. */

import type { Pair } from '../protocol';
import type { Camera } from './scene';

/** A camera and the canvas that it is for. */
export interface Eye extends Camera {
  /** Width and height of the canvas in its pixels. */
  canvas: Pair;
  /** Scene axes shown (vertical, horizontal). */
  displayed: Pair;
}

export interface Size {
  width: number;
  height: number;
}

export interface Rect extends Size {
  x: number;
  y: number;
}

/** The place of a canvas in a viewport: whole, as large as possible, in the middle. */
export function fit(canvas: Pair, viewport: Size): Rect & { scale: number } {
  const scale = Math.min(viewport.width / canvas[0], viewport.height / canvas[1]);
  const width = canvas[0] * scale;
  const height = canvas[1] * scale;
  return {
    scale,
    width,
    height,
    x: (viewport.width - width) / 2,
    y: (viewport.height - height) / 2,
  };
}

/** World (vertical, horizontal) of a point of the viewport. */
export function worldAt(eye: Eye, viewport: Size, x: number, y: number): Pair {
  const box = fit(eye.canvas, viewport);
  const px = (x - box.x) / box.scale - eye.canvas[0] / 2;
  const py = (y - box.y) / box.scale - eye.canvas[1] / 2;
  return [eye.center[0] + py / eye.zoom, eye.center[1] + px / eye.zoom];
}

/** Point of the viewport of a world position. */
export function screenOf(eye: Eye, viewport: Size, world: Pair): { x: number; y: number } {
  const box = fit(eye.canvas, viewport);
  return {
    x: box.x + ((world[1] - eye.center[1]) * eye.zoom + eye.canvas[0] / 2) * box.scale,
    y: box.y + ((world[0] - eye.center[0]) * eye.zoom + eye.canvas[1] / 2) * box.scale,
  };
}

/** The camera after zooming by `factor` with the world under (x, y) staying there. */
export function zoomedAt(eye: Eye, viewport: Size, x: number, y: number, factor: number): Camera {
  const fixed = worldAt(eye, viewport, x, y);
  const zoom = eye.zoom * factor;
  const keep = (center: number, at: number) => at - (at - center) / factor;
  return { center: [keep(eye.center[0], fixed[0]), keep(eye.center[1], fixed[1])], zoom };
}

/** The camera after dragging the picture by (dx, dy) viewport pixels. */
export function panned(eye: Eye, viewport: Size, dx: number, dy: number): Camera {
  const unit = fit(eye.canvas, viewport).scale * eye.zoom;
  return { center: [eye.center[0] - dy / unit, eye.center[1] - dx / unit], zoom: eye.zoom };
}

/** The camera that shows a box of the world as large as possible; `null`: there is no box. */
export function framed({ canvas }: Pick<Eye, 'canvas'>, a: Pair, b: Pair): Camera | null {
  const [height, width] = [Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])];
  const zoom = Math.min(canvas[0] / width, canvas[1] / height);
  if (!Number.isFinite(zoom)) return null;
  return { center: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], zoom };
}

/**
 * Where a picture taken by `taken` belongs on a screen that now looks through `wished`; `null` if
 * they look along different axes, and the picture says nothing about where it belongs.
 */
export function placed(taken: Eye, wished: Eye, viewport: Size): Rect | null {
  if (taken.displayed[0] !== wished.displayed[0] || taken.displayed[1] !== wished.displayed[1])
    return null;
  const half: Pair = [taken.canvas[1] / 2 / taken.zoom, taken.canvas[0] / 2 / taken.zoom];
  const corner = (sign: 1 | -1): Pair => [
    taken.center[0] + sign * half[0],
    taken.center[1] + sign * half[1],
  ];
  const from = screenOf(wished, viewport, corner(-1));
  const to = screenOf(wished, viewport, corner(1));
  return { x: from.x, y: from.y, width: to.x - from.x, height: to.y - from.y };
}

/** Largest canvas that is asked for: more costs bandwidth that few screens repay. */
export const MAX_CANVAS: Size = { width: 1920, height: 1200 };
const MIN_SIDE = 64;

/** The canvas to ask for, for a viewport in device pixels: even, bounded, of the same shape. */
export function canvasFor(viewport: Size): Size {
  const shrink = Math.min(
    1,
    MAX_CANVAS.width / viewport.width,
    MAX_CANVAS.height / viewport.height,
  );
  const even = (side: number) => Math.max(MIN_SIDE, Math.round((side * shrink) / 2) * 2);
  return { width: even(viewport.width), height: even(viewport.height) };
}
