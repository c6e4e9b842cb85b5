/** Taking back one's own steps, and doing them again. */

import { strings } from '../strings';
import { ask } from './actions';
import { toast } from './notes';
import * as store from './store';

/** What the button would do, in words. */
export function explainStep(what: 'undo' | 'redo'): string {
  const words = store.steps.value[what];
  const text = strings.steps;
  if (words === null) return what === 'undo' ? text.nothingToUndo : text.nothingToRedo;
  return what === 'undo' ? text.undo(words) : text.redo(words);
}

function step(kind: 'undo' | 'redo'): void {
  if (store.steps.value[kind] === null) return toast('info', explainStep(kind));
  ask({ kind });
}

export const undo = (): void => step('undo');
export const redo = (): void => step('redo');
