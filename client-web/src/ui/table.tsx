/** The features table: only the rows that are seen are there, however many there are. */

import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { annotated, annotations } from '../app/store';
import * as state from '../app/tool-state';
import { goTo, showIfHidden } from '../app/travel';
import {
  cellOf,
  columnKey,
  columnsOf,
  rowsOf,
  windowOf,
  type Column,
  type Sort,
} from '../core/annotations/table';
import type { Annotation } from '../protocol';
import { strings } from '../strings';
import { sample, since } from './format';
import * as Icons from './icons';
import { measuredText } from './measured';
import { nameOf } from './selection-panel';
import { closeTable, narrow, tableLayer } from './state';

const ROW = 30;
const ROW_NARROW = 44;
/** A long table is sorted anew at most this often while others draw. */
const RESORT_MS = 400;
const LONG = 5_000;

const sort = signal<Sort | null>(null);
const scroll = signal(0);
const height = signal(300);
/** What is listed, as of the last sorting. */
const listed = signal<{ rows: readonly string[]; columns: readonly Column[] }>({
  rows: [],
  columns: [],
});

function useRows(layer: number): void {
  const last = useRef(0);
  const version = annotated.value;
  const order = sort.value;
  useEffect(() => {
    const all = annotations.value.layer(layer);
    const wait = all.size < LONG ? 0 : Math.max(0, last.current + RESORT_MS - performance.now());
    const timer = setTimeout(() => {
      last.current = performance.now();
      listed.value = { rows: rowsOf(all, order), columns: columnsOf(all) };
    }, wait);
    return () => clearTimeout(timer);
  }, [layer, version, order]);
}

function title(column: Column): string {
  return column.kind === 'feature' ? column.name : strings.table.columns[column.kind];
}

function content(one: Annotation, column: Column): string {
  if (column.kind === 'measured') return measuredText(one.measured);
  if (column.kind === 'author') return nameOf(one.author);
  if (column.kind === 'created') return one.created ? since(one.created, Date.now()) : '';
  if (column.kind === 'shape') return strings.selection.shapes[one.shape];
  const cell = cellOf(one, column);
  if (cell === null) return '';
  return typeof cell === 'number' ? sample(cell) : String(cell);
}

const jump = (id: string): void => {
  const one = state.annotationOf(id);
  if (one) goTo(one);
};

function choose(id: string, event: MouseEvent): void {
  state.tool.value = 'select';
  const add = event.shiftKey || event.ctrlKey || event.metaKey;
  const now = new Set(add ? state.chosen.value : []);
  if (add && now.has(id)) now.delete(id);
  else now.add(id);
  state.chosen.value = now;
  const one = add ? null : state.annotationOf(id);
  if (one) showIfHidden(one);
}

function Head({ columns }: { columns: readonly Column[] }) {
  return (
    <div class="table-row table-head" role="row">
      {columns.map((column) => {
        const name = columnKey(column);
        const sorted = sort.value?.column === name ? sort.value : null;
        return (
          <span
            key={name}
            role="columnheader"
            aria-sort={sorted ? (sorted.down ? 'descending' : 'ascending') : 'none'}
          >
            <button
              type="button"
              data-testid={`column-${name}`}
              onClick={() => {
                sort.value = sorted?.down ? null : { column: name, down: sorted !== null };
              }}
            >
              <span>{title(column)}</span>
              {sorted && (sorted.down ? <Icons.Down size={11} /> : <Icons.Up size={11} />)}
            </button>
          </span>
        );
      })}
    </div>
  );
}

function Rows({ rowHeight }: { rowHeight: number }) {
  const { rows, columns } = listed.value;
  const { from, to } = windowOf(scroll.value, height.value, rowHeight, rows.length);
  return (
    <div class="table-rows" style={{ height: `${rows.length * rowHeight}px` }}>
      {rows.slice(from, to).map((id, at) => {
        const one = state.annotationOf(id);
        if (!one) return null;
        const place = from + at;
        return (
          <div
            key={id}
            class="table-row"
            role="row"
            aria-rowindex={place + 2}
            aria-selected={state.chosen.value.has(id)}
            style={{ top: `${place * rowHeight}px`, height: `${rowHeight}px` }}
            data-testid={`row-${id}`}
            onClick={(event) => choose(id, event)}
            onDblClick={() => jump(id)}
          >
            {columns.map((column) => (
              <span key={columnKey(column)} role="cell">
                {content(one, column)}
              </span>
            ))}
            <button
              type="button"
              class="icon-button icon-small table-jump"
              aria-label={strings.selection.jump}
              data-tip={strings.selection.jump}
              onClick={(event) => {
                event.stopPropagation();
                state.chosen.value = new Set([id]);
                jump(id);
              }}
            >
              <Icons.Right size={12} />
            </button>
          </div>
        );
      })}
    </div>
  );
}

export function TableBody({ layer }: { layer: number }) {
  const root = useRef<HTMLDivElement>(null);
  useRows(layer);
  useEffect(() => {
    const element = root.current!;
    const observer = new ResizeObserver(() => (height.value = element.clientHeight));
    observer.observe(element);
    element.scrollTop = 0;
    scroll.value = 0;
    return () => observer.disconnect();
  }, [layer]);
  const { rows, columns } = listed.value;
  return (
    <div
      class="table"
      ref={root}
      role="grid"
      aria-label={strings.table.title}
      aria-rowcount={rows.length + 1}
      style={{ '--columns': String(columns.length) }}
      data-testid="table"
      data-rows={rows.length}
      onScroll={(event) => (scroll.value = event.currentTarget.scrollTop)}
    >
      <Head columns={columns} />
      {rows.length === 0 ? (
        <p class="panel-empty">{strings.table.empty}</p>
      ) : (
        <Rows rowHeight={narrow.value ? ROW_NARROW : ROW} />
      )}
    </div>
  );
}

/** The table below the picture. */
export function TablePanel() {
  const id = tableLayer.value;
  const layer = id === null ? undefined : state.layerOf(id);
  if (id === null || !layer) return null;
  return (
    <section class="table-panel" aria-label={strings.table.title}>
      <header>
        <Icons.Table />
        <h2>{layer.name}</h2>
        <span class="table-count">{strings.table.count(annotations.value.layer(id).size)}</span>
        <span class="spacer" />
        <button
          type="button"
          class="icon-button"
          aria-label={strings.table.close}
          data-testid="table-close"
          onClick={closeTable}
        >
          <Icons.Close />
        </button>
      </header>
      <TableBody layer={id} />
    </section>
  );
}
