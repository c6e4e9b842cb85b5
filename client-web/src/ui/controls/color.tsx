/** A colour with its alpha; `null`: as the layer says. */

import { markOf, MarkDot, markProps, Refusal } from './mark';
import { NumberField } from './number-field';
import { Close } from '../icons';

interface Props {
  label: string;
  name: string;
  /** `#rrggbb` or `#rrggbbaa`. */
  value: string;
  /** Given where the value is the annotation's own: takes it back to the layer's. */
  reset?: { label: string; run: () => void } | null;
  alpha?: boolean;
  locked?: string | null;
  onChange: (value: string) => void;
  testid: string;
}

const hex = (part: number): string => Math.round(part).toString(16).padStart(2, '0');

/** Alpha of a colour in percent. */
export const alphaOf = (color: string): number =>
  color.length > 7 ? Math.round((parseInt(color.slice(7, 9), 16) / 255) * 100) : 100;

export const withAlpha = (color: string, percent: number): string =>
  percent >= 100 ? color.slice(0, 7) : color.slice(0, 7) + hex((percent / 100) * 255);

export function ColorField(props: Props) {
  const { value, alpha = true } = props;
  const mark = markOf(props.name);
  const locked = props.locked ?? null;
  const { class: names, style } = markProps(mark);
  const percent = alphaOf(value);
  return (
    <div class={`field ${names}`} style={style} data-tip={locked ?? undefined}>
      <div class="field-head color-field">
        <span class="field-label">{props.label}</span>
        <MarkDot mark={mark} />
        <span class="spacer" />
        {props.reset && !locked && (
          <button
            type="button"
            class="icon-button icon-small"
            aria-label={props.reset.label}
            data-tip={props.reset.label}
            data-testid={`${props.testid}-reset`}
            onClick={props.reset.run}
          >
            <Close size={12} />
          </button>
        )}
        {alpha && (
          <NumberField
            label={`${props.label}, alpha`}
            value={percent}
            min={0}
            max={100}
            step={1}
            format={(part) => `${Math.round(part)} %`}
            disabled={locked !== null}
            onChange={(part) => props.onChange(withAlpha(value, part))}
            testid={`${props.testid}-alpha`}
          />
        )}
        <label class="color-well" style={{ '--color': value }}>
          <input
            type="color"
            value={value.slice(0, 7)}
            disabled={locked !== null}
            aria-label={props.label}
            data-testid={props.testid}
            onInput={(event) => props.onChange(withAlpha(event.currentTarget.value, percent))}
          />
        </label>
      </div>
      <Refusal mark={mark} />
    </div>
  );
}
