/** What the ways of moving a picture share, flat and in space: pointers that are down, the wheel. */

/** Movement before a press becomes a drag, CSS pixels. */
export const SLOP = 3;
/** Zoom for one pixel of wheel; a usual notch of 100 zooms by 1.16. */
const WHEEL_ZOOM = 0.0015;
const PINCH_ZOOM = 0.01;
const LINE_PX = 16;

/** A place on the picture's element, CSS pixels. */
export interface Spot {
  x: number;
  y: number;
}

export function local(element: HTMLElement, event: MouseEvent): Spot {
  const box = element.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

/** The pointers that are down, by their ids. */
export class Touches extends Map<number, Spot> {
  /** Their middle; there must be one. */
  middle(): Spot {
    const all = [...this.values()];
    const sum = all.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }), { x: 0, y: 0 });
    return { x: sum.x / all.length, y: sum.y / all.length };
  }

  /** How far two are apart; 0: there is only one. */
  spread(): number {
    const [a, b] = [...this.values()];
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  }
}

/** How far the wheel went, CSS pixels. */
export const wheeled = (event: WheelEvent): number =>
  event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1);

/** The zoom that the wheel asks for; a pinch on a trackpad comes as a wheel with Ctrl. */
export const wheelZoom = (event: WheelEvent): number =>
  Math.exp(-wheeled(event) * (event.ctrlKey ? PINCH_ZOOM : WHEEL_ZOOM));
