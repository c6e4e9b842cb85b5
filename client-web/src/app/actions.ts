/**
 * What the user can do, as asks of the server. Here is the rule of view modes: on the stage,
 * changes are for everybody; in one's own view they stay there; while following, the first move
 * leads to one's own view, with a way back.
 */

import { computed } from '@preact/signals';
import { fit, zoomedAt, type Eye } from '../core/camera';
import { key } from '../core/keys';
import { positionIn } from '../core/presence';
import { mayPresent } from '../core/roles';
import {
  axisCount,
  axisPosition,
  axisWorld,
  rolled,
  sliderAxes,
  STAGE,
  type Camera,
  type View,
} from '../core/scene';
import type {
  Camera3d,
  Doing,
  Intent,
  LayerChange,
  Pair,
  SettingsProperty,
  Watch,
} from '../protocol';
import { strings } from '../strings';
import { toast } from './notes';
import * as lasers from './lasers';
import type { Session } from './session';
import * as store from './store';
import { tool } from './tool-state';

let session: Session | null = null;

export function useSession(running: Session): void {
  session = running;
}

export const ask = (intent: Intent): void => session?.ask({ what: 'intent', intent });

export function watch(target: Watch): void {
  if (JSON.stringify(store.watch.value) === JSON.stringify(target)) return;
  session?.ask({ what: 'watch', target });
}

/** Says why something of the stage cannot be done, with the way out. */
export function explainLocked(text = strings.locked.stage(roleName())): void {
  toast('info', text, { label: strings.locked.switchToMine, run: () => watch('own') });
}

export const roleName = (): string => strings.roles[store.role.value];

/**
 * The view that may be changed now, or `null` when none may (and the user is told). Leaves the
 * leader's view for one's own.
 */
export function editableView(): number | null {
  const at = store.watch.value;
  if (at === 'own') return store.me.value;
  if (at !== 'stage') {
    goAlone();
    return store.me.value;
  }
  if (mayPresent(store.role.value)) return STAGE;
  explainLocked();
  return null;
}

function goAlone(): void {
  const seen = store.view.value;
  const was = store.watch.value;
  const leader = store.leader.value;
  const own = store.scene.value.views[store.me.value];
  watch('own');
  if (seen && own) adopt(own, seen);
  toast('info', strings.toast.nowMine, {
    label: strings.toast.backTo(leader?.name ?? strings.modes.stage),
    run: () => watch(was),
  });
}

/** One's own view may be from earlier, elsewhere: brings it to where the eye is now. */
function adopt(own: View, seen: View): void {
  const view = store.me.value;
  if (JSON.stringify(own.displayed) !== JSON.stringify(seen.displayed))
    ask({ kind: 'set_displayed', view, displayed: seen.displayed });
  seen.point.forEach((value, axis) => {
    if (own.point[axis] !== value) ask({ kind: 'set_point', view, axis, value });
  });
  ask({ kind: 'set_camera', view, ...seen.camera });
  if (!own.camera3d !== !seen.camera3d)
    ask({ kind: 'set_ndisplay', view, ndisplay: seen.camera3d ? 3 : 2 });
  if (seen.camera3d) setSpace(view, seen.camera3d);
}

export function setSpace(view: number, camera: Omit<Camera3d, 'depth'>): void {
  const { center, zoom, angles, perspective } = camera;
  ask({ kind: 'set_camera3d', view, center, zoom, angles, perspective });
}

/** The intent of that kind which is pending under a key. */
function wish<K extends Intent['kind']>(
  name: string,
  kind: K,
): Extract<Intent, { kind: K }> | null {
  const pending = store.wishes.value.get(name)?.ask;
  const is = pending?.what === 'intent' && pending.intent.kind === kind;
  return is ? (pending.intent as Extract<Intent, { kind: K }>) : null;
}

/** The value of a control: the wish if one is pending, else the mirror's. */
export function wished<T>(name: string, mirror: T): T {
  const pending = store.wishes.value.get(name)?.ask;
  if (pending?.what !== 'intent') return mirror;
  const { intent } = pending;
  if ('change' in intent) return intent.change.value as T;
  if (intent.kind === 'set_point') return intent.value as T;
  if (intent.kind === 'set_displayed') return intent.displayed as T;
  return mirror;
}

// Layers.

/** The key under which a change of a layer's look goes now. */
export function lookKey(layer: number, property: string): string {
  return store.watch.value === 'stage'
    ? key.layer(layer, property)
    : key.override(store.viewId.value, layer, property);
}

export function changeLook(layer: number, change: LayerChange): void {
  if (store.watch.value === 'stage' && !mayPresent(store.role.value))
    return explainLocked(strings.locked.layers(roleName()));
  const view = editableView();
  if (view === null) return;
  if (view === STAGE) ask({ kind: 'set_layer', layer, change });
  else ask({ kind: 'set_override', view, layer, change });
}

export function toggleVisible(layer: number): void {
  const current = store.layers.value.find(({ id }) => id === layer);
  if (!current) return;
  const value = !wished(lookKey(layer, 'visible'), current.visible);
  changeLook(layer, { property: 'visible', value });
}

export function sameAsStage(layer: number): void {
  ask({ kind: 'clear_overrides', view: store.me.value, layer });
}

export function rename(layer: number, name: string): void {
  const value = name.trim();
  if (value) ask({ kind: 'set_layer', layer, change: { property: 'name', value } });
}

/** Moves a layer to an index from the bottom. */
export function moveLayer(layer: number, index: number): void {
  if (!mayPresent(store.role.value)) return toast('info', strings.locked.shared(roleName()));
  const last = store.layers.value.length - 1;
  ask({ kind: 'move_layer', layer, index: Math.min(Math.max(index, 0), last) });
}

export function selectNext(): void {
  const all = [...store.layers.value].reverse();
  if (all.length === 0) return;
  const at = all.findIndex(({ id }) => id === store.selectedLayer.value?.id);
  store.selected.value = all[(at + 1) % all.length]?.id ?? null;
}

export function setSetting(property: SettingsProperty, value: boolean): void {
  if (!mayPresent(store.role.value)) return toast('info', strings.locked.shared(roleName()));
  ask({ kind: 'set_settings', change: { property, value } });
}

// Dims.

/** The axis that the arrow keys move: the chosen one while it has a slider. */
export const currentAxis = computed<number | null>(() => {
  const { value: view } = store.view;
  if (!view) return null;
  const axes = sliderAxes(store.scene.value, view);
  const chosen = store.activeAxis.value;
  return chosen !== null && axes.includes(chosen) ? chosen : (axes[0] ?? null);
});

export function pointOn(axis: number): number {
  const mirror = store.view.value?.point[axis] ?? 0;
  return wished(key.point(store.viewId.value, axis), mirror);
}

export function setPosition(axis: number, position: number): void {
  const info = store.scene.value.axes[axis];
  if (!info) return;
  const view = editableView();
  if (view === null) return;
  const at = Math.min(Math.max(Math.round(position), 0), axisCount(info) - 1);
  ask({ kind: 'set_point', view, axis, value: axisWorld(info, at) });
}

export function step(axis: number | null, by: number): void {
  const info = axis === null ? undefined : store.scene.value.axes[axis];
  if (axis === null || !info) return;
  const from = axisPosition(info, pointOn(axis));
  const to = Math.min(Math.max(from + by, 0), axisCount(info) - 1);
  if (to !== from) setPosition(axis, to);
}

export function switchAxis(by: number): void {
  const view = store.view.value;
  if (!view) return;
  const axes = sliderAxes(store.scene.value, view);
  const at = axes.indexOf(currentAxis.value ?? -1);
  store.activeAxis.value = axes[(at + by + axes.length) % axes.length] ?? null;
}

// Camera.

/** Where the screen looks over a plane: the wish over the mirror. `null`: in space, or not known yet. */
export const eye = computed<Eye | null>(() => {
  const { value: view } = store.view;
  if (!view || view.camera3d) return null;
  const camera = wish(key.camera(store.viewId.value), 'set_camera') ?? view.camera;
  const { canvas, displayed } = view;
  return { center: camera.center, zoom: camera.zoom, canvas, displayed };
});

/** How the screen looks into space: the wish over the mirror. */
export interface Space {
  camera: Camera3d;
  canvas: Pair;
}

/** `null` where two axes are shown. */
export const space = computed<Space | null>(() => {
  const { value: view } = store.view;
  if (!view?.camera3d) return null;
  const seen = wish(key.camera(store.viewId.value), 'set_camera3d') ?? view.camera3d;
  const { center, zoom, angles, perspective } = seen;
  const camera = { depth: view.camera3d.depth, center, zoom, angles, perspective };
  return { camera, canvas: view.canvas };
});

export function setCamera3d(camera: Camera3d): void {
  if (!Number.isFinite(camera.zoom) || camera.zoom <= 0) return;
  const view = editableView();
  if (view !== null) setSpace(view, camera);
}

/** Why three axes cannot be shown; `null`: they can. */
export const flatOnly = computed<string | null>(() =>
  store.scene.value.axes.length < 3 ? strings.space.flat : null,
);

/** Goes from two axes to three, and back. */
export function toggleSpace(): void {
  if (flatOnly.value) return toast('info', flatOnly.value);
  const seen = store.view.value;
  const view = editableView();
  if (view === null || !seen) return;
  const now = wish(key.ndisplay(view), 'set_ndisplay')?.ndisplay ?? (seen.camera3d ? 3 : 2);
  if (now === 2) pointAt(null);
  ask({ kind: 'set_ndisplay', view, ndisplay: now === 3 ? 2 : 3 });
}

export function setCamera(camera: Camera): void {
  if (!Number.isFinite(camera.zoom) || camera.zoom <= 0) return;
  const view = editableView();
  if (view !== null) ask({ kind: 'set_camera', view, center: camera.center, zoom: camera.zoom });
}

export function zoomBy(factor: number): void {
  const { width, height } = store.viewport.value;
  const deep = space.value;
  if (deep) setCamera3d({ ...deep.camera, zoom: deep.camera.zoom * factor });
  if (eye.value) setCamera(zoomedAt(eye.value, { width, height }, width / 2, height / 2, factor));
}

export function resetView(): void {
  const view = editableView();
  if (view !== null) ask({ kind: 'reset_view', view });
}

function setDisplayed(make: (displayed: Pair) => Pair): void {
  const seen = store.view.value;
  const view = editableView();
  if (view !== null && seen) ask({ kind: 'set_displayed', view, displayed: make(seen.displayed) });
}

export const transpose = (): void =>
  setDisplayed(([vertical, horizontal]) => [horizontal, vertical]);
export const roll = (): void => setDisplayed((pair) => rolled(pair, store.scene.value.axes.length));

// Presence and questions.

export function pointAt(world: Pair | null): void {
  const view = store.view.value;
  const position = world && view ? positionIn(view, world) : null;
  const laser = position !== null && tool.value === 'laser';
  session?.cursor(laser ? { position, laser } : { position });
  if (laser) lasers.point(store.me.value, position);
}

let told = '';

/** Tells the others what this participant is busy with, when it changes. */
export function tellDoing(doing: Doing): void {
  const text = JSON.stringify(doing);
  if (text !== told) session?.doing(doing);
  told = text;
}

export async function histogram(layer: number) {
  const answer = await session?.query({ kind: 'histogram', layer });
  return answer?.kind === 'histogram' ? answer : null;
}

export async function values(world: Pair) {
  const answer = await session?.query({ kind: 'values', world });
  return answer?.kind === 'values' ? answer : null;
}

export const retry = (): void => session?.start();

/** The view that a change made now would go to. */
export const targetView = (): number => (store.watch.value === 'stage' ? STAGE : store.me.value);

/** World units for one screen pixel. */
export function perPixel(): number {
  const seen = eye.value;
  return seen ? 1 / (seen.zoom * fit(seen.canvas, store.viewport.value).scale) : 1;
}

/** World units of one sample along the horizontal axis. */
export function unitPerSample(): number {
  const axis = store.view.value?.displayed[1];
  const step = axis === undefined ? undefined : store.scene.value.axes[axis]?.step;
  return step ? 1 / step : 1;
}
