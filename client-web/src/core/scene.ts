/** The scene as plain data, read from the mirror; and what it means (positions, looks, order). */

import type { Blending, Interpolation, LayerChange, Pair, SettingsProperty } from '../protocol';

export interface DimsAxis {
  name: string;
  kind: string;
  unit: string | null;
  start: number;
  stop: number;
  step: number;
  labels: readonly string[];
}

/** How a layer looks; every field can be overridden in a view. */
export interface Look {
  visible: boolean;
  opacity: number;
  blending: Blending;
  interpolation2d: Interpolation;
  colormap: string;
  contrast_limits: Pair;
  gamma: number;
}

export interface Layer extends Look {
  id: number;
  name: string;
  kind: 'image' | 'labels';
  path: string;
  /** The server that runs now does not serve this file. */
  missing: boolean;
  channel: number | null;
  contrast_limits_range: Pair;
  contrast_limits_auto: Pair;
}

/** `center` is world (vertical, horizontal) at the middle of the canvas; `zoom` canvas pixels per unit. */
export interface Camera {
  center: Pair;
  zoom: number;
}

export interface View {
  point: readonly number[];
  displayed: Pair;
  camera: Camera;
  canvas: Pair;
  overrides: Readonly<Record<number, readonly LayerChange[]>>;
}

export type Settings = Record<SettingsProperty, boolean>;

export interface Scene {
  axes: readonly DimsAxis[];
  /** Bottom first. */
  layers: readonly Layer[];
  settings: Settings;
  views: Readonly<Record<number, View>>;
}

export const STAGE = 0;

export const EMPTY_SCENE: Scene = {
  axes: [],
  layers: [],
  settings: { scale_bar_visible: true, axes_visible: false, dims_label_visible: false },
  views: {},
};

/** Number of positions of an axis; at least 1. */
export function axisCount(axis: DimsAxis): number {
  const steps = Math.round((axis.stop - axis.start) / axis.step);
  return Number.isFinite(steps) && steps > 0 ? steps + 1 : 1;
}

/** The position nearest to a world coordinate, from 0. */
export function axisPosition(axis: DimsAxis, point: number): number {
  const at = Math.round((point - axis.start) / axis.step);
  return Number.isFinite(at) ? Math.min(Math.max(at, 0), axisCount(axis) - 1) : 0;
}

export function axisWorld(axis: DimsAxis, position: number): number {
  return axis.start + axis.step * position;
}

/** Axes with a slider: not displayed, and with somewhere to go. */
export function sliderAxes(scene: Scene, view: View): number[] {
  return scene.axes
    .map((_, index) => index)
    .filter((index) => !view.displayed.includes(index) && axisCount(scene.axes[index]!) > 1);
}

/** The layer as a view shows it. */
export function lookIn(layer: Layer, view: View | undefined): Layer {
  const changes = view?.overrides[layer.id];
  if (!changes || changes.length === 0) return layer;
  const look = { ...layer };
  for (const change of changes) Object.assign(look, { [change.property]: change.value });
  return look;
}

/** The order of layers after moving one; the same rule as the server's. */
export function movedOrder(order: readonly number[], layer: number, index: number): number[] {
  const rest = order.filter((id) => id !== layer);
  if (rest.length === order.length) return [...order];
  rest.splice(Math.min(index, rest.length), 0, layer);
  return rest;
}

/** The displayed axes after rolling them one on (napari's roll, on the displayed pair). */
export function rolled(displayed: Pair, axes: number): Pair {
  const back = (axis: number) => (axis - 1 + axes) % axes;
  return [back(displayed[0]), back(displayed[1])];
}
