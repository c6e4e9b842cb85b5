/** A text that is being typed, where it will stand. */

import { eye } from '../app/actions';
import { view, viewport } from '../app/store';
import { typing } from '../app/tool-state';
import { endText } from '../app/tools';
import { screenOf } from '../core/camera';
import { strings } from '../strings';

/** Longest text of an annotation. */
const MAX_TEXT = 1_000;

export function TextEntry() {
  const typed = typing.value;
  const camera = eye.value;
  const seen = view.value;
  if (!typed || !camera || !seen) return null;
  const [vertical, horizontal] = seen.displayed;
  const { x, y } = screenOf(camera, viewport.value, [
    typed.vertex[vertical] ?? 0,
    typed.vertex[horizontal] ?? 0,
  ]);
  const left = Math.min(Math.max(x, 4), Math.max(4, viewport.value.width - 180));
  return (
    <input
      class="text-entry"
      style={{ left: `${left}px`, top: `${y}px` }}
      aria-label={strings.annotate.typeText}
      placeholder={strings.annotate.typeText}
      maxLength={MAX_TEXT}
      defaultValue={typed.text}
      data-testid="text-entry"
      ref={(input) => {
        if (!input || document.activeElement === input) return;
        input.focus();
        input.select();
      }}
      onPointerDown={(event) => event.stopPropagation()}
      onBlur={(event) => typing.value === typed && endText(event.currentTarget.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Enter') endText(event.currentTarget.value);
        if (event.key === 'Escape') endText(null);
      }}
    />
  );
}
