/** What the tools show: the tool, what is drawn just now, what is selected. */

import { computed, signal } from '@preact/signals';
import type { Field } from '../core/annotations/hit';
import { planeOf, type Plane } from '../core/annotations/plane';
import { whyNotEdit } from '../core/roles';
import { DEFAULT_STYLE, isAnnotations, type Layer } from '../core/scene';
import type { Draft } from '../core/tools/draw';
import type { Tool } from '../core/tools/names';
import { IDLE, type Grip } from '../core/tools/select';
import type { Annotation, NewAnnotation, Pair } from '../protocol';
import { strings } from '../strings';
import * as store from './store';

/** A small thing is this many samples large; the cells of grids are of this size. */
const SMALL_SAMPLES = 16;

export const tool = signal<Tool>('pan');
export const draft = signal<Draft | null>(null);
/** The slice in which the draft was begun: a world coordinate for each axis. */
export const draftPosition = signal<readonly number[] | null>(null);
export const grip = signal<Grip>(IDLE);
/** The annotation under the pointer, while selecting. */
export const hovered = signal<string | null>(null);
/** Names of the selected annotations, some of which may be gone by now. */
export const chosen = signal<ReadonlySet<string>>(new Set());
/** Drawn while its layer is still being made: shown, and asked for once the layer is there. */
export const waiting = signal<readonly NewAnnotation[]>([]);
/** A text that is being typed: a new one at a place, or that of an annotation. */
export const typing = signal<{ id: string | null; vertex: readonly number[]; text: string } | null>(
  null,
);

/** The box of the world that is to be zoomed into, while it is dragged. */
export const zoomBox = signal<{ from: Pair; to: Pair } | null>(null);
/** Where the menu of an annotation is open, in pixels of the picture. */
export const menu = signal<{ id: string; x: number; y: number } | null>(null);

/** As wished, else as the mirror has it. */
export function annotationOf(id: string): Annotation | null {
  void store.annotated.value;
  const wished = store.overlay.value.get(id);
  return wished !== undefined ? wished : (store.annotations.value.get(id) ?? null);
}

/** The selected annotations that are there. */
export const selection = computed<ReadonlyMap<string, Annotation>>(() => {
  const found = new Map<string, Annotation>();
  for (const id of chosen.value) {
    const one = annotationOf(id);
    if (one) found.set(id, one);
  }
  return found;
});

export const layerOf = (id: number): Layer | undefined =>
  store.layers.value.find((layer) => layer.id === id);

export function planeFor(layer: Layer): Plane | null {
  const view = store.view.value;
  return view ? planeOf(layer, view, store.scene.value.axes) : null;
}

/** Planes of the annotation layers that are seen, by layer, the top one first. */
export const planes = computed<ReadonlyMap<number, Plane>>(() => {
  const found = new Map<number, Plane>();
  for (const layer of [...store.layers.value].reverse()) {
    if (!isAnnotations(layer) || !layer.visible) continue;
    const plane = planeFor(layer);
    if (plane) found.set(layer.id, plane);
  }
  return found;
});

/** Where hits are looked for. */
export function field(): Field {
  const view = store.view.value;
  const steps = (view?.displayed ?? []).map((axis) => store.scene.value.axes[axis]?.step ?? 1);
  return {
    source: store.annotations.value,
    overlay: store.overlay.value,
    planes: [...planes.value.values()],
    sizeOf: (layer) => layerOf(layer)?.style?.size ?? DEFAULT_STYLE.size,
    fades: (layer) => layerOf(layer)?.style?.out_of_slice_display ?? false,
    least: SMALL_SAMPLES * Math.min(...steps, Infinity) || 1,
  };
}

/** Why an annotation cannot be changed by this participant; `null`: it can. */
export function lockedBecause(one: Annotation): string | null {
  const layer = layerOf(one.layer);
  return layer ? lockedLayer(layer, one) : strings.annotate.layerGone;
}

export function lockedLayer(layer: Layer, one?: Annotation): string | null {
  const { role, subject } = store;
  const why = whyNotEdit({ role: role.value, subject: subject.value }, layer, one);
  if (why === 'role') return strings.annotate.needsRole(strings.roles[role.value]);
  if (why === 'locked') return strings.annotate.layerLocked(layer.name);
  return why === 'not_yours' ? strings.annotate.notYours(layer.name) : null;
}

/** Why nothing can be drawn at all. */
export const drawingLocked = computed<string | null>(() =>
  store.isOldVersion.value
    ? strings.history.readOnly
    : store.role.value === 'viewer'
      ? strings.annotate.needsRole(strings.roles.viewer)
      : null,
);
