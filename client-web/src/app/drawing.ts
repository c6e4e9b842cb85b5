/** From what was drawn to annotations: ids, layers, slices; and changes of what is selected. */

import { usualSize } from '../core/annotations/look';
import { vertexAt } from '../core/annotations/plane';
import type { Made } from '../core/tools/draw';
import { DEFAULT_STYLE, type Layer } from '../core/scene';
import type {
  AnnotationChange,
  Intent,
  LayerKind,
  Measure,
  NewAnnotation,
  Pair,
} from '../protocol';
import { strings } from '../strings';
import { ask, perPixel } from './actions';
import { toast } from './notes';
import * as painting from './painting';
import * as store from './store';
import * as state from './tool-state';

/** Annotations named in one message: as many as the server takes in one intent. */
const MAX_NAMED = 10_000;

/** 22 letters and digits at random: nobody else makes the same. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .slice(0, 22);
}

const fits = (layer: Layer, kind: LayerKind): boolean =>
  layer.kind === kind &&
  (kind !== 'labels' || layer.painted !== null) &&
  state.lockedLayer(layer) === null &&
  state.planeFor(layer) !== null;

/** Where a thing of this kind is drawn: the selected layer, else the top one that is seen. */
export function targetLayer(kind: LayerKind): Layer | null {
  const chosen = store.selectedLayer.value;
  if (chosen && fits(chosen, kind)) return chosen;
  return store.layers.value.findLast((layer) => layer.visible && fits(layer, kind)) ?? null;
}

/** Why a layer is made: somebody chose so, or what they draw needs one and any will do. */
type Reason = 'chosen' | 'needed';
/** Kinds of layers that were asked for and are not there yet. */
const awaited = new Map<LayerKind, Reason>();
const kindOf = new Map<string, LayerKind>();

/** Asks for a new layer, once. */
export function makeLayer(kind: LayerKind, why: Reason): void {
  if (awaited.has(kind)) return;
  awaited.set(kind, why);
  ask({ kind: 'add_layer', layer_kind: kind });
}

/**
 * Layers that were asked for, and whose answer got lost in a reconnect: the mirror shows what came
 * of it, the newest layer of that kind.
 */
export function forgetAnswered(pending: readonly Intent[]): void {
  for (const kind of awaited.keys()) {
    if (pending.some((one) => one.kind === 'add_layer' && one.layer_kind === kind)) continue;
    const layer = targetLayer(kind)?.id;
    queueMicrotask(() => {
      if (!awaited.has(kind)) return;
      if (layer === undefined) layerRefused(kind);
      else layerMade({ kind: 'add_layer', layer_kind: kind, layer });
    });
  }
}

/**
 * The layer to draw in, of the one just made and those that others made meanwhile: the first. Who
 * made the first finds no earlier one, so that all who began at once meet there.
 */
function meetingPlace(made: number, kind: LayerKind): number {
  const earlier = store.layers.value.filter(
    (layer) => layer.id < made && layer.visible && fits(layer, kind),
  );
  return Math.min(made, ...earlier.map(({ id }) => id));
}

/** Takes back the making of a layer that is not needed; who draws in it by now keeps it. */
function giveBack(name: string | undefined): void {
  // The last step may be another one: of the same user in another window.
  if (name && store.steps.value.undo?.endsWith(` ${name}`)) ask({ kind: 'undo' });
}

/** New points are as large as is easily seen: one world unit may be a sample, or a thousand. */
function sizePoints(layer: number): void {
  const style = state.layerOf(layer)?.style ?? DEFAULT_STYLE;
  const value = { ...style, size: usualSize(perPixel()) };
  ask({ kind: 'set_layer', layer, change: { property: 'style', value } });
}

/** The layer is there: what was drawn meanwhile goes into it, or into that of who was faster. */
export function layerMade(intent: Extract<Intent, { kind: 'add_layer' }>): void {
  const { layer: made, layer_kind: kind, name } = intent;
  const needed = awaited.get(kind) === 'needed';
  awaited.delete(kind);
  if (made === undefined) return;
  const layer = needed ? meetingPlace(made, kind) : made;
  if (layer !== made) giveBack(name);
  else if (kind === 'points') sizePoints(layer);
  store.selected.value = layer;
  if (kind === 'labels') painting.layerMade(layer);
  const ready = state.waiting.value.filter(({ id }) => kindOf.get(id) === kind);
  state.waiting.value = state.waiting.value.filter(({ id }) => kindOf.get(id) !== kind);
  for (const { id } of ready) kindOf.delete(id);
  if (ready.length > 0)
    ask({ kind: 'add_annotations', annotations: ready.map((one) => ({ ...one, layer })) });
}

/** There will be no layer: what waited for it is gone, and it was said why. */
export function layerRefused(kind: LayerKind): void {
  awaited.delete(kind);
  if (kind === 'labels') painting.layerRefused();
  state.waiting.value = state.waiting.value.filter(({ id }) => kindOf.get(id) !== kind);
}

/** The image layer whose samples are measured: the selected one, else the top one that is seen. */
function measuredLayer(): number | null {
  const chosen = store.selectedLayer.value;
  if (chosen?.kind === 'image') return chosen.id;
  const images = store.layers.value.filter(({ kind, visible }) => kind === 'image' && visible);
  return images.at(-1)?.id ?? null;
}

function measureOf(of: NonNullable<Made['measure']>): Measure | null {
  if (of !== 'statistics') return { of };
  const layer = measuredLayer();
  return layer === null ? null : { of, layer };
}

/** Coordinates as fine as a hundredth of a screen pixel: shorter, and no less true. */
export function rounded(world: number, perPixel: number): number {
  const quantum = 10 ** Math.floor(Math.log10(perPixel / 50));
  const decimals = Math.min(Math.max(0, -Math.log10(quantum)), 15);
  return Number.isFinite(decimals) ? Number(world.toFixed(decimals)) : world;
}

/** Asks for an annotation in its layer, or for the layer first; gives its name. */
export function add(
  made: Made,
  kind: LayerKind,
  position: readonly number[],
  displayed: Pair,
  perPixel: number,
  text?: string,
): string | null {
  const measure = made.measure ? measureOf(made.measure) : undefined;
  if (measure === null) {
    toast('info', strings.annotate.nothingToMeasure);
    return null;
  }
  const layer = targetLayer(kind);
  const axes = layer?.axes ?? store.scene.value.axes.map((_, axis) => axis);
  const points = made.points.map((point): Pair => [
    rounded(point[0], perPixel),
    rounded(point[1], perPixel),
  ]);
  const vertices = points.map((point, at) =>
    vertexAt(point, { axes }, made.positions?.[at] ?? position, displayed),
  );
  // A vector is a place and a direction.
  if (made.shape === 'vector')
    vertices[1] = vertices[1]!.map((value, axis) => value - vertices[0]![axis]!);
  const id = randomId();
  const annotation: NewAnnotation = {
    id,
    layer: layer?.id ?? -1,
    shape: made.shape,
    vertices,
    ...(text && { text }),
    ...(measure && { measure }),
    author: '',
    created: 0,
  };
  if (layer) {
    ask({ kind: 'add_annotations', annotations: [annotation] });
    if (store.selectedLayer.value?.kind !== kind) store.selected.value = layer.id;
    return id;
  }
  kindOf.set(id, kind);
  state.waiting.value = [...state.waiting.value, annotation];
  makeLayer(kind, 'needed');
  return id;
}

/** The selected annotations that may be changed, by layer; says why where some may not. */
function changeable(): Map<number, string[]> {
  const byLayer = new Map<number, string[]>();
  let why: string | null = null;
  for (const [id, one] of state.selection.value) {
    const locked = state.lockedBecause(one);
    if (locked) why = locked;
    else byLayer.set(one.layer, [...(byLayer.get(one.layer) ?? []), id]);
  }
  if (why) toast('info', why);
  return byLayer;
}

function parts<T>(list: readonly T[]): T[][] {
  const count = Math.ceil(list.length / MAX_NAMED);
  return Array.from({ length: count }, (_, at) => list.slice(at * MAX_NAMED, (at + 1) * MAX_NAMED));
}

/** Moves the selection by world units of the plane that is shown. */
export function moveSelection(by: Pair): void {
  for (const [layer, ids] of changeable()) {
    const plane = state.planes.value.get(layer);
    const axes = state.layerOf(layer)?.axes ?? [];
    if (!plane) continue;
    const along = axes.map((_, at) =>
      at === plane.at[0] ? by[0] : at === plane.at[1] ? by[1] : 0,
    );
    for (const annotations of parts(ids)) ask({ kind: 'move_annotations', annotations, by: along });
  }
}

export function removeSelection(): void {
  for (const ids of changeable().values())
    for (const annotations of parts(ids)) ask({ kind: 'remove_annotations', annotations });
  state.chosen.value = new Set();
}

/** Changes one property of an annotation, if it may be changed. */
export function changeAnnotation(id: string, change: AnnotationChange): void {
  const one = state.annotationOf(id);
  if (!one) return;
  const locked = state.lockedBecause(one);
  if (locked) return toast('info', locked);
  ask({ kind: 'change_annotation', annotation: id, change });
}

/** Changes one property of everything that is selected. */
export function changeSelection(change: AnnotationChange): void {
  for (const ids of changeable().values())
    for (const annotation of ids) ask({ kind: 'change_annotation', annotation, change });
}
