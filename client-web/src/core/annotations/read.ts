/** Reads annotations from the mirror's document. What cannot be drawn is left out. */

import { SHAPES, SYMBOLS, type Annotation, type Feature, type Measured } from '../../protocol';
import { isPlain, plain } from '../read-scene';

const among = <T extends string>(values: readonly T[], value: unknown): T | undefined =>
  values.find((one) => one === value);

function readFeatures(value: unknown): Record<string, Feature> | undefined {
  if (!isPlain(value)) return undefined;
  const cells = Object.entries(value).filter(
    (cell): cell is [string, Feature] =>
      ['boolean', 'number', 'string'].includes(typeof cell[1]) && !Number.isNaN(cell[1]),
  );
  return cells.length > 0 ? Object.fromEntries(cells) : undefined;
}

function readVertices(value: unknown): number[][] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const vertices: number[][] = [];
  for (const vertex of value) {
    if (!Array.isArray(vertex)) return null;
    const numbers = vertex.map(Number);
    if (!numbers.every(Number.isFinite)) return null;
    vertices.push(numbers);
  }
  return vertices;
}

/** Drops what is `undefined`: absent means "as the layer's style says". */
function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  for (const name in fields) if (fields[name] === undefined) delete fields[name];
  return fields as T;
}

export function readAnnotation(raw: unknown): Annotation | null {
  if (!isPlain(raw)) return null;
  const shape = among(SHAPES, raw['shape']);
  const vertices = readVertices(raw['vertices']);
  if (!shape || !vertices) return null;
  const text = (name: string) => (typeof raw[name] === 'string' ? raw[name] : undefined);
  const number = (name: string) => (raw[name] === undefined ? undefined : Number(raw[name]));
  return present<Annotation>({
    layer: Number(raw['layer']),
    shape,
    vertices,
    face_color: text('face_color'),
    edge_color: text('edge_color'),
    edge_width: number('edge_width'),
    size: number('size'),
    symbol: among(SYMBOLS, raw['symbol']),
    text: text('text'),
    features: readFeatures(plain(raw['features'])),
    measure: isPlain(raw['measure']) ? (plain(raw['measure']) as Annotation['measure']) : undefined,
    measured: isPlain(raw['measured']) ? (plain(raw['measured']) as Measured) : undefined,
    author: text('author') ?? '',
    created: number('created') ?? 0,
  });
}
