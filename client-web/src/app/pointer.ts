/**
 * Mouse, wheel and touch on the picture: one finger or the left button is the tool's; two fingers,
 * the middle button and the space key move the picture, as does everything with no other tool.
 */

import { framed, panned, worldAt, zoomedAt, type Eye } from '../core/camera';
import type { Pair } from '../protocol';
import * as actions from './actions';
import { openMenu, type Press } from './selecting';
import * as store from './store';
import * as state from './tool-state';
import { local, SLOP, Touches, wheeled, wheelZoom, type Spot } from './touches';
import * as tools from './tools';
import { followValues } from './values';

/** Wheel movement for one step of an axis. */
const SCRUB_STEP = 40;
/** Held still this long, a finger does what Alt and a click do. */
const HELD_MS = 550;

export function attachPointer(element: HTMLElement): () => void {
  const touches = new Touches();
  let start: { eye: Eye; at: Spot; spread: number } | null = null;
  let dragging = false;
  let controlHeld = false;
  let spaceHeld = false;
  /** The pointer whose press the tool has, and where it was pressed. */
  let working: { pointer: number; at: Spot } | null = null;
  let holding = 0;
  let scrubbed = 0;

  const begin = () => {
    const eye = actions.eye.value;
    start =
      eye && touches.size > 0 ? { eye, at: touches.middle(), spread: touches.spread() } : null;
  };

  const press = (event: PointerEvent, at: Spot): Press | null => {
    const eye = actions.eye.value;
    return (
      eye && {
        world: worldAt(eye, store.viewport.value, at.x, at.y),
        screen: at,
        time: event.timeStamp,
        touch: event.pointerType === 'touch',
        shift: event.shiftKey,
        alt: event.altKey,
      }
    );
  };

  const onDown = (event: PointerEvent) => {
    ring(false);
    const panButton = event.button === 1 || spaceHeld;
    if ((event.button !== 0 && event.button !== 1) || touches.size >= 2) return;
    if (event.button === 1) event.preventDefault();
    element.setPointerCapture(event.pointerId);
    touches.set(event.pointerId, local(element, event));
    dragging = touches.size > 1;
    begin();
    const at = press(event, local(element, event));
    if (touches.size > 1) {
      if (working !== null) tools.interrupted();
      stopWork();
    } else if (at && event.altKey && !panButton && !tools.takesAlt(at)) {
      state.zoomBox.value = { from: at.world, to: at.world };
    } else if (at && !panButton) {
      hold(at);
      if (!tools.takesPress()) return;
      working = { pointer: event.pointerId, at: at.screen };
      tools.down(at);
    }
  };

  const onMove = (event: PointerEvent) => {
    const at = local(element, event);
    if (event.pointerType !== 'touch' || working) hover(at);
    const known = touches.has(event.pointerId);
    if (known) touches.set(event.pointerId, at);
    const box = state.zoomBox.value;
    if (box) {
      const to = press(event, at)?.world;
      if (to) state.zoomBox.value = { ...box, to };
      return;
    }
    if (working || !known) {
      // A fast pen says more than one place at a time.
      const all = working ? event.getCoalescedEvents?.() : undefined;
      if (working && Math.hypot(at.x - working.at.x, at.y - working.at.y) > SLOP)
        clearTimeout(holding);
      for (const each of all?.length ? all : [event]) {
        const spot = press(each, local(element, each));
        if (spot && (working || event.pointerType !== 'touch')) tools.move(spot, working !== null);
      }
      return;
    }
    if (!start) return;
    pan();
  };

  const pan = () => {
    if (!start) return;
    const now = touches.middle();
    const dx = now.x - start.at.x;
    const dy = now.y - start.at.y;
    if (!dragging && Math.hypot(dx, dy) < SLOP) return;
    clearTimeout(holding);
    if (!dragging && store.stageLocked.value) {
      start = null;
      return actions.explainLocked();
    }
    dragging = true;
    element.classList.add('dragging');
    const size = store.viewport.value;
    let eye: Eye = start.eye;
    if (start.spread > 0) {
      const factor = touches.spread() / start.spread;
      eye = { ...eye, ...zoomedAt(eye, size, start.at.x, start.at.y, factor) };
    }
    actions.setCamera(panned(eye, size, dx, dy));
  };

  const stopWork = () => {
    working = null;
    clearTimeout(holding);
  };

  /** What a finger opens that is held still takes the press away from the tool and the picture. */
  const hold = (at: Press) => {
    clearTimeout(holding);
    const open = () => {
      if (!tools.held(at)) return;
      working = start = null;
    };
    if (at.touch) holding = window.setTimeout(open, HELD_MS);
  };

  /** Shows what is in the box; one of a few pixels was a click. */
  const zoomIn = ({ from, to }: { from: Pair; to: Pair }) => {
    const eye = actions.eye.value;
    const least = 2 * SLOP * actions.perPixel();
    if (Math.max(Math.abs(from[0] - to[0]), Math.abs(from[1] - to[1])) < least) return;
    const camera = eye && framed(eye, from, to);
    if (camera) actions.setCamera(camera);
  };

  const onMenu = (event: MouseEvent) => {
    // A finger's menu has come by its own clock.
    const touch = (event as PointerEvent).pointerType === 'touch';
    const at = touch ? null : press(event as PointerEvent, local(element, event));
    if (touch || (at && openMenu(at))) event.preventDefault();
  };

  const onUp = (event: PointerEvent) => {
    const known = touches.delete(event.pointerId);
    element.classList.remove('dragging');
    begin();
    if (touches.size === 0) dragging = false;
    clearTimeout(holding);
    const box = state.zoomBox.value;
    state.zoomBox.value = null;
    if (box) return event.type === 'pointerup' ? zoomIn(box) : undefined;
    if (!known || working?.pointer !== event.pointerId) return;
    stopWork();
    const at = press(event, local(element, event));
    if (at && event.type === 'pointerup') tools.up(at);
    else tools.interrupted();
    if (event.pointerType === 'touch') leave();
  };

  const onWheel = (event: WheelEvent) => {
    event.preventDefault();
    // A pinch on a trackpad comes as a wheel with Ctrl that nobody holds.
    if (event.ctrlKey && controlHeld) return scrub(wheeled(event));
    const eye = actions.eye.value;
    if (!eye) return;
    const { x, y } = local(element, event);
    actions.setCamera(zoomedAt(eye, store.viewport.value, x, y, wheelZoom(event)));
  };

  const scrub = (delta: number) => {
    scrubbed += delta;
    const steps = Math.trunc(scrubbed / SCRUB_STEP);
    scrubbed -= steps * SCRUB_STEP;
    if (steps !== 0) actions.step(actions.currentAxis.value, steps);
  };

  const onLeave = () => {
    if (!working) leave();
  };
  const onKey = (event: KeyboardEvent) => {
    const down = event.type === 'keydown';
    if (event.key === 'Control' || event.key === 'Meta') controlHeld = down;
    if (event.key !== ' ') return;
    const focus = event.target as HTMLElement;
    if (focus.closest('input, textarea, button, [role="slider"]')) return;
    spaceHeld = down;
    element.classList.toggle('is-panning', down);
    event.preventDefault();
  };
  /** The mouse events that follow a touch would take the focus from the text that it began. */
  const onMouseDown = (event: MouseEvent) => {
    const typing = element.querySelector('.text-entry');
    if (typing && event.target !== typing) event.preventDefault();
  };
  /**
   * The browser shows the ring from the first key on, whatever brought the focus: here it is for who
   * came by keyboard alone, as keys go with drawing by mouse.
   */
  const ring = (shown: boolean) => element.toggleAttribute('data-ring', shown);
  const onFocus = () => ring(element.matches(':focus-visible'));
  const onBlur = () => ring(false);
  const onDouble = () => {
    if (actions.space.value) return;
    if (tools.takesPress()) tools.double();
    else actions.resetView();
  };

  element.addEventListener('pointerdown', onDown);
  element.addEventListener('pointermove', onMove);
  element.addEventListener('pointerup', onUp);
  element.addEventListener('pointercancel', onUp);
  element.addEventListener('pointerleave', onLeave);
  element.addEventListener('wheel', onWheel, { passive: false });
  element.addEventListener('mousedown', onMouseDown);
  element.addEventListener('dblclick', onDouble);
  element.addEventListener('contextmenu', onMenu);
  element.addEventListener('focus', onFocus);
  element.addEventListener('blur', onBlur);
  addEventListener('keydown', onKey);
  addEventListener('keyup', onKey);
  const stopValues = followValues();
  return () => {
    stopValues();
    removeEventListener('keydown', onKey);
    removeEventListener('keyup', onKey);
  };
}

function leave(): void {
  store.pointer.value = null;
  store.underPointer.value = null;
  actions.pointAt(null);
  tools.leave();
}

function hover({ x, y }: Spot): void {
  const eye = actions.eye.value;
  if (!eye) return;
  const world = worldAt(eye, store.viewport.value, x, y);
  store.pointer.value = world;
  actions.pointAt(world);
}
