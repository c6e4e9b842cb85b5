/** Colormaps as strips, and the picker of them. */

import { useState } from 'preact/hooks';
import { colormaps, type Colormap } from '../app/store';
import { strings } from '../strings';
import { markOf, MarkDot, markProps, Refusal } from './controls/mark';
import { Popover } from './controls/popover';
import { Down } from './icons';
import { popover } from './state';

/** Colormaps above which the list can be searched. */
const SEARCH_FROM = 12;

export function gradient(map: Colormap | undefined, direction = 'to right'): string {
  const stops = map?.stops ?? ['#000000', '#ffffff'];
  return `linear-gradient(${direction}, ${stops.join(', ')})`;
}

interface Props {
  name: string;
  value: string;
  locked: string | null;
  onChange: (value: string) => void;
}

function Options({ value, onChange }: Pick<Props, 'value' | 'onChange'>) {
  const [search, setSearch] = useState('');
  const all = colormaps.value;
  const found = all.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
  return (
    <>
      {all.length >= SEARCH_FROM && (
        <input
          class="search"
          type="search"
          placeholder={strings.inspector.findColormap}
          aria-label={strings.inspector.findColormap}
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      )}
      <ul class="colormaps" role="listbox" aria-label={strings.inspector.colormap}>
        {found.map((map) => (
          <li key={map.name} role="presentation">
            <button
              type="button"
              role="option"
              aria-selected={map.name === value}
              data-testid={`colormap-${map.name}`}
              ref={(node) => {
                if (node && map.name === value) node.scrollIntoView({ block: 'nearest' });
              }}
              onClick={() => onChange(map.name)}
              onKeyDown={(event) => {
                const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
                if (by === undefined) return;
                event.preventDefault();
                event.stopPropagation();
                const items = [...event.currentTarget.closest('ul')!.querySelectorAll('button')];
                const next = items[items.indexOf(event.currentTarget) + by];
                next?.focus();
                next?.click();
              }}
            >
              <span class="strip" style={{ background: gradient(map) }} />
              <span class="strip-name">{map.name}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

export function ColormapPicker({ name, value, locked, onChange }: Props) {
  const mark = markOf(name);
  const { class: names, style } = markProps(mark);
  const map = colormaps.value.find((one) => one.name === value);
  return (
    <div class={`field ${names}`} style={style} data-tip={locked ?? undefined}>
      <div class="field-head">
        <span class="field-label">{strings.inspector.colormap}</span>
        <MarkDot mark={mark} />
      </div>
      <Popover
        id="colormap"
        label={strings.inspector.colormap}
        class="popover-wide"
        button={({ open, toggle }) => (
          <button
            type="button"
            class="select"
            aria-haspopup="listbox"
            aria-expanded={open}
            aria-disabled={locked !== null}
            aria-label={`${strings.inspector.colormap}: ${value}`}
            data-testid="colormap"
            data-value={value}
            onClick={() => !locked && toggle()}
          >
            <span class="strip" style={{ background: gradient(map) }} />
            <span class="strip-name">{value}</span>
            <Down size={14} />
          </button>
        )}
      >
        {() => (
          <Options
            value={value}
            onChange={(next) => {
              onChange(next);
              popover.value = 'colormap';
            }}
          />
        )}
      </Popover>
      <Refusal mark={mark} />
    </div>
  );
}
