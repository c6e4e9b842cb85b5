/** The selecting tool at work: hits, moves, and the corners of what is selected. */

import { hit, hitHandles, inBox } from '../core/annotations/hit';
import { pointsOf } from '../core/annotations/plane';
import { resized } from '../core/geometry';
import type { Spot } from '../core/tools/draw';
import { leastVertices } from '../core/tools/names';
import { IDLE, select, type Effect, type SelectEvent } from '../core/tools/select';
import type { Pair } from '../protocol';
import { strings } from '../strings';
import { perPixel } from './actions';
import * as drawing from './drawing';
import { toast } from './notes';
import * as store from './store';
import * as state from './tool-state';

/** How near counts as on it, screen pixels. */
const REACH_MOUSE = 6;
const REACH_TOUCH = 18;

export interface Press extends Spot {
  time: number;
  touch: boolean;
  shift: boolean;
  alt: boolean;
}

/** What is under a press, handles of the selection first. */
export function targetAt({ world, touch }: Press) {
  const reach = (touch ? REACH_TOUCH : REACH_MOUSE) * perPixel();
  const [only, ...rest] = state.selection.value;
  if (only && rest.length === 0) {
    const plane = state.planes.value.get(only[1].layer);
    const handle = plane && hitHandles(only[0], only[1], plane, world, reach);
    if (handle && state.lockedBecause(only[1]) === null) return handle;
  }
  const id = hit(state.field(), world, reach);
  return id === null ? null : ({ on: 'body', id } as const);
}

/** What a right click and a long press open: what can be done with what is there. */
export function openMenu({ world, screen, touch }: Press): boolean {
  const id = hit(state.field(), world, (touch ? REACH_TOUCH : REACH_MOUSE) * perPixel());
  state.menu.value = id === null ? null : { id, ...screen };
  if (id === null) return false;
  state.grip.value = IDLE;
  if (!state.chosen.value.has(id)) state.chosen.value = new Set([id]);
  selectLayerOf([id]);
  return true;
}

/** Gives an event to the selecting tool, and does what comes out. */
export function onSelect(event: SelectEvent): void {
  const { grip, effects } = select(state.grip.value, event, new Set(state.selection.value.keys()));
  const starts = grip.what === 'moving' || grip.what === 'vertex';
  if (starts && state.grip.value.what === 'pressed' && !mayMove()) {
    state.grip.value = IDLE;
    return;
  }
  state.grip.value = grip;
  effects.forEach(carryOut);
}

/** Says why, where nothing of what is selected may be moved. */
function mayMove(): boolean {
  const locks = [...state.selection.value.values()].map(state.lockedBecause);
  const why = locks.find((lock) => lock !== null);
  if (why && locks.every((lock) => lock !== null)) toast('info', why);
  return locks.some((lock) => lock === null);
}

function carryOut(effect: Effect): void {
  switch (effect.do) {
    case 'select':
      state.chosen.value = new Set([...(effect.add ? state.chosen.value : []), ...effect.ids]);
      return selectLayerOf(effect.ids);
    case 'select_box': {
      const ids = inBox(state.field(), effect.from, effect.to);
      state.chosen.value = new Set([...(effect.add ? state.chosen.value : []), ...ids]);
      return selectLayerOf(ids);
    }
    case 'move':
      return drawing.moveSelection([
        drawing.rounded(effect.by[0], perPixel()),
        drawing.rounded(effect.by[1], perPixel()),
      ]);
    case 'move_vertex':
      return moveVertex(effect.id, effect.index, effect.to);
    case 'insert_vertex': {
      const at = vertexOf(effect.id, effect.at);
      const { id, index } = effect;
      if (at) drawing.changeAnnotation(id, { property: 'insert_vertex', value: { index, at } });
      return;
    }
    case 'remove_vertex':
      return removeVertex(effect.id, effect.index);
  }
}

/** The layer of what was selected is the one that is worked in. */
function selectLayerOf(ids: readonly string[]): void {
  const one = ids[0] === undefined ? null : state.annotationOf(ids[0]);
  if (one) store.selected.value = one.layer;
}

/** A vertex of an annotation at a place of the plane: on the other axes as its first one. */
function vertexOf(id: string, at: Pair): number[] | null {
  const one = state.annotationOf(id);
  const plane = one && state.planes.value.get(one.layer);
  if (!one || !plane) return null;
  const vertex = [...one.vertices[0]!];
  vertex[plane.at[0]] = drawing.rounded(at[0], perPixel());
  vertex[plane.at[1]] = drawing.rounded(at[1], perPixel());
  return vertex;
}

function moveVertex(id: string, index: number, at: Pair): void {
  const one = state.annotationOf(id);
  const plane = one && state.planes.value.get(one.layer);
  const to = vertexOf(id, at);
  if (!one || !plane || !to) return;
  if (one.shape === 'rectangle' || one.shape === 'ellipse') {
    // Not rounded: the sides have to stay parallel.
    const corners = resized(pointsOf(one, plane), index, [to[plane.at[0]]!, to[plane.at[1]]!]);
    const value = corners.map((corner) => {
      const vertex = [...one.vertices[0]!];
      [vertex[plane.at[0]], vertex[plane.at[1]]] = [corner[0], corner[1]];
      return vertex;
    });
    return drawing.changeAnnotation(id, { property: 'vertices', value });
  }
  if (one.shape === 'vector') {
    const [start, by] = [one.vertices[0]!, one.vertices[1]!];
    // The arrow's end stays where its start is dragged from, and its start where its end is.
    const end = start.map((value, axis) => value + by[axis]!);
    const value =
      index === 0
        ? [to, end.map((part, axis) => part - to[axis]!)]
        : [start, to.map((part, axis) => part - start[axis]!)];
    return drawing.changeAnnotation(id, { property: 'vertices', value });
  }
  drawing.changeAnnotation(id, { property: 'move_vertex', value: { index, to } });
}

function removeVertex(id: string, index: number): void {
  const one = state.annotationOf(id);
  if (!one) return;
  if (one.vertices.length <= leastVertices(one.shape))
    return toast('info', strings.annotate.tooFew);
  drawing.changeAnnotation(id, { property: 'remove_vertex', value: { index } });
}

/** What the pointer is over. */
export function hover(world: Pair): void {
  state.hovered.value = hit(state.field(), world, REACH_MOUSE * perPixel());
}

/** Everything of the selected layer that is seen. */
export function selectAll(): boolean {
  const layer = store.selectedLayer.value;
  const plane = layer && state.planes.value.get(layer.id);
  if (!plane) return false;
  const all = { ...state.field(), planes: [plane] };
  state.tool.value = 'select';
  state.chosen.value = new Set(inBox(all, [-Infinity, -Infinity], [Infinity, Infinity]));
  return true;
}
