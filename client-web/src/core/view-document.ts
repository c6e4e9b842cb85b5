/**
 * A view as a document of its own: where it looks, along which axes, and how the layers look. It
 * names axes and layers, so that it fits a session whose numbers are others.
 */

import type { Bookmark, Camera3d, LayerChange, Look, Pair, View } from '../protocol';
import {
  dictionary,
  list,
  Malformed,
  natural,
  number,
  pair,
  partly,
  record,
  text,
  triple,
} from '../protocol/check';
import { look } from '../protocol/decode-intent';
import { lookIn, type Layer, type Scene } from './scene';

export interface ViewDocument {
  /** What this is, and its layout. */
  parfocal_view: 1;
  /** World coordinates by the names of axes. */
  point: Readonly<Record<string, number>>;
  /** Names of the (vertical, horizontal) axes. */
  displayed: readonly string[];
  camera: { center: Pair; zoom: number };
  /** Where three axes are shown; `depth` is a name. */
  camera3d?: Omit<Camera3d, 'depth'> & { depth: string };
  /** The window for which the zoom was. */
  canvas: Pair;
  layers: readonly ({ id: number; name: string } & Look)[];
}

const LOOKS = [
  'visible',
  'opacity',
  'blending',
  'interpolation2d',
  'colormap',
  'contrast_limits',
  'gamma',
  'rendering',
  'attenuation',
  'iso_threshold',
  'interpolation3d',
] as const;

const layer = record<ViewDocument['layers'][number]>({ id: natural, name: text, ...look });

const check = partly<Omit<ViewDocument, 'camera3d'>, Pick<ViewDocument, 'camera3d'>>(
  {
    parfocal_view: (value) => {
      if (value !== 1) throw new Malformed('not a view of this version');
      return 1;
    },
    point: dictionary(number),
    displayed: list(text),
    camera: record<ViewDocument['camera']>({ center: pair, zoom: number }),
    canvas: pair,
    layers: list(layer),
  },
  {
    camera3d: record<NonNullable<ViewDocument['camera3d']>>({
      depth: text,
      center: triple,
      zoom: number,
      angles: triple,
      perspective: number,
    }),
  },
);

const lookOf = (one: Layer): Look => ({
  visible: one.visible,
  opacity: one.opacity,
  blending: one.blending,
  interpolation2d: one.interpolation2d,
  colormap: one.colormap,
  contrast_limits: one.contrast_limits,
  gamma: one.gamma,
  rendering: one.rendering,
  attenuation: one.attenuation,
  iso_threshold: one.iso_threshold,
  interpolation3d: one.interpolation3d,
});

/** What a view shows, with the looks that layers have in it. */
export function documentOf(scene: Scene, view: View): ViewDocument {
  const name = (axis: number) => scene.axes[axis]?.name ?? String(axis);
  const hidden = scene.axes.flatMap((axis, at) =>
    view.displayed.includes(at) ? [] : [[axis.name, view.point[at] ?? axis.start] as const],
  );
  return {
    parfocal_view: 1,
    point: Object.fromEntries(hidden),
    displayed: view.displayed.map(name),
    camera: view.camera,
    ...(view.camera3d && {
      camera3d: { ...view.camera3d, depth: name(view.camera3d.depth) },
    }),
    canvas: view.canvas,
    layers: scene.layers.map((one) => ({
      id: one.id,
      name: one.name,
      ...lookOf(lookIn(one, view)),
    })),
  };
}

/** The same to be kept in the session. */
export function bookmarkOf(scene: Scene, view: View, name: string): Bookmark {
  const looks = scene.layers.map((one) => [one.id, lookOf(lookIn(one, view))] as const);
  return { name, author: '', view: { ...view, overrides: {} }, looks: Object.fromEntries(looks) };
}

/** A kept view as a document. */
export function documentOfBookmark(scene: Scene, { view, looks }: Bookmark): ViewDocument {
  const layers = scene.layers.map((one) => ({ ...one, ...looks[one.id] }));
  return documentOf({ ...scene, layers }, { ...view, overrides: {} });
}

/** Reads a document; throws {@link Malformed} if it is none. */
export function readDocument(json: string): ViewDocument {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new Malformed('not JSON');
  }
  return check(value, 'view');
}

/** What is to be changed so that a view of this canvas shows what the document says. */
export interface Journey {
  displayed: Pair | null;
  points: readonly { axis: number; value: number }[];
  camera: { center: Pair; zoom: number };
  /** How many axes are to be shown; `null`: as many as now. */
  ndisplay: number | null;
  camera3d: Omit<Camera3d, 'depth'> | null;
  looks: readonly { layer: number; change: LayerChange }[];
}

/** `from`: the view as it is; `null` where it is not there yet. What the scene lacks is passed over. */
export function journeyTo(
  document: ViewDocument,
  scene: Scene,
  from: View | null,
  canvas: Pair,
): Journey {
  const axisOf = (name: string) => scene.axes.findIndex((axis) => axis.name === name);
  const [vertical, horizontal] = document.displayed.map(axisOf);
  const known =
    vertical !== undefined && horizontal !== undefined && vertical >= 0 && horizontal >= 0;
  const displayed: Pair | null =
    known && (from?.displayed[0] !== vertical || from.displayed[1] !== horizontal)
      ? [vertical, horizontal]
      : null;
  const points = Object.entries(document.point).flatMap(([name, value]) => {
    const axis = axisOf(name);
    return axis < 0 || from?.point[axis] === value ? [] : { axis, value };
  });
  // The same region is seen whole, whatever the window.
  const { center, zoom } = document.camera;
  const fit = Math.min(canvas[0] / document.canvas[0], canvas[1] / document.canvas[1]);
  const looks = document.layers.flatMap((look) => {
    const layer =
      scene.layers.find(({ id, name }) => id === look.id && name === look.name) ??
      scene.layers.find(({ name }) => name === look.name);
    if (!layer) return [];
    const now = from ? lookIn(layer, from) : layer;
    return changesOf(now, look).map((change) => ({ layer: layer.id, change }));
  });
  const scale = fit > 0 ? fit : 1;
  const deep = document.camera3d;
  const space = deep !== undefined && axisOf(deep.depth) >= 0;
  return {
    displayed,
    points,
    camera: { center, zoom: zoom * scale },
    ndisplay: (from?.camera3d !== undefined) === space ? null : space ? 3 : 2,
    camera3d: space ? { ...deep, zoom: deep.zoom * scale } : null,
    looks,
  };
}

function changesOf(now: Layer, look: Look): LayerChange[] {
  const properties = LOOKS.filter((property) => {
    // Only images have contrast, a colormap and smooth samples.
    if (now.kind !== 'image' && !['visible', 'opacity', 'blending'].includes(property))
      return false;
    return JSON.stringify(now[property]) !== JSON.stringify(look[property]);
  });
  return properties.map((property) => ({ property, value: look[property] }) as LayerChange);
}

/** For the fragment of a link: letters that no chat program breaks. */
export function packed(document: ViewDocument): string {
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  const plain = btoa(String.fromCharCode(...bytes));
  return plain.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function unpacked(text: string): ViewDocument {
  try {
    const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return readDocument(new TextDecoder().decode(Uint8Array.from(plain, (c) => c.charCodeAt(0))));
  } catch (error) {
    throw error instanceof Malformed ? error : new Malformed('not a packed view');
  }
}
