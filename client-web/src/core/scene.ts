/** The scene as plain data, read from the mirror; and what it means (positions, looks, order). */

import type {
  AnnotationStyle,
  Bookmark,
  Camera,
  EditScope,
  LayerKind,
  Look,
  Pair,
  SettingsProperty,
  View,
} from '../protocol';

export type { Camera, Look, View };

export interface DimsAxis {
  name: string;
  kind: string;
  unit: string | null;
  start: number;
  stop: number;
  step: number;
  labels: readonly string[];
}

/** A grid of labels: voxels along each axis of the layer, how far apart, and the next free label. */
export interface Painted {
  shape: readonly number[];
  /** World units; empty where the server says none: then those of the scene's axes. */
  scale: readonly number[];
  next_label: number;
}

export interface Layer extends Look {
  id: number;
  name: string;
  kind: LayerKind;
  path: string;
  /** The server that runs now does not serve this file. */
  missing: boolean;
  channel: number | null;
  /** The scene axes that it runs along, in the order of its own. */
  axes: readonly number[];
  contrast_limits_range: Pair;
  contrast_limits_auto: Pair;
  /** How its annotations look; `null` for layers of samples. */
  style: AnnotationStyle | null;
  /** Voxels of labels that people paint; `null`: not painted here. */
  painted: Painted | null;
  /** Nobody changes what is in it, until an owner unlocks it. */
  locked: boolean;
  edit_scope: EditScope;
}

export type Settings = Record<SettingsProperty, boolean>;

export interface Scene {
  axes: readonly DimsAxis[];
  /** Bottom first. */
  layers: readonly Layer[];
  settings: Settings;
  views: Readonly<Record<number, View>>;
  /** Kept views, by name. */
  bookmarks: Readonly<Record<string, Bookmark>>;
}

export const STAGE = 0;

export const EMPTY_SCENE: Scene = {
  axes: [],
  layers: [],
  settings: { scale_bar_visible: true, axes_visible: false, dims_label_visible: false },
  views: {},
  bookmarks: {},
};

/** What a layer's style says where the document says nothing; the server's defaults. */
export const DEFAULT_STYLE: AnnotationStyle = {
  face_color: '#ffd16680',
  edge_color: '#ffd166',
  edge_width: 2,
  size: 10,
  symbol: 'disc',
  text_size: 14,
  out_of_slice_display: true,
  tail_length: 30,
  color_by: null,
};

const ANNOTATION_KINDS: readonly LayerKind[] = ['points', 'shapes', 'vectors', 'tracks'];

/** Whether a layer holds annotations, and no samples. */
export const isAnnotations = ({ kind }: Pick<Layer, 'kind'>): boolean =>
  ANNOTATION_KINDS.includes(kind);

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

/** World units of a voxel that is painted along two scene axes. */
export function voxelOf(
  layer: Layer | null | undefined,
  axes: readonly DimsAxis[],
  pair: Pair,
): Pair {
  const along = (axis: number) =>
    layer?.painted?.scale[layer.axes.indexOf(axis)] ?? axes[axis]?.step ?? 1;
  return [along(pair[0]), along(pair[1])];
}

/** Axes with a slider: not displayed, and with somewhere to go. */
export function sliderAxes(scene: Scene, view: View): number[] {
  return scene.axes
    .map((_, index) => index)
    .filter((index) => !view.displayed.includes(index) && index !== view.camera3d?.depth)
    .filter((index) => axisCount(scene.axes[index]!) > 1);
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
