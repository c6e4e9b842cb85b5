/** Where what somebody points at is in another's view. */

import type { Pair } from '../protocol';
import type { DimsAxis, View } from './scene';

/** Steps beside the slice after which a cursor is not shown any more. */
export const FAR_STEPS = 5;
/** How strong a cursor is that is just beside the slice. */
const BESIDE = 0.55;

/** A position on all axes, from a place in the plane that a view shows. */
export function positionIn(view: View, world: Pair): number[] {
  const position = [...view.point];
  position[view.displayed[0]] = world[0];
  position[view.displayed[1]] = world[1];
  return position;
}

/** How many steps a position lies beside what a view shows: a slice, or a space. */
export function stepsBeside(
  position: readonly number[],
  view: View,
  axes: readonly DimsAxis[],
): number {
  let most = 0;
  axes.forEach((axis, at) => {
    if (view.displayed.includes(at) || view.camera3d?.depth === at) return;
    const [here, there] = [view.point[at], position[at]];
    if (here === undefined || there === undefined) return;
    most = Math.max(most, Math.abs(there - here) / axis.step);
  });
  return most;
}

/**
 * A position in a view: where (in depth, too, where that is seen), and how strong (1 on the slice);
 * `null`: too far from it.
 */
export function seenFrom(
  position: readonly number[],
  view: View,
  axes: readonly DimsAxis[],
): { world: Pair; depth: number; strength: number } | null {
  const [vertical, horizontal] = [position[view.displayed[0]], position[view.displayed[1]]];
  const depth = view.camera3d ? position[view.camera3d.depth] : 0;
  if (vertical === undefined || horizontal === undefined || depth === undefined) return null;
  const beside = stepsBeside(position, view, axes);
  if (beside > FAR_STEPS + 0.5) return null;
  const strength = beside <= 0.5 ? 1 : BESIDE * (1 - (beside - 1) / (FAR_STEPS + 1));
  return { world: [vertical, horizontal], depth, strength };
}
