/** Plane geometry for tools: distances, outlines, simpler lines. Points are (vertical, horizontal). */

import type { Pair } from '../protocol';

export const minus = (a: Pair, b: Pair): Pair => [a[0] - b[0], a[1] - b[1]];
export const plus = (a: Pair, b: Pair): Pair => [a[0] + b[0], a[1] + b[1]];
export const times = (a: Pair, by: number): Pair => [a[0] * by, a[1] * by];
export const dot = (a: Pair, b: Pair): number => a[0] * b[0] + a[1] * b[1];
export const distance = (a: Pair, b: Pair): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** The point of the segment from `a` to `b` that is nearest to `p`. */
export function nearestOn(p: Pair, a: Pair, b: Pair): Pair {
  const along = minus(b, a);
  const square = dot(along, along);
  const part = square > 0 ? Math.min(Math.max(dot(minus(p, a), along) / square, 0), 1) : 0;
  return plus(a, times(along, part));
}

/** The edge nearest to `p`: the number of its first point, the place on it, and how far it is. */
export function nearestEdge(
  p: Pair,
  points: readonly Pair[],
  closed: boolean,
): { index: number; at: Pair; distance: number } | null {
  let best: { index: number; at: Pair; distance: number } | null = null;
  const count = closed ? points.length : points.length - 1;
  for (let index = 0; index < count; index++) {
    const at = nearestOn(p, points[index]!, points[(index + 1) % points.length]!);
    const far = distance(p, at);
    if (!best || far < best.distance) best = { index, at, distance: far };
  }
  return best;
}

/** Whether `p` lies in a closed outline, by counting crossings. */
export function isInside(p: Pair, outline: readonly Pair[]): boolean {
  let odd = false;
  outline.forEach((a, at) => {
    const b = outline[(at + outline.length - 1) % outline.length]!;
    if (a[0] > p[0] === b[0] > p[0]) return;
    if (p[1] < ((b[1] - a[1]) * (p[0] - a[0])) / (b[0] - a[0]) + a[1]) odd = !odd;
  });
  return odd;
}

const turn = (a: Pair, b: Pair, c: Pair): number =>
  Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));

function meet(a: Pair, b: Pair, c: Pair, d: Pair): boolean {
  const [abc, abd, cda, cdb] = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)];
  if (abc !== abd && cda !== cdb) return true;
  const within = (p: Pair, q: Pair, r: Pair) =>
    Math.min(p[0], q[0]) <= r[0] &&
    r[0] <= Math.max(p[0], q[0]) &&
    Math.min(p[1], q[1]) <= r[1] &&
    r[1] <= Math.max(p[1], q[1]);
  return (
    (abc === 0 && within(a, b, c)) ||
    (abd === 0 && within(a, b, d)) ||
    (cda === 0 && within(c, d, a)) ||
    (cdb === 0 && within(c, d, b))
  );
}

/** Whether a closed outline crosses itself: two edges meet that are no neighbours. */
export function crossesItself(outline: readonly Pair[]): boolean {
  const count = outline.length;
  const point = (at: number) => outline[at % count]!;
  for (let i = 0; i < count; i++)
    for (let j = i + 2; j < count; j++) {
      if (i === 0 && j === count - 1) continue;
      if (meet(point(i), point(i + 1), point(j), point(j + 1))) return true;
    }
  return false;
}

/** Area of a closed outline, never negative. */
export function areaOf(outline: readonly Pair[]): number {
  let twice = 0;
  outline.forEach((a, at) => {
    const b = outline[(at + 1) % outline.length]!;
    twice += a[1] * b[0] - b[1] * a[0];
  });
  return Math.abs(twice) / 2;
}

export function lengthOf(points: readonly Pair[]): number {
  return points.reduce(
    (sum, point, at) => sum + (at > 0 ? distance(point, points[at - 1]!) : 0),
    0,
  );
}

/** The angle at `b`, 0 to 180 degrees. */
export function angleAt(a: Pair, b: Pair, c: Pair): number {
  const [u, v] = [minus(a, b), minus(c, b)];
  const cross = u[0] * v[1] - u[1] * v[0];
  return (Math.abs(Math.atan2(cross, dot(u, v))) * 180) / Math.PI;
}

/** Fewer points that stay within `tolerance` of the line (Douglas and Peucker). */
export function simplified(points: readonly Pair[], tolerance: number): Pair[] {
  if (points.length < 3) return [...points];
  const keep = new Set([0, points.length - 1]);
  const open: [number, number][] = [[0, points.length - 1]];
  for (let span = open.pop(); span; span = open.pop()) {
    const [from, to] = span;
    let [worst, far] = [-1, tolerance];
    for (let at = from + 1; at < to; at++) {
      const off = distance(points[at]!, nearestOn(points[at]!, points[from]!, points[to]!));
      if (off > far) [worst, far] = [at, off];
    }
    if (worst < 0) continue;
    keep.add(worst);
    open.push([from, worst], [worst, to]);
  }
  return points.filter((_, at) => keep.has(at));
}

/** The four corners, in order, of the box between two points; `square`: of equal sides. */
export function cornersOf(a: Pair, b: Pair, square = false): Pair[] {
  let [height, width] = minus(b, a);
  if (square) {
    const side = Math.max(Math.abs(height), Math.abs(width));
    height = (Math.sign(height) || 1) * side;
    width = (Math.sign(width) || 1) * side;
  }
  return [a, [a[0], a[1] + width], [a[0] + height, a[1] + width], [a[0] + height, a[1]]];
}

/** The corners of a (turned) rectangle after one of them was dragged; the opposite one stays. */
export function resized(corners: readonly Pair[], index: number, to: Pair): Pair[] {
  const corner = (at: number) => corners[(index + at) % 4]!;
  const [fixed, after, before] = [corner(2), corner(3), corner(1)];
  const unit = (a: Pair): Pair => times(a, 1 / (Math.hypot(...a) || 1));
  const [u, w] = [unit(minus(after, fixed)), unit(minus(before, fixed))];
  const by = minus(to, fixed);
  const result = [...corners];
  result[index] = to;
  result[(index + 3) % 4] = plus(fixed, times(u, dot(by, u)));
  result[(index + 1) % 4] = plus(fixed, times(w, dot(by, w)));
  // Edges that had no length say no direction: the corners are those of the box.
  if (dot(u, u) === 0 || dot(w, w) === 0) return cornersOf(fixed, to);
  return result;
}

/** Corners of the ellipse that fills a (turned) box. */
export function ellipseOutline(corners: readonly Pair[], count = 64): Pair[] {
  const [a, b, , d] = corners as [Pair, Pair, Pair, Pair];
  return Array.from({ length: count }, (_, at) => {
    const angle = (at / count) * 2 * Math.PI;
    const along = times(minus(b, a), 0.5 + 0.5 * Math.cos(angle));
    return plus(a, plus(along, times(minus(d, a), 0.5 + 0.5 * Math.sin(angle))));
  });
}

/** `to`, turned around `from` to the nearest multiple of 45 degrees. */
export function straightened(from: Pair, to: Pair): Pair {
  const [dy, dx] = minus(to, from);
  const step = Math.PI / 4;
  const angle = Math.round(Math.atan2(dy, dx) / step) * step;
  const far = dx * Math.cos(angle) + dy * Math.sin(angle);
  return [from[0] + far * Math.sin(angle), from[1] + far * Math.cos(angle)];
}
