/** Views as documents: written, read, and travelled to. */

import { describe, expect, it } from 'vitest';
import { EMPTY_SCENE, type Layer, type Scene } from '../src/core/scene';
import {
  bookmarkOf,
  documentOf,
  documentOfBookmark,
  journeyTo,
  packed,
  readDocument,
  unpacked,
} from '../src/core/view-document';
import { Malformed, type View } from '../src/protocol';

const axis = (name: string, kind = 'space') => ({
  name,
  kind,
  unit: null,
  start: 0,
  stop: 9,
  step: 1,
  labels: [],
});

const layer = (id: number, name: string, kind: Layer['kind'] = 'image'): Layer => ({
  id,
  name,
  kind,
  path: '',
  missing: false,
  channel: null,
  axes: [0, 1, 2],
  visible: true,
  opacity: 1,
  blending: 'translucent',
  interpolation2d: 'nearest',
  colormap: 'gray',
  contrast_limits: [0, 1],
  contrast_limits_range: [0, 1],
  contrast_limits_auto: [0, 1],
  gamma: 1,
  rendering: 'mip',
  attenuation: 0.05,
  iso_threshold: null,
  interpolation3d: 'linear',
  style: null,
  painted: null,
  locked: false,
  edit_scope: 'all',
});

const view: View = {
  point: [4, 0, 0],
  displayed: [1, 2],
  camera: { center: [3, 5], zoom: 8 },
  canvas: [800, 600],
  overrides: { 1: [{ property: 'gamma', value: 2 }] },
};

const scene: Scene = {
  ...EMPTY_SCENE,
  axes: [axis('t', 'time'), axis('y'), axis('x')],
  layers: [layer(1, 'Kerne'), layer(2, 'Labels', 'labels')],
  views: { 0: view },
};

describe('a view document', () => {
  it('names axes and layers, and says how they look in the view', () => {
    const document = documentOf(scene, view);
    expect(document.point).toEqual({ t: 4 });
    expect(document.displayed).toEqual(['y', 'x']);
    expect(document.layers[0]).toMatchObject({ id: 1, name: 'Kerne', gamma: 2 });
  });

  it('comes whole through a link', () => {
    const document = documentOf({ ...scene, layers: [layer(1, 'Kärne 曉')] }, view);
    expect(unpacked(packed(document))).toEqual(document);
    expect(packed(document)).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it('is refused when it is none', () => {
    for (const text of ['', '{', '{}', '{"parfocal_view":2}', JSON.stringify([1])])
      expect(() => readDocument(text)).toThrow(Malformed);
    for (const text of ['%%%', 'AAAA', '']) expect(() => unpacked(text)).toThrow(Malformed);
  });

  it('asks for what differs, and for nothing else', () => {
    const document = documentOf(scene, view);
    const stay = journeyTo(document, scene, view, view.canvas);
    expect(stay).toEqual({
      displayed: null,
      points: [],
      camera: view.camera,
      ndisplay: null,
      camera3d: null,
      looks: [],
    });
    const from: View = { ...view, point: [0, 0, 0], displayed: [0, 2], overrides: {} };
    expect(journeyTo(document, scene, from, view.canvas)).toMatchObject({
      displayed: [1, 2],
      points: [{ axis: 0, value: 4 }],
      looks: [{ layer: 1, change: { property: 'gamma', value: 2 } }],
    });
  });

  it('shows the same region in another window', () => {
    const document = documentOf(scene, view);
    expect(journeyTo(document, scene, view, [400, 600]).camera.zoom).toBe(4);
    expect(journeyTo(document, scene, view, [1600, 1200]).camera.zoom).toBe(16);
  });

  it('finds its way in a session with other numbers', () => {
    const document = documentOf(scene, view);
    const other: Scene = {
      ...scene,
      axes: [axis('x'), axis('t', 'time'), axis('z'), axis('y')],
      layers: [layer(7, 'Kerne')],
    };
    const from: View = { ...view, point: [0, 0, 0, 0], displayed: [0, 2], overrides: {} };
    expect(journeyTo(document, other, from, view.canvas)).toMatchObject({
      displayed: [3, 0],
      points: [{ axis: 1, value: 4 }],
      looks: [{ layer: 7, change: { property: 'gamma', value: 2 } }],
    });
  });

  it('never asks labels for contrast', () => {
    const changed = { ...layer(2, 'Labels', 'labels'), gamma: 3, opacity: 0.5 };
    const document = documentOf({ ...scene, layers: [changed] }, view);
    const { looks } = journeyTo(document, scene, view, view.canvas);
    expect(looks).toEqual([{ layer: 2, change: { property: 'opacity', value: 0.5 } }]);
  });

  it('is the same when it was kept', () => {
    const kept = bookmarkOf(scene, view, 'nucleus 4');
    expect(kept.view.overrides).toEqual({});
    expect(documentOfBookmark(scene, kept)).toEqual(documentOf(scene, view));
  });
});
