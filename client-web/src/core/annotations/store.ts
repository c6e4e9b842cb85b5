/** Annotations by name, by layer and by place: what changes is noted one by one. */

import type { Annotation, Pair } from '../../protocol';
import { Grid, type Box } from './grid';

/** Planes whose grids are kept: one for each layer that is worked in, and a few for rolling. */
const MAX_GRIDS = 16;

/** The part of the store that looking and hitting need. */
export interface AnnotationSource {
  get(id: string): Annotation | undefined;
  layer(layer: number): ReadonlyMap<string, Annotation>;
  near(layer: number, plane: Pair, least: number, box: Box): Iterable<string>;
}

/** The box of an annotation's vertices in a plane of its layer's axes. */
export function boxOf(annotation: Annotation, plane: Pair): Box {
  let [top, left, bottom, right] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const vertex of annotation.vertices) {
    const [v, h] = [vertex[plane[0]] ?? 0, vertex[plane[1]] ?? 0];
    top = Math.min(top, v);
    left = Math.min(left, h);
    bottom = Math.max(bottom, v);
    right = Math.max(right, h);
  }
  // A vector says where it goes, not where it ends.
  if (annotation.shape === 'vector') {
    const [start, by] = [annotation.vertices[0] ?? [], annotation.vertices[1] ?? []];
    const end = [0, 1].map((at) => (start[plane[at]!] ?? 0) + (by[plane[at]!] ?? 0));
    top = Math.min(start[plane[0]] ?? 0, end[0]!);
    left = Math.min(start[plane[1]] ?? 0, end[1]!);
    bottom = Math.max(start[plane[0]] ?? 0, end[0]!);
    right = Math.max(start[plane[1]] ?? 0, end[1]!);
  }
  return [top, left, bottom, right];
}

/** How many annotations of a layer have each feature. */
class FeatureCounts {
  private counts = new Map<number, Map<string, number>>();

  note({ layer, features }: Annotation, by: 1 | -1): void {
    if (!features) return;
    let names = this.counts.get(layer);
    if (!names) this.counts.set(layer, (names = new Map()));
    for (const name in features) {
      const count = (names.get(name) ?? 0) + by;
      if (count > 0) names.set(name, count);
      else names.delete(name);
    }
  }

  names(layer: number): string[] {
    return [...(this.counts.get(layer)?.keys() ?? [])].sort();
  }

  clear(): void {
    this.counts.clear();
  }
}

const NONE: ReadonlyMap<string, Annotation> = new Map();

export class Annotations implements AnnotationSource {
  private all = new Map<string, Annotation>();
  private layers = new Map<number, Map<string, Annotation>>();
  private features = new FeatureCounts();
  private grids = new Map<string, { layer: number; plane: Pair; grid: Grid }>();
  /** Counts changes: who has seen this number has seen everything. */
  version = 0;

  get size(): number {
    return this.all.size;
  }

  get(id: string): Annotation | undefined {
    return this.all.get(id);
  }

  layer(layer: number): ReadonlyMap<string, Annotation> {
    return this.layers.get(layer) ?? NONE;
  }

  /** Names of the features that annotations of a layer have. */
  featuresOf(layer: number): string[] {
    return this.features.names(layer);
  }

  /** Puts an annotation into its place; `null`: takes it away. */
  set(id: string, annotation: Annotation | null): void {
    this.version += 1;
    const old = this.all.get(id);
    if (old) this.features.note(old, -1);
    if (annotation) this.features.note(annotation, 1);
    if (old && old.layer !== annotation?.layer) {
      this.layers.get(old.layer)?.delete(id);
      for (const { layer, grid } of this.grids.values()) if (layer === old.layer) grid.delete(id);
    }
    if (!annotation) return void this.all.delete(id);
    this.all.set(id, annotation);
    let layer = this.layers.get(annotation.layer);
    if (!layer) this.layers.set(annotation.layer, (layer = new Map()));
    layer.set(id, annotation);
    for (const { layer: of, plane, grid } of this.grids.values())
      if (of === annotation.layer) grid.set(id, boxOf(annotation, plane));
  }

  clear(): void {
    this.version += 1;
    this.all.clear();
    this.layers.clear();
    this.features.clear();
    this.grids.clear();
  }

  /**
   * Annotations of a layer whose vertices may lie in a box of the plane of two of the layer's axes;
   * `least`: about the size of a small one, in world units.
   */
  near(layer: number, plane: Pair, least: number, box: Box): Iterable<string> {
    const name = `${layer}:${plane.join()}`;
    let found = this.grids.get(name);
    if (!found) {
      const grid = new Grid(least);
      for (const [id, annotation] of this.layer(layer)) grid.set(id, boxOf(annotation, plane));
      found = { layer, plane, grid };
      if (this.grids.size >= MAX_GRIDS) this.grids.delete(this.grids.keys().next().value!);
      this.grids.set(name, found);
    }
    return found.grid.near(box);
  }
}
