/** A number that can be typed, dragged sideways and scrolled. */

import { useRef, useState } from 'preact/hooks';
import { sample } from '../format';

interface Props {
  label: string;
  value: number;
  min?: number;
  max?: number;
  /** Change for one arrow key, wheel notch or four dragged pixels. */
  step: number;
  disabled?: boolean;
  format?: (value: number) => string;
  onChange: (value: number) => void;
  testid?: string;
  class?: string;
}

/** Dragged pixels for one step. */
const DRAG_PX = 4;
const SLOP = 3;

export function NumberField(props: Props) {
  const { value, step, min = -Infinity, max = Infinity, onChange, disabled = false } = props;
  const format = props.format ?? sample;
  const [draft, setShown] = useState<string | null>(null);
  // Leaving the field asks at once, before what was set is rendered.
  const typed = useRef<string | null>(null);
  const drag = useRef<{ x: number; from: number; moved: boolean } | null>(null);

  const set = (next: number) => {
    if (!Number.isFinite(next) || disabled) return;
    onChange(Math.min(Math.max(next, min), max));
  };
  const setDraft = (text: string | null) => {
    typed.current = text;
    setShown(text);
  };
  const commit = () => {
    const text = typed.current ?? '';
    setDraft(null);
    if (text.trim() === '') return;
    const next = Number(text.replace(',', '.').replace('−', '-'));
    if (next !== value) set(next);
  };

  return (
    <input
      class={`number ${props.class ?? ''}`}
      type="text"
      inputMode="decimal"
      role="spinbutton"
      aria-label={props.label}
      aria-valuenow={value}
      aria-valuetext={format(value)}
      {...(Number.isFinite(min) ? { 'aria-valuemin': min } : {})}
      {...(Number.isFinite(max) ? { 'aria-valuemax': max } : {})}
      data-testid={props.testid}
      disabled={disabled}
      autocomplete="off"
      spellcheck={false}
      value={draft ?? format(value)}
      size={Math.max(2, (draft ?? format(value)).length)}
      onFocus={(event) => event.currentTarget.select()}
      onInput={(event) => setDraft(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') {
          commit();
          event.currentTarget.blur();
        } else if (event.key === 'Escape') {
          setDraft(null);
          event.currentTarget.blur();
          event.stopPropagation();
        } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
          event.preventDefault();
          const by = event.shiftKey ? 10 * step : step;
          set(value + (event.key === 'ArrowUp' ? by : -by));
          setDraft(null);
        }
      }}
      onWheel={(event) => {
        if (document.activeElement !== event.currentTarget) return;
        event.preventDefault();
        setDraft(null);
        set(value - Math.sign(event.deltaY) * step);
      }}
      onPointerDown={(event) => {
        if (document.activeElement === event.currentTarget || event.button !== 0) return;
        drag.current = { x: event.clientX, from: value, moved: false };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        const from = drag.current;
        if (!from) return;
        const dx = event.clientX - from.x;
        if (!from.moved && Math.abs(dx) < SLOP) return;
        from.moved = true;
        event.currentTarget.blur();
        set(from.from + Math.round(dx / DRAG_PX) * step);
      }}
      onPointerUp={() => (drag.current = null)}
      onPointerCancel={() => (drag.current = null)}
    />
  );
}
