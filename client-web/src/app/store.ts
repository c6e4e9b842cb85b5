/** What the screen shows, as signals. The shell writes them; components only read them. */

import { computed, signal } from '@preact/signals';
import { Annotations } from '../core/annotations/store';
import type { Overlay } from '../core/annotations/wishes';
import { key, type Ask } from '../core/keys';
import type { Phase } from '../core/machine';
import { mayPresent } from '../core/roles';
import {
  EMPTY_SCENE,
  lookIn,
  movedOrder,
  STAGE,
  type Layer,
  type Scene,
  type View,
} from '../core/scene';
import type {
  Answer,
  Cursor,
  Intent,
  LinkMessage,
  Pair,
  Participant,
  PixelHeader,
  Role,
  Steps,
  Watch,
  Welcome,
} from '../protocol';
import type { Link, Place } from './link';

/** What the user asked for and has no answer to. */
export interface Wish {
  ask: Ask;
  late: boolean;
}

export interface Flash {
  color: string;
  name: string;
}

export interface Toast {
  id: number;
  tone: 'info' | 'bad';
  text: string;
  action?: { label: string; run: () => void };
}

export interface Colormap {
  name: string;
  stops: string[];
}

export interface Stats {
  codec: string;
  config: string;
  width: number;
  height: number;
  framesPerSecond: number;
  bitsPerSecond: number;
  roundTripMs: number | null;
  photonP50Ms: number | null;
  photonP95Ms: number | null;
  renderMs: number | null;
  encodeMs: number | null;
  decodeMs: number | null;
  /** How long the presenter holds pictures. */
  heldMs: number | null;
  /** Pictures that the page threw away. */
  dropped: number;
  ageMs: number | null;
  queue: number;
  /** What the server last told of this page's link. */
  link: LinkMessage | null;
  frames: number;
  /** Intent-to-photon medians over time, for the curve. */
  history: number[];
}

export const NO_STATS: Stats = {
  codec: '',
  config: '',
  width: 0,
  height: 0,
  framesPerSecond: 0,
  bitsPerSecond: 0,
  roundTripMs: null,
  photonP50Ms: null,
  photonP95Ms: null,
  renderMs: null,
  encodeMs: null,
  decodeMs: null,
  heldMs: null,
  dropped: 0,
  ageMs: null,
  queue: 0,
  link: null,
  frames: 0,
  history: [],
};

export const link = signal<Link>({ session: null, token: null, view: null });
export const place = signal<Place>({ at: 'home' });
export const phase = signal<Phase>({ at: 'idle' });
export const welcome = signal<Welcome | null>(null);
export const participants = signal<readonly Participant[]>([]);
export const cursors = signal<ReadonlyMap<number, Cursor & { at: number }>>(new Map());
export const scene = signal<Scene>(EMPTY_SCENE);
export const revision = signal(0);
/** When the picture of a view, or of `all`, was last changed: older pictures are on their way out. */
export const changed = signal<ReadonlyMap<number | 'all', { revision: number; at: number }>>(
  new Map(),
);
/** What people have drawn, as the mirror has it; `annotated` counts its changes. */
export const annotations = signal<Annotations>(new Annotations());
export const annotated = signal(0);
/** Annotations as the pending intents make them; `null`: removed. */
export const overlay = signal<Overlay>(new Map());
/** Annotations that the mirror shows, and no picture yet. */
export const settling = signal<ReadonlySet<string>>(new Set());
export const steps = signal<Steps>({ undo: null, redo: null });
/** Whether the mirror has come. */
export const ready = signal(false);
/** The view whose pictures the server sends. */
export const servedView = signal(STAGE);
export const wishes = signal<ReadonlyMap<string, Wish>>(new Map());
/** Edits that last, without an answer; and whether one of them waits for long. */
export const unconfirmed = signal(0);
export const isLate = signal(false);
export const moves = signal<readonly Intent[]>([]);
export const refusals = signal<ReadonlyMap<string, string>>(new Map());
export const flashes = signal<ReadonlyMap<string, Flash>>(new Map());
export const toasts = signal<readonly Toast[]>([]);
export const frame = signal<PixelHeader | null>(null);
export const fallback = signal<string | null>(null);
export const stats = signal<Stats>(NO_STATS);
export const colormaps = signal<readonly Colormap[]>([]);
export const viewport = signal({ width: 0, height: 0 });
/** World position under the pointer, and what is there. */
export const pointer = signal<Pair | null>(null);
export const underPointer = signal<Extract<Answer, { kind: 'values' }> | null>(null);
export const selected = signal<number | null>(null);
export const activeAxis = signal<number | null>(null);

/** An old version of a session (`NAME@NUMBER`) is looked at: nothing in it can be changed. */
export const isOldVersion = computed(() => /@\d+$/.test(link.value.session ?? ''));

export const role = computed<Role>(() =>
  isOldVersion.value ? 'viewer' : (welcome.value?.role ?? 'viewer'),
);
export const subject = computed(() => welcome.value?.subject ?? '');
export const me = computed(() => welcome.value?.participant ?? -1);
export const people = computed(() => new Map(participants.value.map((one) => [one.id, one])));

/** What this participant watches: the wish if one is pending. */
export const watch = computed<Watch>(() => {
  const wish = wishes.value.get(key.watch())?.ask;
  if (wish?.what === 'watch') return wish.target;
  return people.value.get(me.value)?.watch ?? 'stage';
});

/** The view that a watch leads to; following others who follow is bounded by their number. */
export function resolve(target: Watch, self: number): number {
  let at = target;
  let who = self;
  for (let hops = 0; hops <= people.value.size; hops++) {
    if (at === 'stage') return STAGE;
    if (at === 'own') return who;
    who = at.follow;
    const next = people.value.get(who)?.watch;
    if (next === undefined) return STAGE;
    at = next;
  }
  return STAGE;
}

/** The view that this participant looks at. */
export const viewId = computed(() => {
  const wished = wishes.value.has(key.watch());
  return wished ? resolve(watch.value, me.value) : servedView.value;
});

/** It may not be there yet just after switching; then what was served before stands in for it. */
export const view = computed<View | undefined>(
  () => scene.value.views[viewId.value] ?? scene.value.views[servedView.value],
);

export const leader = computed<Participant | null>(() => {
  const target = watch.value;
  return typeof target === 'object' ? (people.value.get(target.follow) ?? null) : null;
});

/** Why the stage and its layers cannot be changed by this participant; `null`: they can. */
export const stageLocked = computed(() => watch.value === 'stage' && !mayPresent(role.value));
export const sharedLocked = computed(() => !mayPresent(role.value));

/** Layers as the watched view shows them, bottom first, in the wished order. */
export const layers = computed<readonly Layer[]>(() => {
  const known = scene.value.layers;
  let order = known.map(({ id }) => id);
  for (const move of moves.value)
    if (move.kind === 'move_layer') order = movedOrder(order, move.layer, move.index);
  return order.flatMap((id) => {
    const layer = known.find((one) => one.id === id);
    return layer ? lookIn(layer, view.value) : [];
  });
});

export const selectedLayer = computed<Layer | null>(() => {
  const all = layers.value;
  const chosen = all.find(({ id }) => id === selected.value);
  // Nothing chosen yet: an image, as there is more to adjust in it than in labels.
  return chosen ?? all.findLast(({ kind }) => kind === 'image') ?? all.at(-1) ?? null;
});
