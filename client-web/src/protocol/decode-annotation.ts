/** Checks of what people draw, paint and keep. */

import {
  bool,
  dictionary,
  fields,
  list,
  Malformed,
  natural,
  nullable,
  number,
  oneOf,
  pair,
  partly,
  record,
  text,
  u32,
  type Check,
} from './check';
import {
  ANNOTATION_ID,
  SHAPES,
  SYMBOLS,
  type Annotation,
  type AnnotationChange,
  type AnnotationStyle,
  type ColorBy,
  type Feature,
  type Measure,
  type Measured,
  type NewAnnotation,
  type Paint,
} from './annotation';

export const annotationId: Check<string> = (value, path) => {
  const name = text(value, path);
  if (!ANNOTATION_ID.test(name)) throw new Malformed(`${path} is not the name of an annotation`);
  return name;
};

const vertex = list(number);
const vertices = list(vertex);
const symbol = oneOf(...SYMBOLS);

const feature: Check<Feature> = (value, path) => {
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  return number(value, path);
};

const measure: Check<Measure> = (value, path) => {
  const { of, layer } = fields(value, path);
  if (of === 'statistics') return { of, layer: natural(layer, `${path}.layer`) };
  return { of: oneOf('length', 'angle', 'area')(of, `${path}.of`) };
};

const measured: Check<Measured> = (value, path) => {
  const from = fields(value, path);
  const unit = nullable(text);
  switch (from['of']) {
    case 'length':
      return { of: 'length', ...record({ value: number, unit })(from, path) };
    case 'angle':
      return { of: 'angle', ...record({ value: number })(from, path) };
    case 'area':
      return { of: 'area', ...record({ value: number, perimeter: number, unit })(from, path) };
    case 'statistics':
      return {
        of: 'statistics',
        ...record({
          layer: natural,
          count: natural,
          min: number,
          max: number,
          mean: number,
          std: number,
          histogram: list(number),
        })(from, path),
      };
    case 'failed':
      return { of: 'failed', ...record({ reason: text })(from, path) };
    default:
      throw new Malformed(`${path}.of is unknown`);
  }
};

type Always = Pick<Annotation, 'layer' | 'shape' | 'vertices'>;
type Optional = Omit<Annotation, keyof Always | 'author' | 'created'>;
const always: { [K in keyof Always]: Check<Always[K]> } = {
  layer: natural,
  shape: oneOf(...SHAPES),
  vertices,
};
const optional: { [K in keyof Optional]-?: Check<NonNullable<Optional[K]>> } = {
  face_color: text,
  edge_color: text,
  edge_width: number,
  size: number,
  symbol,
  text,
  features: dictionary(feature),
  measure,
  measured,
};

export const annotation: Check<Annotation> = (value, path) => {
  const { author, created } = fields(value, path);
  return {
    ...partly<Always, Optional>(always, optional)(value, path),
    author: nullable(text)(author, `${path}.author`) ?? '',
    created: nullable(natural)(created, `${path}.created`) ?? 0,
  };
};

export const newAnnotation: Check<NewAnnotation> = (value, path) => ({
  id: annotationId(fields(value, path)['id'], `${path}.id`),
  ...annotation(value, path),
});

export const annotationChange: Check<AnnotationChange> = (value, path) => {
  const { property, value: raw } = fields(value, path);
  const at = `${path}.value`;
  switch (property) {
    case 'vertices':
      return { property, value: vertices(raw, at) };
    case 'move_vertex':
      return { property, value: record({ index: natural, to: vertex })(raw, at) };
    case 'insert_vertex':
      return { property, value: record({ index: natural, at: vertex })(raw, at) };
    case 'remove_vertex':
      return { property, value: record({ index: natural })(raw, at) };
    case 'face_color':
    case 'edge_color':
    case 'text':
      return { property, value: nullable(text)(raw, at) };
    case 'edge_width':
    case 'size':
      return { property, value: nullable(number)(raw, at) };
    case 'symbol':
      return { property, value: nullable(symbol)(raw, at) };
    case 'feature':
      return { property, value: record({ name: text, value: nullable(feature) })(raw, at) };
    case 'measure':
      return { property, value: nullable(measure)(raw, at) };
    default:
      throw new Malformed(`${path}.property is unknown`);
  }
};

const colorBy = partly<Omit<ColorBy, 'limits'>, Pick<ColorBy, 'limits'>>(
  { feature: text, colormap: text },
  { limits: pair },
);

export const style: Check<AnnotationStyle> = record<AnnotationStyle>({
  face_color: text,
  edge_color: text,
  edge_width: number,
  size: number,
  symbol,
  text_size: number,
  out_of_slice_display: bool,
  tail_length: number,
  color_by: nullable(colorBy),
});

export const paint: Check<Paint> = record<Paint>({
  layer: natural,
  stroke: u32,
  tool: oneOf('brush', 'erase', 'fill'),
  label: u32,
  brush_size: number,
  displayed: pair,
  n_edit_dimensions: natural,
  path: vertices,
});
