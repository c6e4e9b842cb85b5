/** A labelled slider with its number beside it. */

import { markOf, MarkDot, markProps, Refusal } from './mark';
import { NumberField } from './number-field';

interface Props {
  label: string;
  /** The key of what it changes; see `core/keys.ts`. */
  name: string;
  value: number;
  min: number;
  max: number;
  step: number;
  /** Bounds for typed numbers, where they are wider. */
  typed?: readonly [number, number];
  /** Equal ratios take equal ways on the slider. */
  logarithmic?: boolean;
  /** Where a double click leads. */
  usual: number;
  format: (value: number) => string;
  locked?: string | null;
  onChange: (value: number) => void;
  testid: string;
}

const TICKS = 1000;

export function Slider(props: Props) {
  const { value, min, max, logarithmic = false, step } = props;
  const mark = markOf(props.name);
  const locked = props.locked ?? null;
  const scale = logarithmic ? Math.log : (x: number) => x;
  const back = logarithmic ? Math.exp : (x: number) => x;
  const clamped = Math.min(Math.max(value, min), max);
  const part = (scale(clamped) - scale(min)) / (scale(max) - scale(min));
  const valueAt = (tick: number) => {
    const raw = back(scale(min) + (tick / TICKS) * (scale(max) - scale(min)));
    return Number((Math.round(raw / step) * step).toFixed(6));
  };
  const { class: names, style } = markProps(mark);
  return (
    <div class={`field ${names}`} style={style} data-tip={locked ?? undefined}>
      <div class="field-head">
        <span class="field-label">{props.label}</span>
        <MarkDot mark={mark} />
        <NumberField
          label={props.label}
          value={value}
          min={props.typed?.[0] ?? min}
          max={props.typed?.[1] ?? max}
          step={step}
          format={props.format}
          disabled={locked !== null}
          onChange={props.onChange}
          testid={`${props.testid}-number`}
        />
      </div>
      <input
        class="range"
        type="range"
        min={0}
        max={TICKS}
        step={TICKS / 100}
        value={Math.round(part * TICKS)}
        style={{ '--part': String(part) }}
        disabled={locked !== null}
        aria-label={props.label}
        aria-valuetext={props.format(value)}
        data-testid={props.testid}
        onInput={(event) => props.onChange(valueAt(event.currentTarget.valueAsNumber))}
        onDblClick={() => props.onChange(props.usual)}
      />
      <Refusal mark={mark} />
    </div>
  );
}
