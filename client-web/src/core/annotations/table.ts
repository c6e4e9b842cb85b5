/** The features of a layer as a table: columns, cells, and the order of rows. */

import type { Annotation, Feature, Measured } from '../../protocol';

/** A column: a feature, or something that every annotation has. */
export type Column =
  | { kind: 'feature'; name: string }
  | { kind: 'shape' | 'text' | 'measured' | 'author' | 'created' };

export interface Sort {
  column: string;
  down: boolean;
}

/** Features that get a column; a layer has 64 at most, of which few are read. */
const MAX_FEATURES = 24;

export const columnKey = (column: Column): string =>
  column.kind === 'feature' ? `feature:${column.name}` : column.kind;

/** The one number of an outcome that stands for it. */
export function measuredNumber(measured: Measured | undefined): number | null {
  if (!measured || measured.of === 'failed') return null;
  return measured.of === 'statistics' ? measured.mean : measured.value;
}

export function columnsOf(layer: ReadonlyMap<string, Annotation>): Column[] {
  const names = new Set<string>();
  const shapes = new Set<string>();
  let [text, measured] = [false, false];
  for (const one of layer.values()) {
    shapes.add(one.shape);
    text ||= one.text !== undefined;
    measured ||= one.measured !== undefined;
    if (one.features && names.size < MAX_FEATURES) for (const name in one.features) names.add(name);
  }
  const columns: Column[] = [];
  if (shapes.size > 1) columns.push({ kind: 'shape' });
  if (text) columns.push({ kind: 'text' });
  if (measured) columns.push({ kind: 'measured' });
  for (const name of [...names].sort()) columns.push({ kind: 'feature', name });
  columns.push({ kind: 'author' }, { kind: 'created' });
  return columns;
}

export function cellOf(one: Annotation, column: Column): Feature | null {
  switch (column.kind) {
    case 'feature':
      return one.features?.[column.name] ?? null;
    case 'measured':
      return measuredNumber(one.measured);
    default:
      return one[column.kind] ?? null;
  }
}

const RANK: Readonly<Record<string, number>> = { boolean: 0, number: 1, string: 2 };

function compare(a: Feature, b: Feature): number {
  if (typeof a !== typeof b) return RANK[typeof a]! - RANK[typeof b]!;
  if (typeof a === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return Number(a) - Number(b);
}

/** Names in the order of the rows: sorted, empty cells last, else as they were made. */
export function rowsOf(layer: ReadonlyMap<string, Annotation>, sort: Sort | null): string[] {
  const column = sort && columnsOf(layer).find((one) => columnKey(one) === sort.column);
  if (!column) return [...layer.keys()];
  const cells = [...layer].map(([id, one]) => ({ id, cell: cellOf(one, column) }));
  cells.sort((a, b) => {
    if (a.cell === null || b.cell === null)
      return Number(a.cell === null) - Number(b.cell === null);
    return sort.down ? compare(b.cell, a.cell) : compare(a.cell, b.cell);
  });
  return cells.map(({ id }) => id);
}

/** Which rows are seen in a window of the list, and some around them. */
export function windowOf(
  scroll: number,
  height: number,
  rowHeight: number,
  count: number,
): { from: number; to: number } {
  const spare = 8;
  const from = Math.max(0, Math.floor(scroll / rowHeight) - spare);
  return { from, to: Math.min(count, Math.ceil((scroll + height) / rowHeight) + spare) };
}
