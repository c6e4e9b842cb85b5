/** Strokes of a brush: what was painted, and which parts of it are still to be sent. Pure. */

import type { Paint, PaintTool, Pair, Vertex } from '../../protocol';

/** A part of a stroke is sent this often: others see it grow, and an answer comes before it ends. */
export const PART_MS = 60;
/** Points of one part: the server takes 4,096, and a message of 512 KiB holds these on every axis. */
export const MAX_PART = 1_600;
export const BRUSH_SIZES = { min: 1, max: 200, usual: 10 } as const;

export interface Stroke {
  number: number;
  tool: PaintTool;
  /** Diameter in voxels. */
  size: number;
  displayed: Pair;
  dimensions: number;
  /** Scene coordinates, one for each axis. */
  path: readonly Vertex[];
  /** Points that were sent. */
  sent: number;
  sentAt: number;
  /** Nothing comes any more. */
  ended: boolean;
}

export function startStroke(
  number: number,
  brush: { tool: PaintTool; size: number; dimensions: number },
  displayed: Pair,
  at: Vertex,
  now: number,
): Stroke {
  const ended = brush.tool === 'fill';
  return { ...brush, number, displayed, path: [at], sent: 0, sentAt: now, ended };
}

/** The stroke after the pointer moved; moves of less than `least` on every axis are none. */
export function extended(stroke: Stroke, at: Vertex, least: readonly number[]): Stroke {
  const last = stroke.path.at(-1)!;
  const moved = at.some((value, axis) => Math.abs(value - last[axis]!) >= (least[axis] ?? 0));
  return moved && !stroke.ended ? { ...stroke, path: [...stroke.path, at] } : stroke;
}

/**
 * The next part to be sent, if it is time: it begins where the last one ended, so that there is no
 * gap between them.
 */
export function nextPart(stroke: Stroke, now: number): { stroke: Stroke; path: Vertex[] } | null {
  const open = stroke.path.length - stroke.sent;
  if (open === 0) return null;
  if (!stroke.ended && now < stroke.sentAt + PART_MS && open < MAX_PART - 1) return null;
  const from = Math.max(0, stroke.sent - 1);
  const to = Math.min(stroke.path.length, from + MAX_PART);
  return { stroke: { ...stroke, sent: to, sentAt: now }, path: stroke.path.slice(from, to) };
}

/** The intent of a part, in a layer that runs along some of the scene's axes. */
export function paintOf(
  stroke: Pick<Stroke, 'number' | 'tool' | 'size' | 'displayed' | 'dimensions'>,
  path: readonly Vertex[],
  layer: { id: number; axes: readonly number[] },
  label: number,
): Paint {
  return {
    layer: layer.id,
    stroke: stroke.number,
    tool: stroke.tool,
    // The eraser takes whatever is there.
    label: stroke.tool === 'erase' ? 0 : label,
    brush_size: stroke.size,
    displayed: stroke.displayed,
    n_edit_dimensions: stroke.dimensions,
    path: path.map((vertex) => layer.axes.map((axis) => vertex[axis] ?? 0)),
  };
}

/** The next size down or up: by one while it is small, then by a sixth. */
export function nextSize(size: number, by: 1 | -1): number {
  const step = Math.max(1, Math.round(size / 6));
  return Math.min(Math.max(Math.round(size) + by * step, BRUSH_SIZES.min), BRUSH_SIZES.max);
}
