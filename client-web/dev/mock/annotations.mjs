/** The mock's annotations: a document of their own, and what intents do to it. */

import * as Y from 'yjs';
import { measure } from './measure.mjs';

/** Properties of an annotation that a change sets as they are; null takes them away. */
const PLAIN = ['face_color', 'edge_color', 'edge_width', 'size', 'symbol', 'text', 'measure'];

export class MockAnnotations {
  constructor() {
    this.doc = new Y.Doc();
    this.map = this.doc.getMap('annotations');
    this.doc.getMap('meta').set('schema', 1);
    this.version = 0;
  }

  everything(stateVector) {
    return Y.encodeStateAsUpdate(this.doc, stateVector);
  }

  get(id) {
    return this.map.get(id);
  }

  inLayer(layer) {
    return [...this.map.entries()].filter(([, one]) => one.layer === layer);
  }

  /** Writes annotations (null: none any more); gives the update, and what they were before. */
  write(changes) {
    const vector = Y.encodeStateVector(this.doc);
    const before = new Map();
    this.doc.transact(() => {
      for (const [id, one] of changes) {
        before.set(id, this.map.get(id) ?? null);
        if (one === null) this.map.delete(id);
        else this.map.set(id, one);
      }
    });
    this.version += 1;
    return { update: Y.encodeStateAsUpdate(this.doc, vector), before };
  }

  /** What an intent makes of annotations, as a map; or a refusal, as a pair. */
  changes(intent, who, scene) {
    const layerOf = (id) => scene.layers.find((layer) => layer.id === id);
    const refusal = (one) => {
      const layer = layerOf(one.layer);
      if (!layer) return ['unknown_layer', 'There is no such layer.'];
      if (layer.locked) return ['locked', `“${layer.name}” is locked. An owner can unlock it.`];
      const all = ['presenter', 'owner'].includes(who.role) || layer.edit_scope !== 'own';
      if (!all && one.author && one.author !== who.subject)
        return ['not_yours', `“${layer.name}” lets annotators change their own annotations only.`];
      return null;
    };
    const changes = new Map();
    const each = (ids, make) => {
      for (const id of ids) {
        const one = this.get(id);
        if (!one) continue;
        const refused = refusal(one);
        if (refused) return refused;
        changes.set(id, make(one));
      }
      return changes.size > 0
        ? changes
        : ['unknown_annotation', 'There is no such annotation (somebody may have removed it).'];
    };
    switch (intent.kind) {
      case 'add_annotations':
        for (const { id, ...one } of intent.annotations) {
          const refused = refusal(one);
          if (refused) return refused;
          if (this.get(id)) return ['taken', 'An annotation of this name is there already.'];
          const made = { ...one, author: who.subject, created: Date.now() };
          changes.set(id, measured(made, scene));
        }
        return changes;
      case 'change_annotation':
        return each([intent.annotation], (one) => measured(change(one, intent.change), scene));
      case 'move_annotations':
        return each(intent.annotations, (one) =>
          measured({ ...one, vertices: moved(one, intent.by) }, scene),
        );
      case 'remove_annotations':
        return each(intent.annotations, () => null);
    }
    return changes;
  }
}

function measured(one, scene) {
  const { measured: _, ...rest } = one;
  return rest.measure ? { ...rest, measured: measure(rest, scene) } : rest;
}

function moved({ shape, vertices }, by) {
  return vertices.map((vertex, at) =>
    shape === 'vector' && at > 0 ? vertex : vertex.map((value, axis) => value + by[axis]),
  );
}

function change(one, { property, value }) {
  const vertices = [...one.vertices];
  const result = { ...one, vertices };
  if (property === 'vertices') result.vertices = value;
  else if (property === 'move_vertex') vertices[value.index] = value.to;
  else if (property === 'insert_vertex') vertices.splice(value.index, 0, value.at);
  else if (property === 'remove_vertex') vertices.splice(value.index, 1);
  else if (property === 'feature') {
    result.features = { ...one.features };
    if (value.value === null) delete result.features[value.name];
    else result.features[value.name] = value.value;
  } else if (PLAIN.includes(property)) {
    if (value === null) delete result[property];
    else result[property] = value;
  }
  return result;
}
