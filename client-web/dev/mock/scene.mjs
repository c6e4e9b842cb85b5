/** The mock's scene: plain data, the rules of intents in short, and the document that mirrors it. */

import * as Y from 'yjs';
import { SIZE, slice } from './cells.mjs';
import { list } from './colormaps.mjs';
import { Painted } from './painted.mjs';

const axis = (name, kind, unit, count, step) => ({
  name,
  kind,
  unit,
  start: 0,
  stop: (count - 1) * step,
  step,
});

const look = {
  visible: true,
  opacity: 1,
  blending: 'translucent',
  interpolation2d: 'nearest',
  gamma: 1,
};
const source = (id, path) => ({ source: id, path, channel: null, axes: [0, 1, 2, 3] });

const STYLE = {
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

export class MockScene {
  constructor(empty) {
    this.doc = new Y.Doc();
    this.revision = 0;
    this.axes = empty
      ? []
      : [
          axis('t', 'time', 'minute', SIZE.t, 9.5),
          axis('z', 'space', 'micrometer', SIZE.z, 1.0),
          axis('y', 'space', 'micrometer', SIZE.y, 0.202),
          axis('x', 'space', 'micrometer', SIZE.x, 0.202),
        ];
    const range = [0, 4095];
    this.layers = empty
      ? []
      : [
          {
            ...look,
            id: 1,
            name: 'Nuclei',
            kind: 'image',
            source: source(1, 'embryo/nuclei.ome.tif'),
            colormap: 'gray',
            contrast_limits: [110, 2600],
            contrast_limits_range: range,
            contrast_limits_auto: [110, 2600],
          },
          {
            ...look,
            id: 2,
            name: 'Segmentation',
            kind: 'labels',
            opacity: 0.3,
            source: source(2, 'embryo/segmentation.tif'),
            colormap: 'gray',
            contrast_limits: [0, 19],
            contrast_limits_range: [0, 19],
            contrast_limits_auto: [0, 19],
          },
        ];
    this.nextLayer = 3;
    this.bookmarks = {};
    this.painted = new Map();
    this.settings = { scale_bar_visible: true, axes_visible: false, dims_label_visible: false };
    this.views = { 0: this.newView() };
    this.write();
  }

  newView() {
    const view = {
      point: this.axes.map((one, at) => (at < 2 ? one.step * (at === 0 ? 11 : 2) : 0)),
      displayed: [2, 3],
      camera: { center: [0, 0], zoom: 1 },
      canvas: [1280, 800],
      overrides: {},
    };
    this.fit(view);
    return view;
  }

  fit(view) {
    const shown = view.displayed.map((at) => this.axes[at]);
    if (!shown[0] || !shown[1]) return;
    const [height, width] = shown.map((one) => one.stop - one.start + one.step);
    view.camera = {
      center: shown.map((one) => (one.start + one.stop) / 2),
      zoom: 0.98 * Math.min(view.canvas[0] / width, view.canvas[1] / height),
    };
  }

  /** A canvas of another size: the middle stays, and the zoom relative to the fitted one. */
  setCanvas(view, canvas) {
    const before = structuredClone(view);
    this.fit(before);
    const part = view.camera.zoom / before.camera.zoom;
    const { center } = view.camera;
    view.canvas = canvas;
    this.fit(view);
    view.camera = { center, zoom: view.camera.zoom * part };
  }

  /** Writes everything that differs into the document; gives the update. */
  write() {
    const before = Y.encodeStateVector(this.doc);
    const put = (map, name, value) => {
      if (JSON.stringify(map.get(name)) !== JSON.stringify(value)) map.set(name, value);
    };
    this.doc.transact(() => {
      const root = this.doc.getMap('scene');
      put(root, 'schema', 1);
      put(
        root,
        'order',
        this.layers.map(({ id }) => id),
      );
      put(root, 'next_layer', this.nextLayer);
      put(root, 'axes', this.axes);
      for (const [name, value] of Object.entries(this.settings))
        put(this.doc.getMap('settings'), name, value);
      const inside = (map, id, value) => {
        if (!map.has(id)) map.set(id, new Y.Map());
        for (const [name, part] of Object.entries(value)) put(map.get(id), name, part);
      };
      for (const { id, ...layer } of this.layers)
        inside(this.doc.getMap('layers'), String(id), layer);
      const layers = this.doc.getMap('layers');
      for (const id of [...layers.keys()])
        if (!this.layers.some((layer) => String(layer.id) === id)) layers.delete(id);
      const bookmarks = this.doc.getMap('bookmarks');
      for (const [name, one] of Object.entries(this.bookmarks)) put(bookmarks, name, one);
      for (const name of [...bookmarks.keys()]) if (!this.bookmarks[name]) bookmarks.delete(name);
      const views = this.doc.getMap('views');
      for (const [id, view] of Object.entries(this.views)) inside(views, id, view);
      for (const id of [...views.keys()]) if (!this.views[id]) views.delete(id);
    });
    this.revision += 1;
    return Y.encodeStateAsUpdate(this.doc, before);
  }

  everything(stateVector) {
    return Y.encodeStateAsUpdate(this.doc, stateVector);
  }

  /** Adds an empty layer of annotations, or labels to paint; gives it. */
  addLayer(kind, name) {
    const names = new Set(this.layers.map((layer) => layer.name));
    const title = kind[0].toUpperCase() + kind.slice(1);
    let free = title;
    for (let at = 2; names.has(free); at++) free = `${title} ${at}`;
    const layer = {
      ...look,
      id: this.nextLayer++,
      name: name ?? free,
      kind,
      opacity: kind === 'labels' ? 0.6 : 1,
      source: { source: 4294967295, path: '', channel: null, axes: [0, 1, 2, 3] },
      colormap: 'gray',
      contrast_limits: [0, 1],
      contrast_limits_range: [0, 1],
      contrast_limits_auto: [0, 1],
      locked: false,
      edit_scope: 'all',
      ...(kind === 'labels'
        ? { painted: { shape: [SIZE.t, SIZE.z, SIZE.y, SIZE.x], next_label: 2 } }
        : // A pixel of the demo is a fifth of a unit: 10 units would be a big disc.
          { style: { ...STYLE, size: 2 } }),
    };
    this.layers.push(layer);
    if (kind === 'labels') this.painted.set(layer.id, new Painted());
    return layer;
  }

  /** Applies an intent; gives a refusal or nothing. */
  apply(intent) {
    const layer = this.layers.find(({ id }) => id === intent.layer);
    const view = this.views[intent.view];
    const { change } = intent;
    if ('layer' in intent && intent.layer != null && !layer)
      return ['unknown_layer', 'There is no such layer.'];
    if ('view' in intent && !view) return ['unknown_view', 'There is no such view.'];
    if (change?.property === 'colormap' && !list.some(({ name }) => name === change.value))
      return ['unknown_colormap', `There is no colormap “${change.value}”.`];
    if (change?.property === 'contrast_limits' && !(change.value[0] < change.value[1]))
      return ['out_of_range', 'The lower limit must be below the upper one.'];
    this.change(intent, layer, view);
    return null;
  }

  change(intent, layer, view) {
    const { change } = intent;
    switch (intent.kind) {
      case 'add_layer':
        intent.layer = this.addLayer(intent.layer_kind, intent.name).id;
        return;
      case 'remove_layer':
        this.layers = this.layers.filter((one) => one !== layer);
        return;
      case 'new_label':
        intent.label = layer.painted.next_label;
        layer.painted = { ...layer.painted, next_label: intent.label + 1 };
        return;
      case 'set_bookmark':
        this.bookmarks = { ...this.bookmarks, [intent.bookmark.name]: intent.bookmark };
        return;
      case 'remove_bookmark': {
        const { [intent.name]: _, ...rest } = this.bookmarks;
        this.bookmarks = rest;
        return;
      }
      case 'set_layer':
        layer[change.property] = change.value;
        return;
      case 'move_layer':
        this.layers = this.layers.filter((one) => one !== layer);
        this.layers.splice(intent.index, 0, layer);
        return;
      case 'set_settings':
        this.settings[change.property] = change.value;
        return;
      case 'set_override': {
        const rest = (view.overrides[intent.layer] ?? []).filter(
          ({ property }) => property !== change.property,
        );
        view.overrides = { ...view.overrides, [intent.layer]: [...rest, change] };
        return;
      }
      case 'clear_overrides':
        view.overrides = { ...view.overrides };
        if (intent.layer === null) view.overrides = {};
        else delete view.overrides[intent.layer];
        return;
      case 'set_point': {
        const { start, stop, step } = this.axes[intent.axis];
        const at = Math.round((Math.min(Math.max(intent.value, start), stop) - start) / step);
        view.point = view.point.with(intent.axis, start + at * step);
        return;
      }
      case 'set_displayed':
        view.displayed = intent.displayed;
        this.fit(view);
        return;
      case 'set_camera':
        view.camera = { center: intent.center, zoom: intent.zoom };
        return;
      case 'reset_view':
        this.fit(view);
        return;
    }
  }

  histogram(layer, view) {
    const at = view.point.map((value, axis) => Math.round(value / this.axes[axis].step));
    const data = slice(at[0], at[1])[layer.kind === 'labels' ? 'label' : 'light'];
    const [low, high] = layer.contrast_limits_range;
    const counts = new Array(256).fill(0);
    for (const value of data)
      counts[Math.min(255, Math.floor(((value - low) / (high - low)) * 256))] += 1;
    return { kind: 'histogram', layer: layer.id, range: [low, high], counts };
  }
}
