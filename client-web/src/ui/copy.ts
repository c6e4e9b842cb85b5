/** The clipboard, with a word to the user when the browser refuses. */

import { toast } from '../app/notes';
import { strings } from '../strings';

/** For pages without a secure context, where there is no `navigator.clipboard`. */
function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'sr-only';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}

export async function explainCopy(text: string): Promise<boolean> {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Not allowed: the old way may be.
  }
  if (copyBySelection(text)) return true;
  toast('bad', strings.toast.copyFailed);
  return false;
}
