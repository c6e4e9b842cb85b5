/**
 * Mouse, wheel and touch on a picture of three axes: a drag turns it, with Shift or the middle button
 * it moves it; two fingers move and zoom; the wheel zooms; a double click shows everything.
 */

import { orbited, shifted } from '../core/orbit';
import * as actions from './actions';
import * as store from './store';
import { local, SLOP, Touches, wheelZoom, type Spot } from './touches';

export function attachOrbit(element: HTMLElement): () => void {
  const touches = new Touches();
  let start: { space: actions.Space; at: Spot; spread: number; moves: boolean } | null = null;
  let dragging = false;

  /** From here on, as fingers come and go. */
  const begin = (moves: boolean) => {
    const space = actions.space.value;
    start =
      space && touches.size > 0
        ? { space, at: touches.middle(), spread: touches.spread(), moves }
        : null;
  };

  const onDown = (event: PointerEvent) => {
    if (!actions.space.value || event.button > 1 || touches.size >= 2) return;
    touches.set(event.pointerId, local(element, event));
    dragging = touches.size > 1;
    begin(touches.size > 1 || event.shiftKey || event.button === 1);
  };

  const onMove = (event: PointerEvent) => {
    if (!touches.has(event.pointerId)) return;
    touches.set(event.pointerId, local(element, event));
    if (!start) return;
    const now = touches.middle();
    const [dx, dy] = [now.x - start.at.x, now.y - start.at.y];
    if (!dragging && Math.hypot(dx, dy) < SLOP) return;
    if (!dragging && store.stageLocked.value) {
      start = null;
      return actions.explainLocked();
    }
    dragging = true;
    element.classList.add('dragging');
    const { camera, canvas } = start.space;
    const size = store.viewport.value;
    if (!start.moves) return actions.setCamera3d(orbited(camera, size, dx, dy));
    const factor = start.spread > 0 ? touches.spread() / start.spread : 1;
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
    actions.zoomBy(wheelZoom(event));
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
