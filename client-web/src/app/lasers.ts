/** Laser pointers: where they were for the last moment, one's own and the others'. */

import { signal } from '@preact/signals';
import { LASER_MS, trailAfter, type Trail } from '../core/laser';
import type { Vertex } from '../protocol';

export const trails = signal<ReadonlyMap<number, Trail>>(new Map());

let frame = 0;

function tick(): void {
  frame = 0;
  const now = performance.now();
  const rest = new Map<number, Trail>();
  for (const [who, trail] of trails.value) {
    const left = trailAfter(trail, null, now);
    if (left.length > 0) rest.set(who, left);
  }
  trails.value = rest;
  if (rest.size > 0) frame = requestAnimationFrame(tick);
}

/** Notes where somebody's laser is now. */
export function point(who: number, position: Vertex): void {
  const trail = trailAfter(trails.value.get(who) ?? [], position, performance.now());
  trails.value = new Map(trails.value).set(who, trail);
  frame ||= requestAnimationFrame(tick);
}

/** How strong a place of a trail still is, 0 to 1. */
export const strength = (at: number): number =>
  Math.max(0, 1 - (performance.now() - at) / LASER_MS);
