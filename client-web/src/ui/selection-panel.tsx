/** What is selected: how it looks, what it says, what was measured, and its row in the table. */

import { changeAnnotation, removeSelection } from '../app/drawing';
import { layers, me, participants } from '../app/store';
import * as state from '../app/tool-state';
import { goTo } from '../app/travel';
import { key } from '../core/keys';
import { isClosed } from '../core/tools/names';
import type { Annotation, Measure } from '../protocol';
import { strings } from '../strings';
import { SelectField } from './controls/picker';
import { Features } from './features';
import { since } from './format';
import * as Icons from './icons';
import { MeasuredBlock } from './measured';
import { SelectionLooks } from './selection-looks';

/** Annotations that are changed together: each is an intent of its own. */
export const MAX_TOGETHER = 200;

/** The name of an author; of one who is not here the user, without the number of an invitation. */
export const nameOf = (subject: string): string =>
  participants.value.find((one) => one.subject === subject)?.name ??
  subject.replace(/~[0-9a-f]+$/, '');

function TextField({ id, one, locked }: { id: string; one: Annotation; locked: string | null }) {
  const text = strings.selection;
  const commit = (value: string) => {
    const next = value.trim() || null;
    if (next === (one.text ?? null) || (next === null && one.shape === 'text')) return;
    changeAnnotation(id, { property: 'text', value: next });
  };
  return (
    <label class="field text-field" data-tip={locked ?? undefined}>
      <span class="field-label">{one.shape === 'text' ? text.text : text.label}</span>
      <input
        type="text"
        maxLength={1_000}
        value={one.text ?? ''}
        placeholder={text.noLabel}
        disabled={locked !== null}
        data-testid="annotation-text"
        onBlur={(event) => commit(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
      />
    </label>
  );
}

/** What may be measured of a shape. */
function measures(one: Annotation): Measure[] {
  if (isClosed(one.shape)) {
    const images = layers.value.filter(({ kind }) => kind === 'image');
    return [{ of: 'area' }, ...images.map(({ id }): Measure => ({ of: 'statistics', layer: id }))];
  }
  if (!['line', 'polyline', 'path'].includes(one.shape)) return [];
  const angle = one.shape === 'polyline' && one.vertices.length === 3;
  return angle ? [{ of: 'length' }, { of: 'angle' }] : [{ of: 'length' }];
}

function measureName(measure: Measure): string {
  const text = strings.measure;
  if (measure.of !== 'statistics') return text[measure.of];
  return text.statisticsOf(state.layerOf(measure.layer)?.name ?? '?');
}

function MeasureField({ id, one, locked }: { id: string; one: Annotation; locked: string | null }) {
  const all = measures(one);
  if (all.length === 0) return null;
  const options = all.map((measure) => ({
    value: JSON.stringify(measure),
    label: measureName(measure),
  }));
  return (
    <SelectField
      label={strings.measure.title}
      name={key.annotation(id, 'measure')}
      value={one.measure ? JSON.stringify(one.measure) : ''}
      options={[{ value: '', label: strings.measure.nothing }, ...options]}
      locked={locked}
      onChange={(value) =>
        changeAnnotation(id, {
          property: 'measure',
          value: value ? (JSON.parse(value) as Measure) : null,
        })
      }
      testid="measure"
    />
  );
}

/** Says that somebody else is changing it just now. */
function EditedBy({ id }: { id: string }) {
  const who = participants.value.find((one) => one.editing === id && one.id !== me.value);
  return who ? (
    <p class="note edited-by" style={{ '--who': who.color }} data-testid="edited-by">
      {strings.selection.alsoEdited(who.name)}
    </p>
  ) : null;
}

export function SelectionPanel() {
  const text = strings.selection;
  const entries = [...state.selection.value];
  const [first] = entries;
  if (!first) return null;
  const [id, one] = first;
  const single = entries.length === 1;
  const layer = state.layerOf(one.layer);
  const locks = entries.slice(0, MAX_TOGETHER + 1).map(([, each]) => state.lockedBecause(each));
  const allLocked = locks.every((lock) => lock !== null) ? locks[0]! : null;
  const locked = allLocked ?? (entries.length > MAX_TOGETHER ? text.tooMany(MAX_TOGETHER) : null);
  const title = single ? text.shapes[one.shape] : text.count(entries.length);
  return (
    <div class="inspector" data-testid="selection-panel" data-count={entries.length}>
      <div class="inspector-title">
        <h2>{title}</h2>
        <span class="spacer" />
        <button
          type="button"
          class="icon-button"
          aria-label={text.remove}
          aria-disabled={allLocked !== null}
          data-tip={allLocked ?? `${text.remove} (Del)`}
          data-testid="selection-remove"
          onClick={() => allLocked === null && removeSelection()}
        >
          <Icons.Trash />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={text.letGo}
          data-tip={`${text.letGo} (Esc)`}
          data-testid="selection-clear"
          onClick={() => (state.chosen.value = new Set())}
        >
          <Icons.Close />
        </button>
      </div>
      <p class="inspector-source">
        {layer && text.inLayer(layer.name)}
        {single && one.created > 0 && (
          <>
            {' · '}
            <span data-tip={new Date(one.created).toLocaleString()} data-testid="annotation-author">
              {text.madeBy(nameOf(one.author), since(one.created, Date.now()))}
            </span>
          </>
        )}
      </p>
      {allLocked && (
        <p class="note note-locked">
          <Icons.Lock size={13} />
          {allLocked}
        </p>
      )}
      {single && <EditedBy id={id} />}
      {single && <MeasuredBlock one={one} />}
      {single && <MeasureField id={id} one={one} locked={locked} />}
      {single && <TextField key={id} id={id} one={one} locked={locked} />}
      <SelectionLooks entries={entries} locked={locked} />
      {single && <Features id={id} one={one} locked={locked} />}
      <button type="button" class="button" data-testid="selection-jump" onClick={() => goTo(one)}>
        <Icons.Fit />
        {text.jump}
      </button>
    </div>
  );
}
