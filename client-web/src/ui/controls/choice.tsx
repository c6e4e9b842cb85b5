/** One of a few: segments side by side. And a switch for yes or no. */

import type { ComponentChildren } from 'preact';
import { markOf, MarkDot, markProps, Refusal } from './mark';

interface ChoiceProps<T extends string> {
  label: string;
  name: string;
  value: T;
  options: readonly { value: T; label: string; tip?: string }[];
  locked?: string | null;
  onChange: (value: T) => void;
  testid: string;
}

export function Choice<T extends string>(props: ChoiceProps<T>) {
  const mark = markOf(props.name);
  const locked = props.locked ?? null;
  const { class: names, style } = markProps(mark);
  const move = (by: number) => {
    const at = props.options.findIndex(({ value }) => value === props.value);
    const next = props.options[(at + by + props.options.length) % props.options.length];
    if (next && !locked) props.onChange(next.value);
  };
  return (
    <div class={`field ${names}`} style={style}>
      <div class="field-head">
        <span class="field-label">{props.label}</span>
        <MarkDot mark={mark} />
      </div>
      <div
        class={`segments ${props.options.length > 3 ? 'segments-grid' : ''}`}
        role="radiogroup"
        aria-label={props.label}
        data-testid={props.testid}
        data-tip={locked ?? undefined}
        onKeyDown={(event) => {
          const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
          if (by === undefined) return;
          event.preventDefault();
          event.stopPropagation();
          move(by);
          const group = event.currentTarget;
          requestAnimationFrame(() =>
            group.querySelector<HTMLElement>('[aria-checked="true"]')?.focus(),
          );
        }}
      >
        {props.options.map(({ value, label, tip }) => (
          <button
            key={value}
            type="button"
            role="radio"
            aria-checked={value === props.value}
            aria-disabled={locked !== null}
            tabIndex={value === props.value ? 0 : -1}
            data-tip={locked ? undefined : tip}
            data-value={value}
            onClick={() => !locked && value !== props.value && props.onChange(value)}
          >
            {label}
          </button>
        ))}
      </div>
      <Refusal mark={mark} />
    </div>
  );
}

interface SwitchProps {
  label: ComponentChildren;
  name: string;
  value: boolean;
  locked?: string | null;
  onChange: (value: boolean) => void;
  testid: string;
}

export function Switch(props: SwitchProps) {
  const mark = markOf(props.name);
  const locked = props.locked ?? null;
  const { class: names, style } = markProps(mark);
  return (
    <div class={`field ${names}`} style={style} data-tip={locked ?? undefined}>
      <button
        type="button"
        class="switch"
        role="switch"
        aria-checked={props.value}
        aria-disabled={locked !== null}
        data-testid={props.testid}
        onClick={() => !locked && props.onChange(!props.value)}
      >
        <span class="field-label">{props.label}</span>
        <MarkDot mark={mark} />
        <span class="switch-track" aria-hidden="true" />
      </button>
      <Refusal mark={mark} />
    </div>
  );
}
