/** One of many: the browser's own list, and a grid of symbols. */

import { symbolPath } from '../../core/annotations/look';
import { SYMBOLS, type Symbol } from '../../protocol';
import { strings } from '../../strings';
import { markOf, MarkDot, markProps, Refusal } from './mark';

interface SelectProps {
  label: string;
  name: string;
  value: string;
  options: readonly { value: string; label: string }[];
  locked?: string | null;
  onChange: (value: string) => void;
  testid: string;
}

export function SelectField(props: SelectProps) {
  const mark = markOf(props.name);
  const locked = props.locked ?? null;
  const { class: names, style } = markProps(mark);
  return (
    <div class={`field ${names}`} style={style} data-tip={locked ?? undefined}>
      <label class="field-head">
        <span class="field-label">{props.label}</span>
        <MarkDot mark={mark} />
        <span class="spacer" />
        <select
          class="native-select"
          value={props.value}
          disabled={locked !== null}
          data-testid={props.testid}
          onChange={(event) => props.onChange(event.currentTarget.value)}
        >
          {props.options.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <Refusal mark={mark} />
    </div>
  );
}

interface SymbolProps {
  label: string;
  name: string;
  value: Symbol;
  locked?: string | null;
  onChange: (value: Symbol) => void;
}

export function SymbolField(props: SymbolProps) {
  const mark = markOf(props.name);
  const locked = props.locked ?? null;
  const { class: names, style } = markProps(mark);
  return (
    <div class={`field ${names}`} style={style} data-tip={locked ?? undefined}>
      <div class="field-head">
        <span class="field-label">{props.label}</span>
        <MarkDot mark={mark} />
      </div>
      <div class="symbols" role="radiogroup" aria-label={props.label} data-testid="symbol">
        {SYMBOLS.map((symbol) => (
          <button
            key={symbol}
            type="button"
            role="radio"
            aria-checked={symbol === props.value}
            aria-disabled={locked !== null}
            aria-label={strings.style.symbols[symbol]}
            data-tip={locked ? undefined : strings.style.symbols[symbol]}
            data-testid={`symbol-${symbol}`}
            onClick={() => !locked && symbol !== props.value && props.onChange(symbol)}
          >
            <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
              <path
                d={symbolPath(symbol, 9, 9, 5)}
                fill={['ring', 'cross', 'x'].includes(symbol) ? 'none' : 'currentColor'}
                stroke="currentColor"
                stroke-width="1.6"
              />
            </svg>
          </button>
        ))}
      </div>
      <Refusal mark={mark} />
    </div>
  );
}
