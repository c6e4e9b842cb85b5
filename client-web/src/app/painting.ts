/** Painting labels: strokes are drawn by the page at once, and sent in parts. */

import { signal } from '@preact/signals';
import { positionIn } from '../core/presence';
import type { Layer } from '../core/scene';
import {
  BRUSH_SIZES,
  extended,
  MAX_PART,
  nextPart,
  nextSize,
  paintOf,
  startStroke,
  type Stroke,
} from '../core/tools/stroke';
import { isPaintTool } from '../core/tools/names';
import type { Intent, Pair, Vertex } from '../protocol';
import { strings } from '../strings';
import * as actions from './actions';
import * as drawing from './drawing';
import { toast } from './notes';
import * as store from './store';
import { tool } from './tool-state';

/** Moves of less than this part of a voxel are not worth a point. */
const FINE = 0.1;
/** A stroke that was answered is drawn by the page at most this long. */
const SETTLE_MS = 1_500;
/** A finger's stroke waits this long before anything is sent: a second finger may come. */
const FINGER_MS = 120;
/** Strokes that are drawn by the page; the oldest are let go. */
const MAX_DRAWN = 256;

export interface DrawnStroke extends Stroke {
  /** `null`: its layer is being made. */
  layer: number | null;
  label: number | null;
}

export const brushSize = signal<number>(BRUSH_SIZES.usual);
/** 2: in the slice; 3: a ball. */
export const dimensions = signal<2 | 3>(2);
/** The label to paint with, by layer. */
export const labels = signal<ReadonlyMap<number, number>>(new Map());
export const strokes = signal<readonly DrawnStroke[]>([]);
/** Strokes with parts that have no answer; written by the shell. */
export const pendingStrokes = signal<ReadonlySet<number>>(new Set());

/** Parts that wait for their layer or label. */
export const queued = signal(0);

let number = 1;
let active: number | null = null;
let queue: { stroke: DrawnStroke; path: readonly Vertex[] }[] = [];
const answered = new Map<number, { revision: number; until: number }>();
const asked = new Set<number>();

export const paintLayer = (): Layer | null => drawing.targetLayer('labels');

export const labelOf = (layer: number | null): number | null =>
  layer === null ? null : (labels.value.get(layer) ?? null);

/** Labels are given by the server: those that it has not given yet cannot be painted. */
export function setLabel(layer: number, label: number): void {
  const free = store.scene.value.layers.find(({ id }) => id === layer)?.painted?.next_label;
  const value = Math.min(Math.max(Math.round(label), 1), Math.max(1, (free ?? Infinity) - 1));
  labels.value = new Map(labels.value).set(layer, value);
}

/** Asks for a label that nobody has. */
export function newLabel(): void {
  const layer = paintLayer();
  if (!layer) return drawing.makeLayer('labels', 'needed');
  askLabel(layer.id);
}

function askLabel(layer: number): void {
  if (asked.has(layer)) return;
  asked.add(layer);
  actions.ask({ kind: 'new_label', layer });
}

export function labelMade({ layer, label }: Extract<Intent, { kind: 'new_label' }>): void {
  asked.delete(layer);
  if (label !== undefined) setLabel(layer, label);
  flush();
}

export function labelRefused(layer: number): void {
  asked.delete(layer);
  drop(({ stroke }) => stroke.layer === layer && stroke.label === null);
}

/** There is a layer to paint in. */
export function layerMade(layer: number): void {
  for (const entry of queue) entry.stroke = { ...entry.stroke, layer: entry.stroke.layer ?? layer };
  strokes.value = strokes.value.map((one) => ({ ...one, layer: one.layer ?? layer }));
  askLabel(layer);
  flush();
}

export const layerRefused = (): void => drop(({ stroke }) => stroke.layer === null);

function drop(goes: (entry: (typeof queue)[number]) => boolean): void {
  const gone = new Set(queue.filter(goes).map(({ stroke }) => stroke.number));
  queue = queue.filter((entry) => !goes(entry));
  queued.value = queue.length;
  strokes.value = strokes.value.filter((one) => !gone.has(one.number));
}

/** Sends the parts whose layer and label are known. */
function flush(): void {
  queue = queue.filter(({ stroke, path }) => {
    const layer = store.scene.value.layers.find(({ id }) => id === stroke.layer);
    const label = stroke.label ?? labelOf(stroke.layer) ?? (stroke.tool === 'erase' ? 0 : null);
    if (!layer || label === null) return true;
    note(stroke.number, { label });
    actions.ask({ kind: 'paint', ...paintOf(stroke, path, layer, label) });
    return false;
  });
  queued.value = queue.length;
}

function note(which: number, change: Partial<DrawnStroke>): void {
  strokes.value = strokes.value.map((one) => (one.number === which ? { ...one, ...change } : one));
}

const current = (): DrawnStroke | undefined => strokes.value.find((one) => one.number === active);

function replace(stroke: DrawnStroke): void {
  note(stroke.number, stroke);
}

/** Sends what is due of the stroke that is painted. */
export function send(now: number): void {
  // Nobody sees it grow while the connection is down: it is sent whole.
  const whole = store.phase.value.at !== 'live';
  for (let stroke = current(); stroke; stroke = current()) {
    const open = stroke.path.length - stroke.sent;
    if (whole && !stroke.ended && open < MAX_PART - 1) return;
    const part = nextPart(stroke, now);
    if (!part) return;
    const sent = { ...stroke, ...part.stroke };
    replace(sent);
    queue.push({ stroke: sent, path: part.path });
    want(sent);
    flush();
  }
}

/** Asks for the layer or the label that a stroke needs. */
function want({ layer, label, tool: brush }: DrawnStroke): void {
  if (layer === null) drawing.makeLayer('labels', 'needed');
  else if (label === null && labelOf(layer) === null && brush !== 'erase') askLabel(layer);
}

const fine = (): number[] => store.scene.value.axes.map(({ step }) => FINE * step);

function vertex(world: Pair): Vertex {
  const view = store.view.value!;
  return positionIn(view, world).map((value, axis) => {
    const step = store.scene.value.axes[axis]?.step ?? 1;
    return drawing.rounded(value, 5 * step);
  });
}

export function down(world: Pair, now: number, finger: boolean): void {
  const view = store.view.value;
  const brush = tool.value;
  if (!view || !isPaintTool(brush)) return;
  const layer = paintLayer();
  if (!layer && brush === 'erase') return toast('info', strings.paint.nothingToErase);
  const label = labelOf(layer?.id ?? null);
  if (layer && store.selectedLayer.value?.id !== layer.id) store.selected.value = layer.id;
  active = number++;
  const settings = { tool: brush, size: brushSize.value, dimensions: dimensions.value };
  const from = now + (finger ? FINGER_MS : 0);
  const stroke = startStroke(active, settings, view.displayed, vertex(world), from);
  const drawn = { ...stroke, layer: layer?.id ?? null, label };
  strokes.value = [...strokes.value, drawn].slice(-MAX_DRAWN);
}

export function move(world: Pair, now: number): void {
  const stroke = current();
  if (!stroke) return;
  replace({ ...stroke, ...extended(stroke, vertex(world), fine()) });
  send(now);
}

export function up(now: number): void {
  const stroke = current();
  if (!stroke) return;
  replace({ ...stroke, ended: true });
  send(now);
  active = null;
}

/** A second finger came: what was not sent yet is not painted. */
export function interrupted(): void {
  const stroke = current();
  active = null;
  if (!stroke) return;
  if (stroke.sent === 0) strokes.value = strokes.value.filter((one) => one !== stroke);
  else note(stroke.number, { ended: true, path: stroke.path.slice(0, stroke.sent) });
}

/** A part was applied at this revision. */
export function acked(stroke: number, revision: number, now: number): void {
  answered.set(stroke, { revision, until: now + SETTLE_MS });
}

export function refused(stroke: number): void {
  if (active === stroke) active = null;
  queue = queue.filter((entry) => entry.stroke.number !== stroke);
  queued.value = queue.length;
  strokes.value = strokes.value.filter((one) => one.number !== stroke);
}

/** Lets go of the strokes that a picture shows by now. */
export function shown(revision: number, now: number): void {
  if (strokes.value.length === 0) return;
  const rest = strokes.value.filter((one) => {
    if (one.number === active || queue.some(({ stroke }) => stroke.number === one.number))
      return true;
    if (pendingStrokes.value.has(one.number)) return true;
    const answer = answered.get(one.number);
    // Answered while the connection was down: the next picture shows it.
    if (!answer) return false;
    const settled = answer.revision <= revision || answer.until <= now;
    if (settled) answered.delete(one.number);
    return !settled;
  });
  if (rest.length < strokes.value.length) strokes.value = rest;
}

export function resize(by: 1 | -1): void {
  brushSize.value = nextSize(brushSize.value, by);
}

/** Takes the label under the pointer. */
export async function pick(world: Pair): Promise<void> {
  const answer = await actions.values(world);
  const layer = paintLayer();
  const painted = answer?.values.find(({ layer: id, value }) => id === layer?.id && value);
  if (!layer || !painted?.value) return toast('info', strings.paint.nothingToPick);
  setLabel(layer.id, painted.value);
  tool.value = 'brush';
}
