/** When and where a track is drawn. */

import { positionIn } from '../core/presence';
import type { Spot } from '../core/tools/draw';
import type { Pair } from '../protocol';
import { pointOn } from './actions';
import * as store from './store';

/** The axis along which tracks go: of time, and not shown. */
export function timeAxis(): number | null {
  const shown: readonly number[] = store.view.value?.displayed ?? [];
  const at = store.scene.value.axes.findIndex(
    ({ kind }, axis) => kind === 'time' && !shown.includes(axis),
  );
  return at < 0 ? null : at;
}

/** Where a place of the slice is in the scene, as wished: the time may be on its way. */
export function momentAt(world: Pair): Spot['moment'] | null {
  const [view, axis] = [store.view.value, timeAxis()];
  if (!view || axis === null) return null;
  const shown: readonly number[] = view.displayed;
  const position = positionIn(view, world).map((value, at) =>
    shown.includes(at) ? value : pointOn(at),
  );
  return { time: position[axis]!, position };
}
