/** The tools at work: pointer events to the tools' machines, and what comes out to asks. */

import { effect } from '@preact/signals';
import { vertexAt } from '../core/annotations/plane';
import { screenOf, type Eye } from '../core/camera';
import { positionIn } from '../core/presence';
import { draw, isBegun, reprojected, startDraft, type DrawEvent } from '../core/tools/draw';
import { DRAW_TOOLS, isEditing, isPaintTool, type Tool } from '../core/tools/names';
import { IDLE } from '../core/tools/select';
import type { Pair } from '../protocol';
import { strings } from '../strings';
import * as actions from './actions';
import * as drawing from './drawing';
import { momentAt, timeAxis } from './moments';
import { toast } from './notes';
import * as painting from './painting';
import { hover, onSelect, openMenu, targetAt, type Press } from './selecting';
import * as store from './store';
import * as state from './tool-state';

/** Selected annotations that the others are told of. */
const MAX_TOLD = 64;

/** Takes a tool; says why where the role does not allow it. */
export function choose(tool: Tool): void {
  const locked = isEditing(tool) || tool === 'pick' ? state.drawingLocked.value : null;
  if (locked) return toast('info', locked);
  if (tool === 'track' && timeAxis() === null) return toast('info', strings.annotate.needsTime);
  state.draft.value = null;
  state.typing.value = null;
  state.grip.value = IDLE;
  state.tool.value = tool;
  state.hovered.value = null;
  if (tool !== 'select' && tool !== 'pan') state.chosen.value = new Set();
}

// Drawing.

let seenBy = '';

/** The draft with its points where the camera has them by now. */
function currentDraft(eye: Eye) {
  const draft = state.draft.value ?? startDraft(state.tool.value);
  const now = JSON.stringify([eye, store.viewport.value]);
  if (now === seenBy) return draft;
  seenBy = now;
  return reprojected(draft, (world) => screenOf(eye, store.viewport.value, world));
}

function onDraw(event: DrawEvent): void {
  const eye = actions.eye.value;
  const view = store.view.value;
  const kind = DRAW_TOOLS[state.tool.value];
  if (!eye || !view || !kind) return;
  const begun = isBegun(state.draft.value);
  const { draft, made } = draw(currentDraft(eye), event);
  if (!begun && isBegun(draft)) state.draftPosition.value = positionIn(view, [0, 0]);
  const position = state.draftPosition.value ?? positionIn(view, [0, 0]);
  if (draft?.fault && !state.draft.value?.fault) toast('info', strings.annotate.crossing);
  state.draft.value = draft;
  if (event.kind === 'up' && kind.gesture === 'times') actions.step(timeAxis(), 1);
  if (!made) return;
  state.draftPosition.value = null;
  if (made.shape === 'text') return beginText(made.points[0]!, position, view.displayed);
  const id = drawing.add(made, kind.layer, position, view.displayed, actions.perPixel());
  if (id && made.shape !== 'point') state.chosen.value = new Set([id]);
}

function beginText(world: Pair, position: readonly number[], displayed: Pair): void {
  const axes = store.scene.value.axes.map((_, axis) => axis);
  const vertex = vertexAt(world, { axes }, position, displayed);
  state.typing.value = { id: null, vertex, text: '' };
}

/** Ends the typing of a text: a new annotation, or a change of an old one. */
export function endText(text: string | null): void {
  const typed = state.typing.value;
  const view = store.view.value;
  state.typing.value = null;
  if (!typed || text === null || !view) return;
  if (typed.id !== null) {
    const value = text.trim() || null;
    if ((state.annotationOf(typed.id)?.text ?? null) !== value)
      drawing.changeAnnotation(typed.id, { property: 'text', value });
    return;
  }
  if (!text.trim()) return;
  const at: Pair = [typed.vertex[view.displayed[0]] ?? 0, typed.vertex[view.displayed[1]] ?? 0];
  const made = { shape: 'text', points: [at] } as const;
  const id = drawing.add(
    made,
    'shapes',
    typed.vertex,
    view.displayed,
    actions.perPixel(),
    text.trim(),
  );
  if (id) state.chosen.value = new Set([id]);
}

// Pointers and keys.

/** Whether the tool takes a press; else it moves the picture. */
export const takesPress = (): boolean => state.tool.value !== 'pan';

export function down(press: Press): void {
  const tool = state.tool.value;
  // A press elsewhere ends the text that is being typed.
  if (state.typing.value) return (document.activeElement as HTMLElement | null)?.blur();
  if (tool === 'select')
    return onSelect({
      kind: 'down',
      target: targetAt(press),
      add: press.shift,
      remove: press.alt,
      world: press.world,
      screen: press.screen,
    });
  if (DRAW_TOOLS[tool]) onDraw(drawEvent('down', press));
  if (isPaintTool(tool)) painting.down(press.world, press.time, press.touch);
  if (tool === 'pick') void painting.pick(press.world);
}

export function move(press: Press, pressed: boolean): void {
  const tool = state.tool.value;
  if (tool === 'select') {
    if (pressed) onSelect({ kind: 'move', world: press.world, screen: press.screen });
    else hover(press.world);
  } else if (DRAW_TOOLS[tool] && (pressed || isBegun(state.draft.value)))
    onDraw(drawEvent('move', press));
  else if (isPaintTool(tool) && pressed) painting.move(press.world, press.time);
}

export function up(press: Press): void {
  const tool = state.tool.value;
  if (tool === 'select') onSelect({ kind: 'up', world: press.world, screen: press.screen });
  else if (DRAW_TOOLS[tool]) onDraw(drawEvent('up', press));
  else if (isPaintTool(tool)) painting.up(press.time);
}

function drawEvent(kind: 'down' | 'move' | 'up', press: Press): DrawEvent {
  const { world, screen, time, shift } = press;
  const moment = state.tool.value === 'track' ? momentAt(world) : null;
  return { kind, world, screen, time, shift, ...(moment && { moment }) };
}

/** Whether Alt and a press is the tool's: it takes a corner away. */
export const takesAlt = (press: Press): boolean =>
  state.tool.value === 'select' && targetAt(press)?.on === 'vertex';

/** A finger is held still: a corner goes, else a menu opens; says whether one did. */
export function held(press: Press): boolean {
  const { tool } = state;
  if (tool.value === 'select' && targetAt(press)?.on === 'vertex') onSelect({ kind: 'held' });
  else if (tool.value === 'select' || tool.value === 'pan') return openMenu(press);
  return false;
}

/** The corners of an annotation are to be dragged, or its text is to be typed. */
export function edit(id: string): void {
  choose('select');
  state.chosen.value = new Set([id]);
  editText(id);
}

/** A second finger came, or the pointer was taken away: what the first one began is nothing. */
export function interrupted(): void {
  const draft = state.draft.value;
  if (draft?.fresh) state.draft.value = null;
  else if (draft) state.draft.value = { ...draft, pressed: null, dragged: false };
  state.grip.value = IDLE;
  painting.interrupted();
}

export function leave(): void {
  state.hovered.value = null;
  const draft = state.draft.value;
  if (draft && !draft.pressed) state.draft.value = { ...draft, next: null };
}

/** A double click that no tool used up: text is typed. */
export function double(): void {
  const [only, ...rest] = state.selection.value;
  if (state.tool.value === 'select' && only && rest.length === 0) editText(only[0]);
}

function editText(id: string): void {
  const one = state.annotationOf(id);
  if (one?.shape !== 'text' || state.lockedBecause(one) !== null) return;
  state.typing.value = { id, vertex: one.vertices[0]!, text: one.text ?? '' };
}

export const finish = (): boolean => {
  if (!isBegun(state.draft.value)) return false;
  onDraw({ kind: 'finish' });
  return true;
};

/** Backspace: the last corner away, else what is selected. */
export function back(): boolean {
  if (isBegun(state.draft.value)) onDraw({ kind: 'back' });
  else if (state.selection.value.size > 0) drawing.removeSelection();
  else return false;
  return true;
}

/** Escape: first the draft, then the selection, then the tool. */
export function cancel(): boolean {
  if (state.typing.value) state.typing.value = null;
  else if (isBegun(state.draft.value)) state.draft.value = null;
  else if (state.grip.value.what !== 'nothing') state.grip.value = IDLE;
  else if (state.chosen.value.size > 0) state.chosen.value = new Set();
  else if (state.tool.value !== 'pan') state.tool.value = 'pan';
  else return false;
  return true;
}

/** Tells the others what this participant is busy with. */
export function tellDoing(): () => void {
  return effect(() => {
    const selected = [...state.chosen.value].slice(0, MAX_TOLD);
    const layer = store.selectedLayer.value?.id;
    const { what } = state.grip.value;
    const editing = what === 'moving' || what === 'vertex' ? selected[0] : state.typing.value?.id;
    actions.tellDoing({
      tool: state.tool.value,
      ...(layer !== undefined && { layer }),
      selected,
      ...(editing && { editing }),
    });
  });
}
