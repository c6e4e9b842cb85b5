/** Annotations in the plane that a view shows: their points there, and whether they are seen. */

import type { Annotation, Pair, Vertex, View } from '../../protocol';
import { ellipseOutline } from '../geometry';
import { axisCount, axisPosition, axisWorld, type DimsAxis, type Layer } from '../scene';

/** How a layer's vertices lie in a view. */
export interface Plane {
  layer: number;
  /** Places of the (vertical, horizontal) displayed axes in a vertex. */
  at: Pair;
  /**
   * The other axes of the layer: place in a vertex, scene axis, where the view is, half a step, and
   * what is in the slice: from `low` to `high`. Along space that is half a step to both sides;
   * elsewhere what is nearest to the position, and the outermost ones hold what is beyond.
   */
  others: readonly {
    at: number;
    axis: number;
    point: number;
    half: number;
    low: number;
    high: number;
    space: boolean;
  }[];
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
    const half = info.step / 2;
    const seen = view.point[axis] ?? info.start;
    if (info.kind === 'space')
      return { at, axis, point: seen, half, low: seen - half, high: seen + half, space: true };
    const position = axisPosition(info, seen);
    const point = axisWorld(info, position);
    const low = position === 0 ? -Infinity : point - half;
    // A place between two positions has the later one.
    const high = position === axisCount(info) - 1 ? Infinity : point + half * (1 - 1e-12);
    return { at, axis, point, half, low, high, space: false };
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
  const count = one.shape === 'vector' ? 1 : one.vertices.length;
  return plane.others.every(({ at, point, half, low, high }) => {
    let [least, most] = [Infinity, -Infinity];
    for (let index = 0; index < count; index++) {
      const value = one.vertices[index]?.[at] ?? 0;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    if (one.shape === 'track' && at === plane.time)
      return least <= point + half && most >= point - plane.tail - half;
    return most >= low && least <= high;
  });
}

/** Whether the slice cuts through a point beside it, as a ball of this radius: then it is faded. */
export function isCut(one: Annotation, plane: Plane, radius: number): boolean {
  if (one.shape !== 'point') return false;
  let square = 0;
  for (const { at, point, low, high, space } of plane.others) {
    const value = one.vertices[0]?.[at] ?? 0;
    if (value >= low && value <= high) continue;
    if (!space) return false;
    square += (value - point) ** 2;
  }
  return square < radius ** 2;
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
