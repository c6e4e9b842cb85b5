/** Annotations in the plane that a view shows: their points there, and whether they are seen. */

import type { Annotation, Pair, Vertex, View } from '../../protocol';
import { ellipseOutline } from '../geometry';
import type { DimsAxis, Layer } from '../scene';

/** How a layer's vertices lie in a view. */
export interface Plane {
  layer: number;
  /** Places of the (vertical, horizontal) displayed axes in a vertex. */
  at: Pair;
  /** The other axes of the layer: place in a vertex, scene axis, where the view is, half a step. */
  others: readonly { at: number; axis: number; point: number; half: number }[];
  /** Whether it is the time axis, for tracks: place in a vertex. */
  time: number | null;
  tail: number;
}

/** `null`: the layer has nothing on one of the displayed axes, and cannot be drawn in. */
export function planeOf(
  layer: Pick<Layer, 'id' | 'axes' | 'style'>,
  view: View,
  axes: readonly DimsAxis[],
): Plane | null {
  const [vertical, horizontal] = view.displayed.map((axis) => layer.axes.indexOf(axis));
  if (vertical === undefined || horizontal === undefined || vertical < 0 || horizontal < 0)
    return null;
  const others = layer.axes.flatMap((axis, at) => {
    const info = axes[axis];
    if (!info || view.displayed.includes(axis)) return [];
    return { at, axis, point: view.point[axis] ?? info.start, half: info.step / 2 };
  });
  const time = others.find(({ axis }) => axes[axis]?.kind === 'time') ?? null;
  return {
    layer: layer.id,
    at: [vertical, horizontal],
    others,
    time: time?.at ?? null,
    tail: (layer.style?.tail_length ?? 0) * 2 * (time?.half ?? 0),
  };
}

export const inPlane = (vertex: Vertex, { at }: Pick<Plane, 'at'>): Pair => [
  vertex[at[0]] ?? 0,
  vertex[at[1]] ?? 0,
];

/** A vertex of the layer, from a place in the plane; on the other axes where the view is. */
export function vertexAt(
  world: Pair,
  layer: Pick<Layer, 'axes'>,
  position: readonly number[],
  displayed: Pair,
): number[] {
  return layer.axes.map((axis) =>
    axis === displayed[0] ? world[0] : axis === displayed[1] ? world[1] : (position[axis] ?? 0),
  );
}

/** Whether the slice that is shown goes through it. */
export function isInSlice(one: Annotation, plane: Plane): boolean {
  const first = one.shape === 'vector' ? 1 : one.vertices.length;
  return plane.others.every(({ at, point, half }) => {
    let [least, most] = [Infinity, -Infinity];
    for (let index = 0; index < first; index++) {
      const value = one.vertices[index]?.[at] ?? 0;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    if (one.shape === 'track' && at === plane.time)
      return least <= point + half && most >= point - plane.tail - half;
    return point - half <= most + half * 1e-9 && point + half > least;
  });
}

/** How far beside the slice a point lies, in world units. */
export function beside(one: Annotation, plane: Plane): number {
  const vertex = one.vertices[0] ?? [];
  return Math.hypot(...plane.others.map(({ at, point }) => (vertex[at] ?? 0) - point));
}

/** Its points in the plane, as they are edited: corners, ends. */
export function pointsOf(one: Annotation, plane: Pick<Plane, 'at'>): Pair[] {
  const points = one.vertices.map((vertex) => inPlane(vertex, plane));
  const [start, by] = points;
  if (one.shape === 'vector' && start && by) return [start, [start[0] + by[0], start[1] + by[1]]];
  return points;
}

/** Its line in the plane, as it is drawn: an ellipse is round. */
export function outlineOf(one: Annotation, plane: Pick<Plane, 'at'>): Pair[] {
  const points = pointsOf(one, plane);
  return one.shape === 'ellipse' && points.length === 4 ? ellipseOutline(points) : points;
}
