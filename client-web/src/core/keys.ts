/**
 * Names for the things that can be changed: `layer:3:gamma`, `view:0:camera`. A control, the wish
 * that is pending for it and the change of somebody else all meet under one such key.
 */

import type { Intent, Watch } from '../protocol';
import type { Scene, View } from './scene';

export type Ask = { what: 'intent'; intent: Intent } | { what: 'watch'; target: Watch };

export const key = {
  layer: (layer: number, property: string) => `layer:${layer}:${property}`,
  override: (view: number, layer: number, property: string) =>
    `override:${view}:${layer}:${property}`,
  overrides: (view: number, layer: number | null) => `override:${view}:${layer ?? '*'}`,
  order: (layer: number) => `order:${layer}`,
  setting: (property: string) => `setting:${property}`,
  point: (view: number, axis: number) => `view:${view}:point:${axis}`,
  displayed: (view: number) => `view:${view}:displayed`,
  camera: (view: number) => `view:${view}:camera`,
  ndisplay: (view: number) => `view:${view}:ndisplay`,
  watch: () => 'watch',
  annotation: (id: string, property: string) => `annotation:${id}:${property}`,
  addLayer: () => 'layers:add',
  removeLayer: (layer: number) => `layers:remove:${layer}`,
  paint: (layer: number) => `paint:${layer}`,
  newLabel: (layer: number) => `label:${layer}`,
  bookmark: (name: string) => `bookmark:${name}`,
};

export function keyOf(ask: Ask): string {
  if (ask.what === 'watch') return key.watch();
  const { intent } = ask;
  switch (intent.kind) {
    case 'set_layer':
      return key.layer(intent.layer, intent.change.property);
    case 'move_layer':
      return key.order(intent.layer);
    case 'set_settings':
      return key.setting(intent.change.property);
    case 'add_layer':
      return key.addLayer();
    case 'remove_layer':
      return key.removeLayer(intent.layer);
    case 'add_annotations':
      return key.annotation(intent.annotations[0]?.id ?? '', 'add');
    case 'change_annotation': {
      const { property, value } = intent.change;
      const name = property === 'feature' ? `feature:${value.name}` : property;
      return key.annotation(intent.annotation, name);
    }
    case 'move_annotations':
      return key.annotation(intent.annotations[0] ?? '', 'move');
    case 'remove_annotations':
      return key.annotation(intent.annotations[0] ?? '', 'remove');
    case 'paint':
      return key.paint(intent.layer);
    case 'new_label':
      return key.newLabel(intent.layer);
    case 'undo':
    case 'redo':
      return intent.kind;
    case 'set_bookmark':
      return key.bookmark(intent.bookmark.name);
    case 'remove_bookmark':
      return key.bookmark(intent.name);
    case 'set_override':
      return key.override(intent.view, intent.layer, intent.change.property);
    case 'clear_overrides':
      return key.overrides(intent.view, intent.layer);
    case 'set_point':
      return key.point(intent.view, intent.axis);
    case 'set_displayed':
      return key.displayed(intent.view);
    case 'set_ndisplay':
      return key.ndisplay(intent.view);
    case 'set_camera':
    case 'set_camera3d':
    case 'reset_view':
      return key.camera(intent.view);
  }
}

/** Whether it lasts, and is lost if the page goes before it was answered. Views move and are forgotten. */
export const isDurable = (ask: Ask): boolean => ask.what === 'intent' && !('view' in ask.intent);

/** Whether only the latest wish counts: things that are dragged. */
export function isContinuous(ask: Ask): boolean {
  if (ask.what === 'watch') return false;
  const { intent } = ask;
  if (['set_camera', 'set_camera3d', 'set_point'].includes(intent.kind)) return true;
  if (intent.kind === 'change_annotation')
    return ['edge_width', 'size', 'face_color', 'edge_color'].includes(intent.change.property);
  if (intent.kind !== 'set_layer' && intent.kind !== 'set_override') return false;
  const dragged = ['opacity', 'gamma', 'contrast_limits', 'style', 'attenuation', 'iso_threshold'];
  return dragged.includes(intent.change.property);
}

const same = (a: unknown, b: unknown) => a === b || JSON.stringify(a) === JSON.stringify(b);

function touchedOverrides(id: number, before: View, after: View): string[] {
  if (before.overrides === after.overrides) return [];
  const layers = new Set([...Object.keys(before.overrides), ...Object.keys(after.overrides)]);
  const keys: string[] = [];
  for (const layer of [...layers].map(Number)) {
    const old = before.overrides[layer] ?? [];
    const now = after.overrides[layer] ?? [];
    for (const { property } of [...old, ...now]) {
      const value = (list: typeof old) =>
        list.find((change) => change.property === property)?.value;
      if (!same(value(old), value(now))) keys.push(key.override(id, layer, property));
    }
  }
  return keys;
}

/** The view whose picture a change under this key alters; `all` views, or `null`: none. */
export function viewOf(name: string): number | 'all' | null {
  const [what, id, property] = name.split(':');
  if (what === 'view' || what === 'override') return Number(id);
  if (what === 'layer') return property === 'name' ? null : 'all';
  const drawn = ['setting', 'order', 'annotation', 'paint', 'layers', 'undo', 'redo'];
  return what !== undefined && drawn.includes(what) ? 'all' : null;
}

/** Whether a change under this key alters the picture of a view. */
export function isSeenIn(view: number, name: string): boolean {
  const at = viewOf(name);
  return at === 'all' || at === view;
}

/** The keys whose values differ between two scenes. */
export function touchedKeys(before: Scene, after: Scene): string[] {
  const keys: string[] = [];
  if (before === after) return keys;
  const known = new Map(before.layers.map((layer) => [layer.id, layer]));
  after.layers.forEach((layer, index) => {
    const old = known.get(layer.id);
    if (!old) return;
    for (const name of Object.keys(layer) as (keyof typeof layer)[])
      if (!same(old[name], layer[name])) keys.push(key.layer(layer.id, name));
    if (before.layers[index]?.id !== layer.id) keys.push(key.order(layer.id));
  });
  for (const name of Object.keys(after.settings) as (keyof Scene['settings'])[])
    if (before.settings[name] !== after.settings[name]) keys.push(key.setting(name));
  for (const [id, view] of Object.entries(after.views)) {
    const old = before.views[Number(id)];
    if (!old) continue;
    view.point.forEach((value, axis) => {
      if (old.point[axis] !== value) keys.push(key.point(Number(id), axis));
    });
    keys.push(...touchedOverrides(Number(id), old, view));
    if (!same(old.displayed, view.displayed)) keys.push(key.displayed(Number(id)));
    const moved = !same(old.camera, view.camera) || !same(old.camera3d, view.camera3d);
    if (moved) keys.push(key.camera(Number(id)));
  }
  return keys;
}
