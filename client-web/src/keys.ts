/** Keys to actions: napari's names, with a second one where the browser takes the first. */

import type { ActionName } from './strings';

/** `Ctrl+R`, `ArrowLeft`, `?`: modifiers, then the `key` of the event (letters in upper case). */
export type Chord = string;

export const DEFAULT_KEYS: Readonly<Record<ActionName, readonly Chord[]>> = {
  previous: ['ArrowLeft'],
  next: ['ArrowRight'],
  axisUp: ['ArrowUp'],
  axisDown: ['ArrowDown'],
  reset: ['Home', 'Ctrl+R'],
  transpose: ['T', 'Ctrl+T'],
  ndisplay: ['3', 'Ctrl+Y'],
  roll: ['R', 'Ctrl+E'],
  zoomIn: ['+', '='],
  zoomOut: ['-'],
  visible: ['V'],
  nextLayer: ['Tab'],
  stage: ['1'],
  mine: ['2'],
  undo: ['Ctrl+Z'],
  redo: ['Ctrl+Shift+Z'],
  finish: ['Enter'],
  cancel: ['Escape'],
  remove: ['Delete', 'Backspace'],
  selectAll: ['Ctrl+A'],
  brushSmaller: ['['],
  brushLarger: [']'],
  newLabel: ['M'],
  tool_pan: ['H'],
  tool_select: ['A'],
  tool_points: ['P'],
  tool_line: ['L'],
  tool_polyline: ['Y'],
  tool_path: ['D'],
  tool_vector: ['W'],
  tool_track: ['Q'],
  tool_polygon: ['S'],
  tool_rectangle: ['X'],
  tool_ellipse: ['C'],
  tool_text: ['N'],
  tool_ruler: ['U'],
  tool_angle: ['J'],
  tool_area: ['O'],
  tool_statistics: ['I'],
  tool_brush: ['B'],
  tool_erase: ['E'],
  tool_fill: ['F'],
  tool_pick: ['K'],
  tool_laser: ['Z'],
  help: ['?'],
};

const STORED = 'parfocal.keys';

/** The user's keys: the defaults, with what is stored for single actions put in their place. */
export function loadKeys(): Record<ActionName, readonly Chord[]> {
  const keys = { ...DEFAULT_KEYS };
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return keys;
    for (const [action, chords] of Object.entries(stored))
      if (action in keys && Array.isArray(chords))
        keys[action as ActionName] = chords.filter((chord) => typeof chord === 'string');
  } catch {
    // Unreadable or forbidden storage: the defaults do.
  }
  return keys;
}

type KeyLike = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'> & {
  shiftKey?: boolean;
};

export function chordOf(event: KeyLike): Chord {
  const name = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const ctrl = event.ctrlKey || event.metaKey ? 'Ctrl+' : '';
  // Alone, Shift only says which letter or sign it is.
  const shift = ctrl && event.shiftKey ? 'Shift+' : '';
  return `${ctrl}${shift}${event.altKey ? 'Alt+' : ''}${name}`;
}

export function actionOf(
  event: KeyLike,
  keys: Readonly<Record<ActionName, readonly Chord[]>>,
): ActionName | null {
  const chord = chordOf(event);
  const found = Object.entries(keys).find(([, chords]) => chords.includes(chord));
  return (found?.[0] as ActionName | undefined) ?? null;
}
