/** The trail of a laser pointer: what it went over, until it has faded. */

import type { Vertex } from '../protocol';

/** From being pointed at to being gone. */
export const LASER_MS = 1_200;
/** Places of a trail: sixty a second, and some to spare. */
const MAX_PLACES = 128;

export interface Place {
  position: Vertex;
  at: number;
}

export type Trail = readonly Place[];

export function trailAfter(trail: Trail, position: Vertex | null, now: number): Trail {
  const fresh = trail.filter(({ at }) => now - at < LASER_MS);
  return (position ? [...fresh, { position, at: now }] : fresh).slice(-MAX_PLACES);
}
