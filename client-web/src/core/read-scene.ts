/** Reads the scene from the mirror's document. What is missing or of the wrong type is left out. */

import type * as Y from 'yjs';
import type { LayerChange, Pair } from '../protocol';
import { EMPTY_SCENE, type DimsAxis, type Layer, type Scene, type View } from './scene';

type Plain = Record<string, unknown>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPair = (value: unknown): value is Pair =>
  Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'number');

/** Numbers may come as bigint where the writer used 64-bit integers. */
function plain(value: unknown): unknown {
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

function readLayer(id: number, value: unknown): Layer | null {
  if (!isPlain(value)) return null;
  const source = isPlain(value['source']) ? value['source'] : {};
  const limits = isPair(value['contrast_limits']) ? value['contrast_limits'] : ([0, 1] as const);
  const or = <T>(name: string, fallback: T): T =>
    typeof value[name] === typeof fallback ? (value[name] as T) : fallback;
  return {
    id,
    name: or('name', `layer ${id}`),
    kind: value['kind'] === 'labels' ? 'labels' : 'image',
    path: typeof source['path'] === 'string' ? source['path'] : '',
    missing: source['source'] === NOT_SERVED,
    channel: typeof source['channel'] === 'number' ? source['channel'] : null,
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
  };
}

function readView(value: unknown): View | null {
  if (!isPlain(value)) return null;
  const { point, displayed, camera, canvas, overrides } = value;
  if (!Array.isArray(point) || !isPair(displayed) || !isPlain(camera) || !isPair(canvas))
    return null;
  const { center, zoom } = camera;
  if (!isPair(center) || typeof zoom !== 'number') return null;
  return {
    point: point.map(Number),
    displayed,
    camera: { center, zoom },
    canvas,
    overrides: isPlain(overrides) ? (overrides as Record<number, LayerChange[]>) : {},
  };
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
  return {
    axes: (Array.isArray(scene['axes']) ? scene['axes'] : []).flatMap(
      (axis) => readAxis(axis) ?? [],
    ),
    layers: order.flatMap((id) => readLayer(id, layers[String(id)]) ?? []),
    settings: { ...EMPTY_SCENE.settings, ...root('settings') },
    views,
  };
}
