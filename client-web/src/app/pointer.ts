/** Mouse, wheel and touch on the picture: pan, zoom, scrub, and where the pointer is. */

import { panned, worldAt, zoomedAt, type Eye } from '../core/camera';
import { mayPresent } from '../core/roles';
import type { Pair } from '../protocol';
import * as actions from './actions';
import * as store from './store';

/** Movement before a press becomes a drag, CSS pixels. */
const SLOP = 3;
/** Zoom for one pixel of wheel; a usual notch of 100 zooms by 1.16. */
const WHEEL_ZOOM = 0.0015;
const PINCH_ZOOM = 0.01;
/** Wheel movement for one step of an axis. */
const SCRUB_STEP = 40;
const LINE_PX = 16;
/** Pause between questions for the values under the pointer. */
const VALUES_MS = 60;

interface Touch {
  x: number;
  y: number;
}

export function attachPointer(element: HTMLElement): () => void {
  const touches = new Map<number, Touch>();
  let start: { eye: Eye; at: Touch; spread: number } | null = null;
  let dragging = false;
  let controlHeld = false;
  let scrubbed = 0;

  const locked = () => store.watch.value === 'stage' && !mayPresent(store.role.value);
  const local = (event: MouseEvent): Touch => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const middle = (): Touch => {
    const all = [...touches.values()];
    const sum = all.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }), { x: 0, y: 0 });
    return { x: sum.x / all.length, y: sum.y / all.length };
  };
  const spread = (): number => {
    const [a, b] = [...touches.values()];
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  };
  const begin = () => {
    const eye = actions.eye.value;
    start = eye && touches.size > 0 ? { eye, at: middle(), spread: spread() } : null;
  };

  const onDown = (event: PointerEvent) => {
    if (event.button !== 0 || touches.size >= 2) return;
    element.setPointerCapture(event.pointerId);
    touches.set(event.pointerId, local(event));
    dragging = touches.size > 1;
    begin();
  };

  const onMove = (event: PointerEvent) => {
    const at = local(event);
    if (event.pointerType !== 'touch') hover(at);
    if (!touches.has(event.pointerId) || !start) return;
    touches.set(event.pointerId, at);
    const now = middle();
    const dx = now.x - start.at.x;
    const dy = now.y - start.at.y;
    if (!dragging && Math.hypot(dx, dy) < SLOP) return;
    if (!dragging && locked()) {
      start = null;
      return actions.explainLocked();
    }
    dragging = true;
    element.classList.add('dragging');
    const size = store.viewport.value;
    let eye: Eye = start.eye;
    if (start.spread > 0) {
      const factor = spread() / start.spread;
      eye = { ...eye, ...zoomedAt(eye, size, start.at.x, start.at.y, factor) };
    }
    actions.setCamera(panned(eye, size, dx, dy));
  };

  const onUp = (event: PointerEvent) => {
    touches.delete(event.pointerId);
    element.classList.remove('dragging');
    begin();
    if (touches.size === 0) dragging = false;
  };

  const onWheel = (event: WheelEvent) => {
    event.preventDefault();
    const delta = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1);
    // A pinch on a trackpad comes as a wheel with Ctrl that nobody holds.
    if (event.ctrlKey && controlHeld) return scrub(delta);
    const eye = actions.eye.value;
    if (!eye) return;
    const factor = Math.exp(-delta * (event.ctrlKey ? PINCH_ZOOM : WHEEL_ZOOM));
    const { x, y } = local(event);
    actions.setCamera(zoomedAt(eye, store.viewport.value, x, y, factor));
  };

  const scrub = (delta: number) => {
    scrubbed += delta;
    const steps = Math.trunc(scrubbed / SCRUB_STEP);
    scrubbed -= steps * SCRUB_STEP;
    if (steps !== 0) actions.step(actions.currentAxis.value, steps);
  };

  const onLeave = () => {
    store.pointer.value = null;
    store.underPointer.value = null;
    actions.pointAt(null);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Control' || event.key === 'Meta') controlHeld = event.type === 'keydown';
  };

  element.addEventListener('pointerdown', onDown);
  element.addEventListener('pointermove', onMove);
  element.addEventListener('pointerup', onUp);
  element.addEventListener('pointercancel', onUp);
  element.addEventListener('pointerleave', onLeave);
  element.addEventListener('wheel', onWheel, { passive: false });
  element.addEventListener('dblclick', actions.resetView);
  addEventListener('keydown', onKey);
  addEventListener('keyup', onKey);
  const stopValues = followValues();
  return () => {
    stopValues();
    removeEventListener('keydown', onKey);
    removeEventListener('keyup', onKey);
  };
}

function hover({ x, y }: Touch): void {
  const eye = actions.eye.value;
  if (!eye) return;
  const world = worldAt(eye, store.viewport.value, x, y);
  store.pointer.value = world;
  actions.pointAt(world);
}

/** Asks for the values under the pointer when it or the picture has moved; one question at a time. */
function followValues(): () => void {
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
