/** Checks of intents, and of the parts of the scene that they carry. */

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
  or,
  pair,
  partly,
  record,
  text,
  triple,
  u32,
  type Check,
} from './check';
import { annotationChange, annotationId, newAnnotation, paint, style } from './decode-annotation';
import { ATTENUATION } from './types';
import type {
  Bookmark,
  Camera,
  Camera3d,
  Intent,
  LayerChange,
  LayerKind,
  Look,
  SettingsChange,
  View,
} from './types';

const blending = oneOf('opaque', 'translucent', 'additive', 'minimum');
const interpolation = oneOf('nearest', 'linear');
const rendering = oneOf('mip', 'minip', 'average', 'attenuated_mip', 'translucent', 'iso');
const layerKind = oneOf('image', 'labels', 'points', 'shapes', 'vectors', 'tracks');

const layerChange: Check<LayerChange> = (value, path) => {
  const from = fields(value, path);
  const at = `${path}.value`;
  const raw = from['value'];
  switch (from['property']) {
    case 'name':
    case 'colormap':
      return { property: from['property'], value: text(raw, at) };
    case 'visible':
    case 'locked':
      return { property: from['property'], value: bool(raw, at) };
    case 'opacity':
    case 'gamma':
    case 'attenuation':
      return { property: from['property'], value: number(raw, at) };
    case 'contrast_limits':
      return { property: 'contrast_limits', value: pair(raw, at) };
    case 'blending':
      return { property: 'blending', value: blending(raw, at) };
    case 'interpolation2d':
    case 'interpolation3d':
      return { property: from['property'], value: interpolation(raw, at) };
    case 'rendering':
      return { property: 'rendering', value: rendering(raw, at) };
    case 'iso_threshold':
      return { property: 'iso_threshold', value: nullable(number)(raw, at) };
    case 'style':
      return { property: 'style', value: style(raw, at) };
    case 'edit_scope':
      return { property: 'edit_scope', value: oneOf('all', 'own')(raw, at) };
    default:
      throw new Malformed(`${path}.property is unknown`);
  }
};

const settingsChange: Check<SettingsChange> = record<SettingsChange>({
  property: oneOf('scale_bar_visible', 'axes_visible', 'dims_label_visible'),
  value: bool,
});

const camera3d: Check<Camera3d> = record<Camera3d>({
  depth: natural,
  center: triple,
  zoom: number,
  angles: triple,
  perspective: number,
});

const view: Check<View> = partly<Omit<View, 'camera3d'>, Pick<View, 'camera3d'>>(
  {
    point: list(number),
    displayed: pair,
    camera: record<Camera>({ center: pair, zoom: number }),
    canvas: pair,
    overrides: (value, path) => dictionary(list(layerChange))(value ?? {}, path),
  },
  { camera3d },
);

/** The fields of a look; those that came with views of three axes may be missing. */
export const look: { [K in keyof Look]: Check<Look[K]> } = {
  visible: bool,
  opacity: number,
  blending,
  interpolation2d: interpolation,
  colormap: text,
  contrast_limits: pair,
  gamma: number,
  rendering: or(rendering, 'mip'),
  attenuation: or(number, ATTENUATION),
  iso_threshold: nullable(number),
  interpolation3d: or(interpolation, 'linear'),
};

export const bookmark: Check<Bookmark> = record<Bookmark>({
  name: text,
  author: (value, path) => nullable(text)(value, path) ?? '',
  view,
  looks: (value, path) => dictionary(record<Look>(look))(value ?? {}, path),
});

export const intent: Check<Intent> = (value, path) => {
  const from = fields(value, path);
  const num = (name: string) => natural(from[name], `${path}.${name}`);
  switch (from['kind']) {
    case 'set_layer':
      return {
        kind: 'set_layer',
        layer: num('layer'),
        change: layerChange(from['change'], `${path}.change`),
      };
    case 'move_layer':
      return { kind: 'move_layer', layer: num('layer'), index: num('index') };
    case 'set_settings':
      return {
        kind: 'set_settings',
        change: settingsChange(from['change'], `${path}.change`),
      };
    case 'set_override':
      return {
        kind: 'set_override',
        view: num('view'),
        layer: num('layer'),
        change: layerChange(from['change'], `${path}.change`),
      };
    case 'clear_overrides':
      return {
        kind: 'clear_overrides',
        view: num('view'),
        layer: nullable(natural)(from['layer'], `${path}.layer`),
      };
    case 'set_point':
      return {
        kind: 'set_point',
        view: num('view'),
        axis: num('axis'),
        value: number(from['value'], `${path}.value`),
      };
    case 'set_displayed':
      return {
        kind: 'set_displayed',
        view: num('view'),
        displayed: pair(from['displayed'], `${path}.displayed`),
      };
    case 'set_camera':
      return {
        kind: 'set_camera',
        view: num('view'),
        center: pair(from['center'], `${path}.center`),
        zoom: number(from['zoom'], `${path}.zoom`),
      };
    case 'set_ndisplay':
      return { kind: 'set_ndisplay', view: num('view'), ndisplay: num('ndisplay') };
    case 'set_camera3d':
      return {
        kind: 'set_camera3d',
        view: num('view'),
        center: triple(from['center'], `${path}.center`),
        zoom: number(from['zoom'], `${path}.zoom`),
        angles: triple(from['angles'], `${path}.angles`),
        perspective: number(from['perspective'], `${path}.perspective`),
      };
    case 'reset_view':
      return { kind: 'reset_view', view: num('view') };
    case 'add_layer':
      return {
        kind: 'add_layer',
        ...partly<{ layer_kind: LayerKind }, { name?: string; layer?: number }>(
          { layer_kind: layerKind },
          { name: text, layer: natural },
        )(from, path),
      };
    case 'remove_layer':
      return { kind: 'remove_layer', layer: num('layer') };
    case 'add_annotations':
      return {
        kind: 'add_annotations',
        annotations: list(newAnnotation)(from['annotations'], `${path}.annotations`),
      };
    case 'change_annotation':
      return {
        kind: 'change_annotation',
        annotation: annotationId(from['annotation'], `${path}.annotation`),
        change: annotationChange(from['change'], `${path}.change`),
      };
    case 'move_annotations':
      return {
        kind: 'move_annotations',
        annotations: list(annotationId)(from['annotations'], `${path}.annotations`),
        by: list(number)(from['by'], `${path}.by`),
      };
    case 'remove_annotations':
      return {
        kind: 'remove_annotations',
        annotations: list(annotationId)(from['annotations'], `${path}.annotations`),
      };
    case 'paint':
      return { kind: 'paint', ...paint(from, path) };
    case 'new_label':
      return {
        kind: 'new_label',
        ...partly<{ layer: number }, { label?: number }>({ layer: natural }, { label: u32 })(
          from,
          path,
        ),
      };
    case 'undo':
    case 'redo':
      return { kind: from['kind'] };
    case 'set_bookmark':
      return { kind: 'set_bookmark', bookmark: bookmark(from['bookmark'], `${path}.bookmark`) };
    case 'remove_bookmark':
      return { kind: 'remove_bookmark', name: text(from['name'], `${path}.name`) };
    default:
      throw new Malformed(`${path}.kind is unknown`);
  }
};
