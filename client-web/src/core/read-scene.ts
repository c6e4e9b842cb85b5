/** Reads the scene from the mirror's document. What is missing or of the wrong type is left out. */

import type * as Y from 'yjs';
import { ATTENUATION } from '../protocol';
import type {
  AnnotationStyle,
  Bookmark,
  Camera3d,
  LayerChange,
  LayerKind,
  Pair,
  Triple,
} from '../protocol';
import {
  DEFAULT_STYLE,
  EMPTY_SCENE,
  isAnnotations,
  type DimsAxis,
  type Layer,
  type Scene,
  type View,
} from './scene';

type Plain = Record<string, unknown>;

export const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPair = (value: unknown): value is Pair =>
  Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'number');

/** Numbers may come as bigint where the writer used 64-bit integers. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (isPlain(value))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
  return value;
}

function readAxis(value: unknown): DimsAxis | null {
  if (!isPlain(value)) return null;
  const { name, kind, unit, start, stop, step, labels } = value;
  if (typeof start !== 'number' || typeof stop !== 'number' || typeof step !== 'number')
    return null;
  return {
    name: typeof name === 'string' ? name : '?',
    kind: typeof kind === 'string' ? kind : 'other',
    unit: typeof unit === 'string' ? unit : null,
    start,
    stop,
    step: step > 0 ? step : 1,
    labels: Array.isArray(labels) ? labels.map(String) : [],
  };
}

/** The source number of a file that the server does not serve in this run (`docs/scene.md`). */
const NOT_SERVED = 0xffff_ffff;

const KINDS: readonly LayerKind[] = ['image', 'labels', 'points', 'shapes', 'vectors', 'tracks'];

function readStyle(value: unknown): AnnotationStyle {
  const style = { ...DEFAULT_STYLE };
  if (!isPlain(value)) return style;
  for (const name of Object.keys(style) as (keyof AnnotationStyle)[])
    if (typeof value[name] === typeof style[name]) Object.assign(style, { [name]: value[name] });
  return style;
}

function readPainted(value: unknown): Layer['painted'] {
  if (!isPlain(value) || !Array.isArray(value['shape'])) return null;
  const scale = Array.isArray(value['scale']) ? value['scale'].map(Number) : [];
  return { shape: value['shape'].map(Number), scale, next_label: Number(value['next_label'] ?? 1) };
}

function readLayer(id: number, value: unknown): Layer | null {
  if (!isPlain(value)) return null;
  const source = isPlain(value['source']) ? value['source'] : {};
  const limits = isPair(value['contrast_limits']) ? value['contrast_limits'] : ([0, 1] as const);
  const or = <T>(name: string, fallback: T): T =>
    typeof value[name] === typeof fallback ? (value[name] as T) : fallback;
  const kind = KINDS.find((one) => one === value['kind']) ?? 'image';
  return {
    id,
    name: or('name', `layer ${id}`),
    kind,
    path: typeof source['path'] === 'string' ? source['path'] : '',
    missing: !isAnnotations({ kind }) && !value['painted'] && source['source'] === NOT_SERVED,
    channel: typeof source['channel'] === 'number' ? source['channel'] : null,
    axes: Array.isArray(source['axes'])
      ? source['axes'].filter((axis): axis is number => typeof axis === 'number')
      : [],
    visible: or('visible', true),
    opacity: or('opacity', 1),
    blending: or('blending', 'translucent' as Layer['blending']),
    interpolation2d: or('interpolation2d', 'nearest' as Layer['interpolation2d']),
    colormap: or('colormap', 'gray'),
    contrast_limits: limits,
    contrast_limits_range: isPair(value['contrast_limits_range'])
      ? value['contrast_limits_range']
      : limits,
    contrast_limits_auto: isPair(value['contrast_limits_auto'])
      ? value['contrast_limits_auto']
      : limits,
    gamma: or('gamma', 1),
    rendering: or('rendering', 'mip' as Layer['rendering']),
    attenuation: or('attenuation', ATTENUATION),
    iso_threshold: typeof value['iso_threshold'] === 'number' ? value['iso_threshold'] : null,
    interpolation3d: or('interpolation3d', 'linear' as Layer['interpolation3d']),
    style: isAnnotations({ kind }) ? readStyle(value['style']) : null,
    painted: readPainted(value['painted']),
    locked: or('locked', false),
    edit_scope: value['edit_scope'] === 'own' ? 'own' : 'all',
  };
}

const isTriple = (value: unknown): value is Triple =>
  Array.isArray(value) && value.length === 3 && value.every((part) => typeof part === 'number');

function readCamera3d(value: unknown): Camera3d | null {
  if (!isPlain(value)) return null;
  const { depth, center, zoom, angles, perspective } = value;
  const good = typeof depth === 'number' && typeof zoom === 'number' && isTriple(center);
  if (!good || !isTriple(angles) || typeof perspective !== 'number') return null;
  return { depth, center, zoom, angles, perspective };
}

function readView(value: unknown): View | null {
  if (!isPlain(value)) return null;
  const { point, displayed, camera, canvas, overrides } = value;
  if (!Array.isArray(point) || !isPair(displayed) || !isPlain(camera) || !isPair(canvas))
    return null;
  const { center, zoom } = camera;
  if (!isPair(center) || typeof zoom !== 'number') return null;
  const camera3d = readCamera3d(value['camera3d']);
  return {
    point: point.map(Number),
    displayed,
    camera: { center, zoom },
    ...(camera3d && { camera3d }),
    canvas,
    overrides: isPlain(overrides) ? (overrides as Record<number, LayerChange[]>) : {},
  };
}

function readBookmark(name: string, value: unknown): Bookmark | null {
  if (!isPlain(value)) return null;
  const view = readView(value['view']);
  if (!view) return null;
  const author = typeof value['author'] === 'string' ? value['author'] : '';
  const looks = isPlain(value['looks']) ? (value['looks'] as Bookmark['looks']) : {};
  return { name, author, view, looks };
}

export function readScene(doc: Y.Doc): Scene {
  const root = (name: string) => plain(doc.getMap(name).toJSON()) as Plain;
  const scene = root('scene');
  const layers = root('layers');
  const order = Array.isArray(scene['order']) ? scene['order'].map(Number) : [];
  const views: Record<number, View> = {};
  for (const [id, value] of Object.entries(root('views'))) {
    const view = readView(value);
    if (view) views[Number(id)] = view;
  }
  const bookmarks: Record<string, Bookmark> = {};
  for (const [name, value] of Object.entries(root('bookmarks'))) {
    const bookmark = readBookmark(name, value);
    if (bookmark) bookmarks[name] = bookmark;
  }
  return {
    axes: (Array.isArray(scene['axes']) ? scene['axes'] : []).flatMap(
      (axis) => readAxis(axis) ?? [],
    ),
    layers: order.flatMap((id) => readLayer(id, layers[String(id)]) ?? []),
    settings: { ...EMPTY_SCENE.settings, ...root('settings') },
    views,
    bookmarks,
  };
}
