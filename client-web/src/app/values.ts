/** The values of the layers under the pointer. */

import type { Pair } from '../protocol';
import * as actions from './actions';
import * as store from './store';

/** Pause between questions. */
const VALUES_MS = 60;

/** Asks for the values under the pointer when it or the picture has moved; one question at a time. */
export function followValues(): () => void {
  let busy = false;
  let asked: { world: Pair | null; revision: number } = { world: null, revision: -1 };
  const timer = setInterval(async () => {
    const world = store.pointer.value;
    const revision = store.revision.value;
    if (busy || !world || store.phase.value.at !== 'live') return;
    if (asked.world === world && asked.revision === revision) return;
    busy = true;
    asked = { world, revision };
    const waited = new Promise((resolve) => setTimeout(resolve, 2_000, null));
    const answer = await Promise.race([actions.values(world), waited]);
    busy = false;
    if (answer && store.pointer.value)
      store.underPointer.value = answer as NonNullable<Awaited<ReturnType<typeof actions.values>>>;
  }, VALUES_MS);
  return () => clearInterval(timer);
}
