/**
 * Mouse, wheel and touch on a picture of three axes: a drag turns it, with Shift or the middle button
 * it moves it; two fingers move and zoom; the wheel zooms; a double click shows everything.
 */

import { orbited, shifted } from '../core/orbit';
import { mayPresent } from '../core/roles';
import * as actions from './actions';
import * as store from './store';

/** Movement before a press becomes a drag, CSS pixels. */
const SLOP = 3;
/** Zoom for one pixel of wheel; as in flat views. */
const WHEEL_ZOOM = 0.0015;
const PINCH_ZOOM = 0.01;
const LINE_PX = 16;

interface Spot {
  x: number;
  y: number;
}

export function attachOrbit(element: HTMLElement): () => void {
  const touches = new Map<number, Spot>();
  let start: { space: actions.Space; at: Spot; spread: number; moves: boolean } | null = null;
  let dragging = false;

  const local = (event: MouseEvent): Spot => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const middle = (): Spot => {
    const all = [...touches.values()];
    const sum = all.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }), { x: 0, y: 0 });
    return { x: sum.x / all.length, y: sum.y / all.length };
  };
  const spread = (): number => {
    const [a, b] = [...touches.values()];
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  };
  /** From here on, as fingers come and go. */
  const begin = (moves: boolean) => {
    const space = actions.space.value;
    start = space && touches.size > 0 ? { space, at: middle(), spread: spread(), moves } : null;
  };

  const onDown = (event: PointerEvent) => {
    if (!actions.space.value || event.button > 1 || touches.size >= 2) return;
    touches.set(event.pointerId, local(event));
    dragging = touches.size > 1;
    begin(touches.size > 1 || event.shiftKey || event.button === 1);
  };

  const onMove = (event: PointerEvent) => {
    if (!touches.has(event.pointerId)) return;
    touches.set(event.pointerId, local(event));
    if (!start) return;
    const now = middle();
    const [dx, dy] = [now.x - start.at.x, now.y - start.at.y];
    if (!dragging && Math.hypot(dx, dy) < SLOP) return;
    if (!dragging && store.watch.value === 'stage' && !mayPresent(store.role.value)) {
      start = null;
      return actions.explainLocked();
    }
    dragging = true;
    element.classList.add('dragging');
    const { camera, canvas } = start.space;
    const size = store.viewport.value;
    if (!start.moves) return actions.setCamera3d(orbited(camera, size, dx, dy));
    const factor = start.spread > 0 ? spread() / start.spread : 1;
    const zoomed = { ...camera, zoom: camera.zoom * factor };
    actions.setCamera3d(shifted(zoomed, canvas, size, dx, dy));
  };

  const onUp = (event: PointerEvent) => {
    if (!touches.delete(event.pointerId)) return;
    element.classList.remove('dragging');
    // The finger that is left turns nothing by accident: it goes on moving the picture.
    begin(true);
    if (touches.size === 0) dragging = false;
  };

  const onWheel = (event: WheelEvent) => {
    if (!actions.space.value) return;
    event.preventDefault();
    const delta = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1);
    actions.zoomBy(Math.exp(-delta * (event.ctrlKey ? PINCH_ZOOM : WHEEL_ZOOM)));
  };

  const onDouble = () => {
    if (actions.space.value) actions.resetView();
  };

  element.addEventListener('pointerdown', onDown);
  element.addEventListener('pointermove', onMove);
  element.addEventListener('pointerup', onUp);
  element.addEventListener('pointercancel', onUp);
  element.addEventListener('wheel', onWheel, { passive: false });
  element.addEventListener('dblclick', onDouble);
  return () => {
    element.removeEventListener('pointerdown', onDown);
    element.removeEventListener('pointermove', onMove);
    element.removeEventListener('pointerup', onUp);
    element.removeEventListener('pointercancel', onUp);
    element.removeEventListener('wheel', onWheel);
    element.removeEventListener('dblclick', onDouble);
  };
}
