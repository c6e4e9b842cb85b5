/** Intents as trees of JSON, fields in the order of the server's types. */

import type { Annotation, AnnotationChange, AnnotationStyle, Measure } from './annotation';
import { float, floats, type Tree } from './json';
import type { Bookmark, Camera3d, Intent, LayerChange, View } from './types';

const points = (vertices: readonly (readonly number[])[]): Tree => vertices.map(floats);

const number = (value: number | null): Tree => (value === null ? null : float(value));

/** Leaves out what is absent. */
function present(fields: Record<string, Tree | undefined>): Tree {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Tree;
}

/** Maps are in the order of their names. */
function sorted<T>(values: Readonly<Record<string, T>>, tree: (value: T) => Tree): Tree {
  const names = Object.keys(values).sort();
  return Object.fromEntries(names.map((name) => [name, tree(values[name]!)]));
}

const featureTree = (value: boolean | number | string): Tree =>
  typeof value === 'number' ? float(value) : value;

const measureTree = (measure: Measure): Tree =>
  measure.of === 'statistics' ? { of: measure.of, layer: measure.layer } : { of: measure.of };

function annotationTree(id: string, one: Annotation): Tree {
  const { features = {}, measure } = one;
  return present({
    id,
    layer: one.layer,
    shape: one.shape,
    vertices: points(one.vertices),
    face_color: one.face_color,
    edge_color: one.edge_color,
    edge_width: one.edge_width === undefined ? undefined : float(one.edge_width),
    size: one.size === undefined ? undefined : float(one.size),
    symbol: one.symbol,
    text: one.text,
    features: Object.keys(features).length > 0 ? sorted(features, featureTree) : undefined,
    measure: measure && measureTree(measure),
    author: one.author,
    created: one.created,
  });
}

function annotationChangeTree(change: AnnotationChange): Tree {
  const { property } = change;
  switch (property) {
    case 'vertices':
      return { property, value: points(change.value) };
    case 'move_vertex':
      return { property, value: { index: change.value.index, to: floats(change.value.to) } };
    case 'insert_vertex':
      return { property, value: { index: change.value.index, at: floats(change.value.at) } };
    case 'remove_vertex':
      return { property, value: { index: change.value.index } };
    case 'edge_width':
    case 'size':
      return { property, value: number(change.value) };
    case 'feature': {
      const { name, value } = change.value;
      return { property, value: { name, value: value === null ? null : featureTree(value) } };
    }
    case 'measure':
      return { property, value: change.value && measureTree(change.value) };
    default:
      return { property, value: change.value };
  }
}

function styleTree(style: AnnotationStyle): Tree {
  const { color_by: by } = style;
  return {
    face_color: style.face_color,
    edge_color: style.edge_color,
    edge_width: float(style.edge_width),
    size: float(style.size),
    symbol: style.symbol,
    text_size: float(style.text_size),
    out_of_slice_display: style.out_of_slice_display,
    tail_length: float(style.tail_length),
    color_by:
      by &&
      present({
        feature: by.feature,
        colormap: by.colormap,
        limits: by.limits && floats(by.limits),
      }),
  };
}

function changeTree(change: LayerChange): Tree {
  const { property, value } = change;
  if (property === 'style') return { property, value: styleTree(value) };
  if (typeof value === 'number') return { property, value: float(value) };
  if (typeof value === 'object') return { property, value: value === null ? null : floats(value) };
  return { property, value };
}

const camera3dTree = (camera: Omit<Camera3d, 'depth'>) => ({
  center: floats(camera.center),
  zoom: float(camera.zoom),
  angles: floats(camera.angles),
  perspective: float(camera.perspective),
});

const viewTree = ({ point, displayed, camera, camera3d, canvas, overrides }: View): Tree =>
  present({
    point: floats(point),
    displayed: [displayed[0], displayed[1]],
    camera: { center: floats(camera.center), zoom: float(camera.zoom) },
    camera3d: camera3d && { depth: camera3d.depth, ...camera3dTree(camera3d) },
    canvas: [canvas[0], canvas[1]],
    overrides: sorted(overrides, (changes) => changes.map(changeTree)),
  });

const bookmarkTree = ({ name, author, view, looks }: Bookmark): Tree => ({
  name,
  author,
  view: viewTree(view),
  looks: sorted(looks, (look) => ({
    visible: look.visible,
    opacity: float(look.opacity),
    blending: look.blending,
    interpolation2d: look.interpolation2d,
    colormap: look.colormap,
    contrast_limits: floats(look.contrast_limits),
    gamma: float(look.gamma),
    rendering: look.rendering,
    attenuation: float(look.attenuation),
    iso_threshold: number(look.iso_threshold),
    interpolation3d: look.interpolation3d,
  })),
});

export function intentTree(intent: Intent): Tree {
  const { kind } = intent;
  switch (kind) {
    case 'set_layer':
      return { kind, layer: intent.layer, change: changeTree(intent.change) };
    case 'move_layer':
      return { kind, layer: intent.layer, index: intent.index };
    case 'set_settings':
      return { kind, change: { property: intent.change.property, value: intent.change.value } };
    case 'add_layer':
      return present({ kind, layer_kind: intent.layer_kind, name: intent.name });
    case 'remove_layer':
      return { kind, layer: intent.layer };
    case 'add_annotations':
      return { kind, annotations: intent.annotations.map((one) => annotationTree(one.id, one)) };
    case 'change_annotation':
      return {
        kind,
        annotation: intent.annotation,
        change: annotationChangeTree(intent.change),
      };
    case 'move_annotations':
      return { kind, annotations: intent.annotations, by: floats(intent.by) };
    case 'remove_annotations':
      return { kind, annotations: intent.annotations };
    case 'paint':
      return {
        kind,
        layer: intent.layer,
        stroke: intent.stroke,
        tool: intent.tool,
        label: intent.label,
        brush_size: float(intent.brush_size),
        displayed: [intent.displayed[0], intent.displayed[1]],
        n_edit_dimensions: intent.n_edit_dimensions,
        path: points(intent.path),
      };
    case 'new_label':
      return { kind, layer: intent.layer };
    case 'undo':
    case 'redo':
      return { kind };
    case 'set_bookmark':
      return { kind, bookmark: bookmarkTree(intent.bookmark) };
    case 'remove_bookmark':
      return { kind, name: intent.name };
    case 'set_override':
      return { kind, view: intent.view, layer: intent.layer, change: changeTree(intent.change) };
    case 'clear_overrides':
      return { kind, view: intent.view, layer: intent.layer };
    case 'set_point':
      return { kind, view: intent.view, axis: intent.axis, value: float(intent.value) };
    case 'set_displayed':
      return { kind, view: intent.view, displayed: [intent.displayed[0], intent.displayed[1]] };
    case 'set_camera':
      return { kind, view: intent.view, center: floats(intent.center), zoom: float(intent.zoom) };
    case 'set_ndisplay':
      return { kind, view: intent.view, ndisplay: intent.ndisplay };
    case 'set_camera3d':
      return { kind, view: intent.view, ...camera3dTree(intent) };
    case 'reset_view':
      return { kind, view: intent.view };
  }
}
