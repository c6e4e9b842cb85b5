/**
 * The drawing tools as a pure machine: presses, moves and keys in, a draft and at last a shape out.
 * Points are in the plane that is shown; whoever calls puts them into the scene.
 */

import type { Pair, Shape } from '../../protocol';
import { cornersOf, crossesItself, simplified, straightened } from '../geometry';
import { DRAW_TOOLS, type DrawTool, type Tool } from './names';

/** Movement before a press is a drag, and the reach of a point, in screen pixels. */
export const SLOP_PX = 5;
/** A second click this soon, and this near, is a double click. */
export const DOUBLE_MS = 350;
const DOUBLE_PX = 12;
/** A click this near to the first corner closes a polygon. */
export const CLOSE_PX = 11;
/** Freehand lines are kept this true, in screen pixels; then coarser until they are short enough. */
const FREEHAND_PX = 0.6;
/** Most vertices of a freehand line: a message of 512 KiB holds them on six axes. */
export const MAX_FREEHAND = 4_000;
/** Points of a freehand line while it is drawn: a minute of a fast pen. */
const MAX_RAW = 20_000;

export interface Screen {
  x: number;
  y: number;
}

export interface Spot {
  world: Pair;
  screen: Screen;
  /** Of a track: the time, and all of the place in the scene; a world coordinate for each axis. */
  moment?: { time: number; position: readonly number[] };
}

export type DrawEvent =
  | ({ kind: 'down' | 'move' | 'up'; time: number; shift?: boolean } & Spot)
  /** Enter; the last corner away; nothing of it. */
  | { kind: 'finish' }
  | { kind: 'back' }
  | { kind: 'cancel' };

export interface Draft {
  tool: Tool;
  points: readonly Spot[];
  /** Where the next point would be. */
  next: Pair | null;
  /** Where it was pressed, while it is. */
  pressed: Spot | null;
  /** The press that is down set the first point. */
  fresh: boolean;
  dragged: boolean;
  /** When and where the last click ended. */
  last: { time: number; screen: Screen } | null;
  /** Why it cannot be finished like this. */
  fault: 'crossing' | null;
}

export interface Made {
  shape: Shape;
  points: readonly Pair[];
  measure?: NonNullable<DrawTool['measure']>;
  /** Where each point was set in the scene, where that differs. */
  positions?: readonly (readonly number[])[];
}

export interface DrawStep {
  draft: Draft | null;
  made: Made | null;
}

const far = (a: Screen, b: Screen): number => Math.hypot(a.x - b.x, a.y - b.y);

export const startDraft = (tool: Tool): Draft => ({
  tool,
  points: [],
  next: null,
  pressed: null,
  fresh: false,
  dragged: false,
  last: null,
  fault: null,
});

/** The draft after the camera moved: where its points are on the screen by now. */
export function reprojected(draft: Draft, toScreen: (world: Pair) => Screen): Draft {
  const spot = (one: Spot): Spot => ({ ...one, screen: toScreen(one.world) });
  return { ...draft, points: draft.points.map(spot), last: null };
}

/** Whether something would be lost if the draft were dropped. */
export const isBegun = (draft: Draft | null): boolean =>
  draft !== null && (draft.points.length > 0 || draft.pressed !== null);

/** The outline as it would be if it were finished at the pointer. */
export function outline(draft: Draft): { shape: Shape; points: readonly Pair[] } {
  const tool = DRAW_TOOLS[draft.tool]!;
  const set = draft.points.map(({ world }) => world);
  const points = draft.next ? [...set, draft.next] : set;
  const [from, to] = points;
  const isBox = tool.box || (tool.gesture === 'region' && draft.dragged && points.length === 2);
  if (isBox && from && to)
    return {
      shape: tool.shape === 'ellipse' ? 'ellipse' : 'rectangle',
      points: cornersOf(from, to),
    };
  return { shape: tool.shape, points };
}

function made(tool: DrawTool, shape: Shape, points: readonly Pair[]): Made {
  return tool.measure ? { shape, points, measure: tool.measure } : { shape, points };
}

const nothing = (draft: Draft | null): DrawStep => ({ draft, made: null });

/** Shift: straight lines, square boxes. */
function constrained(draft: Draft, tool: DrawTool, world: Pair, shift: boolean): Pair {
  const from = draft.points.at(-1)?.world;
  if (!shift || !from) return world;
  if (tool.box || (tool.gesture === 'region' && draft.dragged))
    return cornersOf(from, world, true)[2]!;
  return tool.gesture === 'freehand' ? world : straightened(from, world);
}

const first = (spot: Spot) => ({ points: [spot], pressed: spot, fresh: true, dragged: false });

/** A box without an area. */
const isFlat = (a: Screen, b: Screen): boolean =>
  Math.abs(a.x - b.x) < 1 || Math.abs(a.y - b.y) < 1;

function onSpan(draft: Draft, tool: DrawTool, event: Spot & { kind: string }): DrawStep {
  const { kind: _, ...spot } = event;
  const world = draft.next ?? spot.world;
  switch (event.kind) {
    case 'down':
      if (draft.points.length === 0) return nothing({ ...draft, ...first(spot), next: world });
      return nothing({ ...draft, pressed: spot, fresh: false });
    case 'up': {
      if (!draft.pressed) return nothing(draft);
      const [from] = draft.points;
      if (!from || (draft.fresh && !draft.dragged)) return nothing({ ...draft, pressed: null });
      if (far(from.screen, spot.screen) < SLOP_PX) return nothing(null);
      if (tool.box && isFlat(from.screen, spot.screen)) return nothing(null);
      const points = tool.box ? cornersOf(from.world, world) : [from.world, world];
      return { draft: null, made: made(tool, tool.shape, points) };
    }
    default:
      return nothing(draft);
  }
}

function finished(draft: Draft, tool: DrawTool): DrawStep {
  const points = draft.points.map(({ world }) => world);
  if (points.length < tool.least) return nothing(draft);
  if (tool.closed && crossesItself(points))
    return nothing({ ...draft, pressed: null, fault: 'crossing' });
  const positions = draft.points.flatMap(({ moment }) => (moment ? [moment.position] : []));
  const result = made(tool, tool.shape, points);
  return { draft: null, made: positions.length > 0 ? { ...result, positions } : result };
}

/** In order of time; a click at a time that has a point by now moves it. */
function onTimes(draft: Draft, event: Spot & { kind: string; time: number }): DrawStep {
  const { kind, time: _, ...spot } = event;
  if (kind === 'down') return nothing({ ...draft, pressed: spot, fresh: false, dragged: false });
  if (kind !== 'up' || !draft.pressed) return nothing(draft);
  const at = ({ moment }: Spot) => moment?.time ?? 0;
  const others = draft.points.filter((point) => at(point) !== at(spot));
  const points = [...others, spot].sort((a, b) => at(a) - at(b));
  return nothing({ ...draft, points, pressed: null, dragged: false });
}

function onClicks(
  draft: Draft,
  tool: DrawTool,
  event: Spot & { kind: string; time: number },
): DrawStep {
  const { kind, time, ...spot } = event;
  if (kind === 'down') return nothing({ ...draft, pressed: spot, fresh: false, dragged: false });
  if (kind !== 'up' || !draft.pressed) return nothing(draft);
  const { screen } = spot;
  const { last } = draft;
  const placed: Spot = { world: draft.next ?? spot.world, screen };
  const start = draft.points[0];
  const again =
    last !== null && time - last.time < DOUBLE_MS && far(last.screen, screen) < DOUBLE_PX;
  const closes =
    tool.closed &&
    start !== undefined &&
    draft.points.length >= tool.least &&
    far(start.screen, screen) < CLOSE_PX;
  if (again || closes) {
    if (draft.points.length >= tool.least) return finished(draft, tool);
    return nothing({ ...draft, pressed: null, last: { time, screen } });
  }
  const points = [...draft.points, { world: placed.world, screen }];
  const next: Draft = {
    ...draft,
    points,
    pressed: null,
    dragged: false,
    last: { time, screen },
    fault: null,
  };
  return points.length === tool.most ? finished(next, tool) : nothing(next);
}

function onFreehand(draft: Draft, tool: DrawTool, event: Spot & { kind: string }): DrawStep {
  const { kind, ...spot } = event;
  if (kind === 'down') return nothing({ ...draft, ...first(spot) });
  if (!draft.pressed) return nothing(draft);
  const points = [...draft.points];
  if (far(points.at(-1)!.screen, spot.screen) >= 1 && points.length < MAX_RAW) points.push(spot);
  if (kind === 'move') return nothing({ ...draft, points, next: null });
  if (points.length < tool.least) return nothing(null);
  return { draft: null, made: made(tool, tool.shape, shortened(points)) };
}

/** Few enough points, as true as they can be. */
function shortened(points: readonly Spot[]): Pair[] {
  const flat = points.map(({ screen }): Pair => [screen.y, screen.x]);
  for (let tolerance = FREEHAND_PX; ; tolerance *= 1.6) {
    const kept = new Set(simplified(flat, tolerance));
    if (kept.size <= MAX_FREEHAND)
      return points.filter((_, at) => kept.has(flat[at]!)).map(({ world }) => world);
  }
}

function onRegion(
  draft: Draft,
  tool: DrawTool,
  event: Spot & { kind: string; time: number },
): DrawStep {
  const { kind, time: _, ...spot } = event;
  const { pressed } = draft;
  if (kind === 'up' && pressed && draft.dragged && draft.points.length === 1) {
    if (isFlat(draft.points[0]!.screen, spot.screen)) return nothing(null);
    const corners = cornersOf(draft.points[0]!.world, draft.next ?? spot.world);
    return { draft: null, made: made(tool, 'rectangle', corners) };
  }
  // The first press is a corner of a box, or the first of many: its way until the release says.
  if (kind === 'down' && draft.points.length === 0) return nothing({ ...draft, ...first(spot) });
  if (kind === 'up' && draft.fresh)
    return nothing({
      ...draft,
      pressed: null,
      last: { time: event.time, screen: spot.screen },
    });
  return onClicks(draft, tool, event);
}

/** Takes one event. A draft without points or press is no more than a pointer that hovers. */
export function draw(before: Draft, event: DrawEvent): DrawStep {
  const tool = DRAW_TOOLS[before.tool];
  if (!tool) return nothing(null);
  switch (event.kind) {
    case 'cancel':
      return nothing(null);
    case 'finish':
      return tool.gesture === 'clicks' || tool.gesture === 'region' || tool.gesture === 'times'
        ? finished(before, tool)
        : nothing(before);
    case 'back': {
      const points = before.points.slice(0, -1);
      return nothing(points.length === 0 ? null : { ...before, points, fault: null, last: null });
    }
  }
  const { shift = false, ...plain } = event;
  const dragged =
    before.dragged ||
    (before.pressed !== null && far(before.pressed.screen, plain.screen) >= SLOP_PX);
  const moved = { ...before, dragged };
  const draft: Draft = { ...moved, next: constrained(moved, tool, plain.world, shift) };
  switch (tool.gesture) {
    case 'click':
      if (plain.kind === 'down') return nothing({ ...draft, pressed: plain });
      if (plain.kind === 'move' || !draft.pressed) return nothing(draft);
      return { draft: null, made: made(tool, tool.shape, [plain.world]) };
    case 'span':
      return onSpan(draft, tool, plain);
    case 'clicks':
      return onClicks(draft, tool, plain);
    case 'freehand':
      return onFreehand(draft, tool, plain);
    case 'region':
      return onRegion(draft, tool, plain);
    case 'times':
      return onTimes(draft, plain);
  }
}
