/**
 * What the pending intents make of annotations: drawn over the picture until the mirror and the
 * picture show it. The mirror itself is never changed by a wish.
 */

import type { Annotation, AnnotationChange, Intent } from '../../protocol';

/** Annotations as wished; `null`: wished away. */
export type Overlay = ReadonlyMap<string, Annotation | null>;

type Get = (id: string) => Annotation | null | undefined;

const VALUE_PROPERTIES = [
  'face_color',
  'edge_color',
  'edge_width',
  'size',
  'symbol',
  'text',
  'measure',
] as const;

/** An annotation after a change; the same rules as the server's, without its bounds. */
export function changed(one: Annotation, change: AnnotationChange): Annotation {
  const { property, value } = change;
  const vertices = [...one.vertices];
  switch (property) {
    case 'vertices':
      return { ...one, vertices: value };
    case 'move_vertex':
      if (!(value.index in vertices)) return one;
      vertices[value.index] = value.to;
      return { ...one, vertices };
    case 'insert_vertex':
      vertices.splice(value.index, 0, value.at);
      return { ...one, vertices };
    case 'remove_vertex':
      vertices.splice(value.index, 1);
      return { ...one, vertices };
    case 'feature': {
      const features = { ...one.features };
      if (value.value === null) delete features[value.name];
      else features[value.name] = value.value;
      return { ...one, features };
    }
    default: {
      const result: Annotation = { ...one };
      if (!VALUE_PROPERTIES.includes(property)) return one;
      if (value === null) delete result[property];
      else Object.assign(result, { [property]: value });
      return result;
    }
  }
}

/** Moves vertices; a vector's second one is a direction, which stays. */
export function moved(one: Annotation, by: readonly number[]): Annotation {
  const vertices = one.vertices.map((vertex, at) =>
    one.shape === 'vector' && at > 0
      ? vertex
      : vertex.map((value, axis) => value + (by[axis] ?? 0)),
  );
  return { ...one, vertices };
}

/** The names of the annotations that an intent is about. */
export function subjectsOf(intent: Intent): readonly string[] {
  switch (intent.kind) {
    case 'add_annotations':
      return intent.annotations.map(({ id }) => id);
    case 'change_annotation':
      return [intent.annotation];
    case 'move_annotations':
    case 'remove_annotations':
      return intent.annotations;
    default:
      return [];
  }
}

/** What pending intents, oldest first, make of the annotations that `mirror` gives. */
export function overlayOf(intents: readonly Intent[], mirror: Get): Overlay {
  const overlay = new Map<string, Annotation | null>();
  const get: Get = (id) => (overlay.has(id) ? overlay.get(id) : mirror(id));
  const change = (id: string, make: (one: Annotation) => Annotation) => {
    const one = get(id);
    if (one) overlay.set(id, make(one));
  };
  for (const intent of intents) {
    switch (intent.kind) {
      case 'add_annotations':
        // Where the mirror has it by now, only the answer is missing.
        for (const { id, ...one } of intent.annotations) if (!get(id)) overlay.set(id, one);
        break;
      case 'change_annotation':
        change(intent.annotation, (one) => changed(one, intent.change));
        break;
      case 'move_annotations':
        for (const id of intent.annotations) change(id, (one) => moved(one, intent.by));
        break;
      case 'remove_annotations':
        for (const id of intent.annotations) if (get(id)) overlay.set(id, null);
        break;
    }
  }
  return overlay;
}

/** Wishes that the mirror shows by now, until a picture does, too. */
export class Settling {
  private entries: { ids: readonly string[]; revision: number; until: number }[] = [];

  get ids(): ReadonlySet<string> {
    return new Set(this.entries.flatMap(({ ids }) => ids));
  }

  /** `until`: given up then, as not every change makes a picture. */
  acked(ids: readonly string[], revision: number, until: number): void {
    if (ids.length > 0) this.entries.push({ ids, revision, until });
  }

  /** A picture of this revision is on the screen; says whether anything settled. */
  shown(revision: number, now: number): boolean {
    const before = this.entries.length;
    this.entries = this.entries.filter((one) => one.revision > revision && one.until > now);
    return this.entries.length < before;
  }

  clear(): void {
    this.entries = [];
  }
}
