/** The list of layers, top one first: select, show and hide, order, rename. */

import { signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import * as actions from '../app/actions';
import {
  colormaps,
  layers,
  selected,
  selectedLayer,
  sharedLocked,
  stageLocked,
  view,
} from '../app/store';
import { key } from '../core/keys';
import type { Layer } from '../core/scene';
import { strings } from '../strings';
import { gradient } from './colormap';
import { markOf, MarkDot, markProps, Refusal } from './controls/mark';
import * as Icons from './icons';
import { KindIcon } from './kind';

const renaming = signal<number | null>(null);
/** The row that is dragged, and the row (from the top) before which it would land. */
const drag = signal<{ layer: number; to: number } | null>(null);

/** Names that are cut keep their end: that is where files of one recording differ. */
const TAIL = 7;

function NameText({ name }: { name: string }) {
  const letters = [...name];
  if (letters.length <= 2 * TAIL) return <span class="layer-name">{name}</span>;
  return (
    <span class="layer-name layer-name-long">
      <span>{letters.slice(0, -TAIL).join('')}</span>
      <span>{letters.slice(-TAIL).join('')}</span>
    </span>
  );
}

function Name({ layer }: { layer: Layer }) {
  if (renaming.value !== layer.id)
    return <NameText name={actions.wished(key.layer(layer.id, 'name'), layer.name)} />;
  const done = (value: string | null) => {
    if (renaming.value !== layer.id) return;
    renaming.value = null;
    if (value !== null && value !== layer.name) actions.rename(layer.id, value);
  };
  return (
    <input
      class="layer-rename"
      aria-label={strings.layers.rename}
      data-testid="layer-rename"
      maxLength={100}
      defaultValue={layer.name}
      ref={(input) => {
        if (!input || document.activeElement === input) return;
        input.focus();
        input.select();
      }}
      onBlur={(event) => done(event.currentTarget.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Enter') done(event.currentTarget.value);
        if (event.key === 'Escape') done(null);
      }}
    />
  );
}

function Swatch({ layer }: { layer: Layer }) {
  if (layer.missing) return <span class="layer-missing">{strings.layers.missing}</span>;
  if (layer.kind === 'labels') return <span class="swatch swatch-labels" aria-hidden="true" />;
  if (layer.style) {
    const { edge_color: edge, face_color: face } = layer.style;
    return (
      <span
        class="swatch swatch-style"
        style={{ '--edge': edge, '--face': face }}
        aria-hidden="true"
      />
    );
  }
  const map = colormaps.value.find(({ name }) => name === layer.colormap);
  return <span class="swatch" style={{ background: gradient(map) }} aria-hidden="true" />;
}

function startDrag(event: PointerEvent, layer: Layer, list: HTMLElement): void {
  if (event.button !== 0 || sharedLocked.value) return;
  const startY = event.clientY;
  const rows = () => [...list.querySelectorAll<HTMLElement>('.layer')];
  const move = (moved: PointerEvent) => {
    if (!drag.value && Math.abs(moved.clientY - startY) < 5) return;
    const to = rows().findIndex((row) => {
      const box = row.getBoundingClientRect();
      return moved.clientY < box.top + box.height / 2;
    });
    drag.value = { layer: layer.id, to: to < 0 ? rows().length : to };
  };
  const end = (ended: PointerEvent) => {
    removeEventListener('pointermove', move);
    removeEventListener('pointerup', end);
    removeEventListener('pointercancel', end);
    const dragged = drag.value;
    drag.value = null;
    if (!dragged || ended.type === 'pointercancel') return;
    const shown = [...layers.value].reverse().map(({ id }) => id);
    const from = shown.indexOf(dragged.layer);
    const at = dragged.to > from ? dragged.to - 1 : dragged.to;
    if (at !== from) actions.moveLayer(dragged.layer, shown.length - 1 - at);
  };
  addEventListener('pointermove', move);
  addEventListener('pointerup', end);
  addEventListener('pointercancel', end);
}

function Row({ layer, place, count }: { layer: Layer; place: number; count: number }) {
  const text = strings.layers;
  const list = useRef<HTMLLIElement>(null);
  const isSelected = selectedLayer.value?.id === layer.id;
  const shown = actions.wished(actions.lookKey(layer.id, 'visible'), layer.visible);
  const overridden = (view.value?.overrides[layer.id]?.length ?? 0) > 0;
  const marks = [
    actions.lookKey(layer.id, 'visible'),
    key.layer(layer.id, 'name'),
    key.order(layer.id),
  ];
  const mark =
    marks.map(markOf).find((one) => one.pending || one.flash || one.refusal) ?? markOf('');
  const { class: names, style } = markProps(mark);
  const bottomIndex = count - 1 - place;
  const move = (up: boolean) => actions.moveLayer(layer.id, bottomIndex + (up ? 1 : -1));
  const dragged = drag.value?.layer === layer.id;
  const eyeTip = stageLocked.value
    ? strings.locked.layers(actions.roleName())
    : shown
      ? text.hide(layer.name)
      : text.show(layer.name);
  return (
    <li
      ref={list}
      class={`layer ${names} ${isSelected ? 'is-selected' : ''} ${shown ? '' : 'is-hidden'} ${dragged ? 'is-dragged' : ''} ${drag.value?.to === place ? 'drop-before' : ''} ${drag.value?.to === count && place === count - 1 ? 'drop-after' : ''}`}
      style={style}
      data-testid={`layer-${layer.id}`}
      data-name={layer.name}
    >
      <button
        type="button"
        class="layer-main"
        aria-pressed={isSelected}
        aria-label={text.row(layer.name, text.kinds[layer.kind], place + 1, count)}
        aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown F2"
        data-testid={`layer-select-${layer.id}`}
        onClick={() => (selected.value = layer.id)}
        onDblClick={() => !sharedLocked.value && (renaming.value = layer.id)}
        onPointerDown={(event) =>
          event.pointerType === 'mouse' &&
          list.current?.parentElement &&
          startDrag(event, layer, list.current.parentElement)
        }
        onKeyDown={(event) => {
          if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
            event.preventDefault();
            event.stopPropagation();
            move(event.key === 'ArrowUp');
          }
          if (event.key === 'F2' && !sharedLocked.value) renaming.value = layer.id;
        }}
      >
        <span class="layer-kind" data-tip={text.kinds[layer.kind]}>
          <KindIcon kind={layer.kind} />
        </span>
        <span class="layer-text" data-tip={layer.name.length > 20 ? layer.name : undefined}>
          <Name layer={layer} />
          <Swatch layer={layer} />
        </span>
        <MarkDot mark={mark} />
        {layer.locked && (
          <span class="layer-lock" data-tip={strings.rights.lockedTip}>
            <Icons.Lock size={13} />
          </span>
        )}
        {overridden && <span class="override-dot" data-tip={text.overridden} />}
      </button>
      {isSelected && count > 1 && !sharedLocked.value && (
        <span class="layer-move">
          <button
            type="button"
            aria-label={`${text.moveUp}: ${layer.name}`}
            data-tip={`${text.moveUp} (Alt ↑)`}
            data-testid={`layer-up-${layer.id}`}
            disabled={place === 0}
            onClick={() => move(true)}
          >
            <Icons.Up size={12} />
          </button>
          <button
            type="button"
            aria-label={`${text.moveDown}: ${layer.name}`}
            data-tip={`${text.moveDown} (Alt ↓)`}
            data-testid={`layer-down-${layer.id}`}
            disabled={place === count - 1}
            onClick={() => move(false)}
          >
            <Icons.Down size={12} />
          </button>
        </span>
      )}
      <button
        type="button"
        class="icon-button layer-eye"
        aria-label={shown ? text.hide(layer.name) : text.show(layer.name)}
        aria-pressed={shown}
        aria-disabled={stageLocked.value}
        data-tip={eyeTip}
        data-testid={`layer-eye-${layer.id}`}
        onClick={() => actions.toggleVisible(layer.id)}
      >
        {shown ? <Icons.Eye /> : <Icons.EyeOff />}
      </button>
      <Refusal mark={mark} />
    </li>
  );
}

export function LayerList() {
  const shown = [...layers.value].reverse();
  if (shown.length === 0)
    return (
      <p class="panel-empty">
        {strings.layers.empty}
        <span>{strings.layers.emptyHint}</span>
      </p>
    );
  return (
    <ul class="layers" data-testid="layers">
      {shown.map((layer, place) => (
        <Row key={layer.id} layer={layer} place={place} count={shown.length} />
      ))}
    </ul>
  );
}
