/** Things that are said for a moment: toasts, refusals beside a control, flashes in a colour. */

import type { Signal } from '@preact/signals';
import type { Participant } from '../protocol';
import { flashes, refusals, toasts, type Toast } from './store';

const TOAST_MS = 6_000;
const REFUSAL_MS = 6_000;
const FLASH_MS = 1_200;
const MAX_TOASTS = 3;

let nextToast = 1;
const timers = new Map<string, number>();

function forAMoment<T>(
  what: string,
  into: Signal<ReadonlyMap<string, T>>,
  name: string,
  value: T,
  ms: number,
): void {
  into.value = new Map(into.value).set(name, value);
  const timer = `${what}:${name}`;
  clearTimeout(timers.get(timer));
  timers.set(
    timer,
    window.setTimeout(() => {
      timers.delete(timer);
      const rest = new Map(into.value);
      rest.delete(name);
      into.value = rest;
    }, ms),
  );
}

/** Shows the reason of a refusal beside the control of this key, and for screen readers. */
export function refuse(name: string, reason: string): void {
  forAMoment('refusal', refusals, name, reason, REFUSAL_MS);
  // What has no control of its own on the screen is said aloud.
  const said = ['view', 'order', 'watch', 'annotation', 'layers', 'paint', 'undo', 'redo', 'label'];
  if (said.includes(name.split(':')[0]!)) toast('bad', reason);
}

/** The reason of an earlier refusal is out of date once something new is asked. */
export function forgetRefusal(name: string): void {
  if (!refusals.value.has(name)) return;
  const rest = new Map(refusals.value);
  rest.delete(name);
  refusals.value = rest;
}

/** Marks the control of this key in the colour of whoever moved it. */
export function flash(name: string, { color, name: who }: Participant): void {
  forAMoment('flash', flashes, name, { color, name: who }, FLASH_MS);
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

export function toast(tone: Toast['tone'], text: string, action?: Toast['action']): void {
  const id = nextToast++;
  const others = toasts.value.filter((one) => one.text !== text);
  const note: Toast = action ? { id, tone, text, action } : { id, tone, text };
  toasts.value = [...others, note].slice(-MAX_TOASTS);
  window.setTimeout(() => dismiss(id), TOAST_MS);
}
