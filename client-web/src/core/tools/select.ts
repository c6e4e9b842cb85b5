/**
 * The selecting tool as a pure machine: what was pressed, where it went, and what that asks for.
 * What lies under the pointer is found by the caller.
 */

import type { Pair } from '../../protocol';
import { SLOP_PX, type Screen, type Spot } from './draw';

/** What a press can hit, handles of the selection first. */
export type Target =
  | { on: 'vertex'; id: string; index: number }
  /** The edge of the one selected shape whose vertices may come and go. */
  | { on: 'edge'; id: string; index: number; at: Pair }
  | { on: 'body'; id: string };

export type Grip =
  | { what: 'nothing' }
  /** `took`: this press selected what it hit. */
  | { what: 'pressed'; target: Target | null; add: boolean; took: boolean; from: Spot }
  | { what: 'moving'; from: Spot; by: Pair }
  | { what: 'vertex'; id: string; index: number; to: Pair }
  | { what: 'box'; from: Pair; to: Pair; add: boolean };

export const IDLE: Grip = { what: 'nothing' };

export type SelectEvent =
  | ({ kind: 'down'; target: Target | null; add: boolean; remove: boolean } & Spot)
  | ({ kind: 'move' | 'up' } & Spot)
  /** Held still: on a touch screen what Alt and a click is with a mouse. */
  | { kind: 'held' }
  | { kind: 'cancel' };

export type Effect =
  | { do: 'select'; ids: readonly string[]; add: boolean }
  | { do: 'move'; by: Pair }
  | { do: 'move_vertex'; id: string; index: number; to: Pair }
  | { do: 'insert_vertex'; id: string; index: number; at: Pair }
  | { do: 'remove_vertex'; id: string; index: number }
  | { do: 'select_box'; from: Pair; to: Pair; add: boolean };

export interface SelectStep {
  grip: Grip;
  effects: readonly Effect[];
}

const far = (a: Screen, b: Screen): number => Math.hypot(a.x - b.x, a.y - b.y);
const step = (grip: Grip, ...effects: Effect[]): SelectStep => ({ grip, effects });

/** `selected`: what is selected now; pressing one of them does not let go of the others. */
export function select(grip: Grip, event: SelectEvent, selected: ReadonlySet<string>): SelectStep {
  switch (event.kind) {
    case 'cancel':
      return step(IDLE);
    case 'held':
      if (grip.what !== 'pressed' || grip.target?.on !== 'vertex') return step(grip);
      return step(IDLE, { do: 'remove_vertex', id: grip.target.id, index: grip.target.index });
    case 'down': {
      const { target, add, remove, world, screen } = event;
      if (remove && target?.on === 'vertex')
        return step(IDLE, { do: 'remove_vertex', id: target.id, index: target.index });
      const took = target?.on === 'body' && !selected.has(target.id);
      const pressed: Grip = { what: 'pressed', target, add, took, from: { world, screen } };
      if (took) return step(pressed, { do: 'select', ids: [target.id], add });
      return step(pressed);
    }
    case 'move':
      return onMove(grip, event);
    case 'up':
      return onUp(grip, event, selected);
  }
}

function onMove(grip: Grip, { world, screen }: Spot): SelectStep {
  switch (grip.what) {
    case 'pressed': {
      if (far(grip.from.screen, screen) < SLOP_PX) return step(grip);
      const { target, from, add } = grip;
      if (target?.on === 'vertex')
        return step({ what: 'vertex', id: target.id, index: target.index, to: world });
      if (!target) return step({ what: 'box', from: from.world, to: world, add });
      return onMove({ what: 'moving', from, by: [0, 0] }, { world, screen });
    }
    case 'moving': {
      const { from } = grip;
      return step({ ...grip, by: [world[0] - from.world[0], world[1] - from.world[1]] });
    }
    case 'vertex':
    case 'box':
      return step({ ...grip, to: world });
    case 'nothing':
      return step(grip);
  }
}

function onUp(grip: Grip, spot: Spot, selected: ReadonlySet<string>): SelectStep {
  switch (grip.what) {
    case 'pressed':
      return step(IDLE, ...clicked(grip, selected));
    case 'moving':
      return step(IDLE, { do: 'move', by: grip.by });
    case 'vertex':
      return step(IDLE, { do: 'move_vertex', id: grip.id, index: grip.index, to: spot.world });
    case 'box':
      return step(IDLE, { do: 'select_box', from: grip.from, to: spot.world, add: grip.add });
    case 'nothing':
      return step(grip);
  }
}

function clicked(
  { target, add, took }: Extract<Grip, { what: 'pressed' }>,
  selected: ReadonlySet<string>,
): Effect[] {
  if (!target) return add || selected.size === 0 ? [] : [{ do: 'select', ids: [], add: false }];
  if (target.on === 'edge' && !add)
    return [{ do: 'insert_vertex', id: target.id, index: target.index + 1, at: target.at }];
  if (took || target.on === 'vertex' || !selected.has(target.id)) return [];
  // A click on one of several: it alone; with Shift: all but it.
  if (add) {
    const rest = [...selected].filter((id) => id !== target.id);
    return [{ do: 'select', ids: rest, add: false }];
  }
  return selected.size > 1 ? [{ do: 'select', ids: [target.id], add: false }] : [];
}
