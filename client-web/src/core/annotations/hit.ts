/** What lies under the pointer, and what lies in a box. */

import type { Annotation, Pair } from '../../protocol';
import { areaOf, distance, isInside, nearestEdge } from '../geometry';
import { hasFreeVertices, isClosed } from '../tools/names';
import type { Target } from '../tools/select';
import type { Box } from './grid';
import { isCut, isInSlice, outlineOf, pointsOf, type Plane } from './plane';
import type { AnnotationSource } from './store';
import type { Overlay } from './wishes';

/** Most that a box selects: more is no selection by hand. */
export const MAX_SELECTED = 10_000;

/** Where hits are looked for. */
export interface Field {
  source: AnnotationSource;
  overlay: Overlay;
  /** Planes of the layers that are seen, the top one first. */
  planes: readonly Plane[];
  /** Diameter of the points of a layer that do not say theirs, in world units. */
  sizeOf: (layer: number) => number;
  /** Whether points of a layer are seen, faded, beside their slice. */
  fades: (layer: number) => boolean;
  /** Size of small things: a few samples, in world units. */
  least: number;
}

const grown = ([top, left, bottom, right]: Box, by: number): Box => [
  top - by,
  left - by,
  bottom + by,
  right + by,
];

/** Annotations of a plane that may touch a box, wishes before what the mirror says. */
function* candidates(field: Field, plane: Plane, box: Box): Generator<[string, Annotation]> {
  const { source, overlay } = field;
  // A point reaches as far as it is wide; those with a width of their own are hardly wider.
  const wide = grown(box, field.sizeOf(plane.layer));
  for (const id of source.near(plane.layer, plane.at, field.least, wide)) {
    const one = source.get(id);
    if (one && !overlay.has(id)) yield [id, one];
  }
  for (const [id, one] of overlay) if (one?.layer === plane.layer) yield [id, one];
}

/** How far `p` is from it (0: on or in it), and how much it covers. */
function nearness(one: Annotation, plane: Plane, p: Pair, field: Field): [number, number] {
  const points = outlineOf(one, plane);
  const [first] = points;
  if (!first) return [Infinity, 0];
  if (one.shape === 'point') {
    const radius = (one.size ?? field.sizeOf(one.layer)) / 2;
    return [Math.max(0, distance(p, first) - radius), radius];
  }
  if (points.length === 1) return [distance(p, first), 0];
  const closed = isClosed(one.shape);
  if (closed && isInside(p, points)) return [0, areaOf(points)];
  return [nearestEdge(p, points, closed)?.distance ?? Infinity, closed ? areaOf(points) : 0];
}

/** Whether the view shows it, be it faded. */
export function isSeen(one: Annotation, plane: Plane, field: Field): boolean {
  if (isInSlice(one, plane)) return true;
  const radius = (one.size ?? field.sizeOf(one.layer)) / 2;
  return field.fades(one.layer) && isCut(one, plane, radius);
}

/** The annotation under `p`: of the top layer, and there the nearest, then the smallest. */
export function hit(field: Field, p: Pair, tolerance: number): string | null {
  const box = grown([p[0], p[1], p[0], p[1]], tolerance);
  for (const plane of field.planes) {
    let best: { id: string; far: number; covers: number } | null = null;
    for (const [id, one] of candidates(field, plane, box)) {
      if (!isSeen(one, plane, field)) continue;
      const [far, covers] = nearness(one, plane, p, field);
      if (far > tolerance) continue;
      const wins = !best || far < best.far || (far === best.far && covers < best.covers);
      if (wins) best = { id, far, covers };
    }
    if (best) return best.id;
  }
  return null;
}

/** A handle of one selected annotation under `p`, or its body. */
export function hitHandles(
  id: string,
  one: Annotation,
  plane: Plane,
  p: Pair,
  tolerance: number,
): Target | null {
  const points = pointsOf(one, plane);
  let best = { index: -1, far: tolerance };
  points.forEach((point, index) => {
    const far = distance(p, point);
    if (far <= best.far) best = { index, far };
  });
  if (best.index >= 0 && points.length > 1) return { on: 'vertex', id, index: best.index };
  if (!hasFreeVertices(one.shape)) return null;
  const edge = nearestEdge(p, points, isClosed(one.shape));
  return edge && edge.distance <= tolerance
    ? { on: 'edge', id, index: edge.index, at: edge.at }
    : null;
}

/** Annotations of the planes that lie wholly in a box and in the slice. */
export function inBox(field: Field, a: Pair, b: Pair): string[] {
  const box: Box = [
    Math.min(a[0], b[0]),
    Math.min(a[1], b[1]),
    Math.max(a[0], b[0]),
    Math.max(a[1], b[1]),
  ];
  const found: string[] = [];
  for (const plane of field.planes)
    for (const [id, one] of candidates(field, plane, box)) {
      const within = pointsOf(one, plane).every(
        ([v, h]) => v >= box[0] && v <= box[2] && h >= box[1] && h <= box[3],
      );
      if (!within || !isInSlice(one, plane)) continue;
      found.push(id);
      if (found.length >= MAX_SELECTED) return found;
    }
  return found;
}
