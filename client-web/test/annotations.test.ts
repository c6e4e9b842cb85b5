/** Annotations: the mirror, the grid, wishes over them, and where others point. */

import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { AnnotationMirror } from '../src/core/annotations/mirror';
import { readFeature } from '../src/core/annotations/feature';
import { usualSize } from '../src/core/annotations/look';
import { boxOf } from '../src/core/annotations/store';
import { columnKey, columnsOf, rowsOf, windowOf } from '../src/core/annotations/table';
import { changed, overlayOf, Settling } from '../src/core/annotations/wishes';
import { seenFrom } from '../src/core/presence';
import type { Annotation, Intent, Update } from '../src/protocol';

const point = (vertex: number[], over: Partial<Annotation> = {}): Annotation => ({
  layer: 3,
  shape: 'point',
  vertices: [vertex],
  author: 'ada',
  created: 1,
  ...over,
});

/** Repeatable pseudo-random numbers from 0 to 1. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

class Server {
  readonly doc = new Y.Doc();
  private revision = 0;

  update(write: (map: Y.Map<unknown>) => void, kind: Update['kind'] = 'update'): Update {
    const before = kind === 'update' ? Y.encodeStateVector(this.doc) : undefined;
    this.doc.transact(() => write(this.doc.getMap('annotations')));
    return {
      domain: 'annotations',
      kind,
      cause: 0,
      revision: ++this.revision,
      bytes: Y.encodeStateAsUpdate(this.doc, before),
    };
  }
}

describe('the mirror of annotations', () => {
  it('takes what an update names, and says it', () => {
    const server = new Server();
    const mirror = new AnnotationMirror();
    mirror.apply(server.update((map) => map.set('a', point([0, 1])), 'sync'));
    expect(mirror.ready).toBe(true);
    const ids = mirror.apply(server.update((map) => map.set('b', point([0, 2]))));
    expect(ids).toEqual(['b']);
    expect(mirror.annotations.get('b')).toEqual(point([0, 2]));
    expect([...mirror.annotations.layer(3).keys()]).toEqual(['a', 'b']);
    mirror.apply(server.update((map) => map.delete('a')));
    expect(mirror.annotations.size).toBe(1);
  });

  it('is emptied by a reset', () => {
    const server = new Server();
    const mirror = new AnnotationMirror();
    mirror.apply(server.update((map) => map.set('a', point([0, 1])), 'sync'));
    mirror.apply(new Server().update((map) => map.set('c', point([0, 1])), 'reset'));
    expect([...mirror.annotations.layer(3).keys()]).toEqual(['c']);
  });

  it('knows which features a layer has', () => {
    const { annotations } = new AnnotationMirror();
    annotations.set('a', point([0, 1], { features: { score: 1, class: 'x' } }));
    annotations.set('b', point([0, 1], { features: { score: 2 } }));
    expect(annotations.featuresOf(3)).toEqual(['class', 'score']);
    annotations.set('a', point([0, 1], { features: { size: 1 } }));
    expect(annotations.featuresOf(3)).toEqual(['score', 'size']);
    annotations.set('b', null);
    expect(annotations.featuresOf(3)).toEqual(['size']);
  });

  it('leaves out what cannot be drawn', () => {
    const mirror = new AnnotationMirror();
    const bad = { vertices: [['x']], shape: 'point', layer: 3 };
    const update = new Server().update((map) => {
      map.set('bad', bad);
      map.set('text', 'no annotation');
      map.set('blob', { ...point([1]), shape: 'blob' });
    }, 'sync');
    mirror.apply(update);
    expect(mirror.annotations.size).toBe(0);
  });

  it('refuses an update that does not follow', () => {
    const server = new Server();
    const mirror = new AnnotationMirror();
    mirror.apply(server.update((map) => map.set('a', point([0, 1])), 'sync'));
    server.update((map) => map.set('a', point([0, 2])));
    const late = server.update((map) => map.set('a', point([0, 3])));
    expect(() => mirror.apply(late)).toThrow();
  });
});

describe('the grid', () => {
  it('finds what a search through everything finds, whatever changes', () => {
    const random = randomFrom(5);
    const mirror = new AnnotationMirror().annotations;
    const make = (): Annotation => {
      const size = 10 ** (4 * random() - 2);
      const [y, x] = [200 * random() - 100, 200 * random() - 100];
      const far = [0, y + size * random(), x + size * random()];
      return point([0, y, x], { shape: 'line', vertices: [[0, y, x], far] });
    };
    for (let at = 0; at < 500; at++) mirror.set(`a${at}`, make());
    for (let round = 0; round < 60; round++) {
      const side = 10 ** (4 * random() - 2);
      const [top, left] = [200 * random() - 100, 200 * random() - 100];
      const wanted = [top, left, top + side, left + side] as const;
      const meets = (one: Annotation) => {
        const box = boxOf(one, [1, 2]);
        return (
          box[0] <= wanted[2] && box[2] >= wanted[0] && box[1] <= wanted[3] && box[3] >= wanted[1]
        );
      };
      const near = new Set(mirror.near(3, [1, 2], 1, wanted));
      for (const [id, one] of mirror.layer(3)) if (meets(one)) expect(near).toContain(id);
      for (const id of near) expect(mirror.get(id)).toBeDefined();
      mirror.set(`a${Math.floor(500 * random())}`, random() < 0.3 ? null : make());
    }
  });

  it('looks at few of many', () => {
    const random = randomFrom(9);
    const mirror = new AnnotationMirror().annotations;
    for (let at = 0; at < 20_000; at++)
      mirror.set(`a${at}`, point([0, 1000 * random(), 1000 * random()]));
    const near = [...mirror.near(3, [1, 2], 4, [500, 500, 504, 504])];
    expect(near.length).toBeLessThan(20);
  });
});

describe('wishes', () => {
  const mirror = new Map([['a', point([0, 1])]]);
  const get = (id: string) => mirror.get(id);

  it('show what is added, moved, changed and removed, in order', () => {
    const intents: Intent[] = [
      { kind: 'add_annotations', annotations: [{ id: 'n', ...point([5, 5]) }] },
      { kind: 'move_annotations', annotations: ['a', 'n'], by: [1, 0] },
      {
        kind: 'change_annotation',
        annotation: 'n',
        change: { property: 'size', value: 3 },
      },
    ];
    const overlay = overlayOf(intents, get);
    expect(overlay.get('a')?.vertices).toEqual([[1, 1]]);
    expect(overlay.get('n')).toEqual(point([6, 5], { size: 3 }));
    const gone: Intent = { kind: 'remove_annotations', annotations: ['n', 'unknown'] };
    expect(overlayOf([...intents, gone], get).get('n')).toBeNull();
    expect(mirror.get('a')).toEqual(point([0, 1]));
  });

  it('say nothing of what is gone by now', () => {
    const move: Intent = { kind: 'move_annotations', annotations: ['gone'], by: [1, 0] };
    expect(overlayOf([move], get).size).toBe(0);
  });

  it('change vertices and cells as the server does', () => {
    const line = point([0, 0], {
      shape: 'polyline',
      vertices: [
        [0, 0],
        [0, 9],
      ],
    });
    const longer = changed(line, {
      property: 'insert_vertex',
      value: { index: 1, at: [0, 4] },
    });
    expect(longer.vertices).toEqual([
      [0, 0],
      [0, 4],
      [0, 9],
    ]);
    const bent = changed(longer, { property: 'move_vertex', value: { index: 1, to: [3, 4] } });
    expect(bent.vertices[1]).toEqual([3, 4]);
    expect(changed(bent, { property: 'remove_vertex', value: { index: 1 } })).toEqual(line);
    const cell = changed(line, { property: 'feature', value: { name: 'n', value: 2 } });
    expect(cell.features).toEqual({ n: 2 });
    const none = changed(cell, { property: 'feature', value: { name: 'n', value: null } });
    expect(none.features).toEqual({});
  });

  it('settle with the picture of their revision, or after a while', () => {
    const settling = new Settling();
    settling.acked(['a'], 7, 1_000);
    settling.acked(['b'], 9, 1_000);
    expect(settling.shown(7, 10)).toBe(true);
    expect([...settling.ids]).toEqual(['b']);
    expect(settling.shown(8, 20)).toBe(false);
    expect(settling.shown(8, 1_000)).toBe(true);
    expect(settling.ids.size).toBe(0);
  });
});

describe('the table', () => {
  const layer = new Map<string, Annotation>([
    ['a', point([0, 0], { features: { score: 2, class: 'b' } })],
    ['b', point([0, 0], { features: { score: 10 } })],
    ['c', point([0, 0], { features: { class: 'a' }, author: 'bo' })],
  ]);

  it('has a column for each feature, and those that say something', () => {
    expect(columnsOf(layer).map(columnKey)).toEqual([
      'feature:class',
      'feature:score',
      'author',
      'created',
    ]);
  });

  it('sorts numbers as numbers, with empty cells last', () => {
    const sorted = (column: string, down: boolean) => rowsOf(layer, { column, down }).join('');
    expect(rowsOf(layer, null).join('')).toBe('abc');
    expect(sorted('feature:score', false)).toBe('abc');
    expect(sorted('feature:score', true)).toBe('bac');
    expect(sorted('feature:class', false)).toBe('cab');
    expect(sorted('unknown', false)).toBe('abc');
  });

  it('shows what is scrolled to, and a little more', () => {
    expect(windowOf(0, 300, 30, 100_000)).toEqual({ from: 0, to: 18 });
    expect(windowOf(30_000, 300, 30, 100_000)).toEqual({ from: 992, to: 1018 });
  });

  it('lists a hundred thousand within a blink', () => {
    const many = new Map<string, Annotation>();
    for (let at = 0; at < 100_000; at++)
      many.set(`a${at}`, point([0, at], { features: { score: (at * 7919) % 100_003 } }));
    const start = performance.now();
    const rows = rowsOf(many, { column: 'feature:score', down: false });
    expect(performance.now() - start).toBeLessThan(1_500);
    expect(rows[0]).toBe('a0');
  });

  it('reads cells as what they are', () => {
    expect(readFeature(' 1,5 ', 'number')).toBe(1.5);
    expect(readFeature('1,5', null)).toBe(1.5);
    expect(readFeature('12', 'string')).toBe('12');
    expect(readFeature('true', null)).toBe(true);
    expect(readFeature('Kern', null)).toBe('Kern');
    expect(readFeature('  ', 'number')).toBeNull();
  });
});

describe('where others point', () => {
  const axis = { kind: 'space', unit: null, start: 0, stop: 9, step: 1, labels: [] };
  const axes = ['z', 'y', 'x'].map((name) => ({ ...axis, name }));
  const view = {
    point: [4, 0, 0],
    displayed: [1, 2],
    camera: { center: [0, 0], zoom: 1 },
    canvas: [64, 64],
    overrides: {},
  } as const;

  it('is strong on the slice, faint beside it, and nothing far from it', () => {
    expect(seenFrom([4, 1, 2], view, axes)).toEqual({ world: [1, 2], depth: 0, strength: 1 });
    const beside = seenFrom([5, 1, 2], view, axes)!.strength;
    const further = seenFrom([7, 1, 2], view, axes)!.strength;
    expect(beside).toBeLessThan(1);
    expect(further).toBeLessThan(beside);
    expect(further).toBeGreaterThan(0);
    expect(seenFrom([0, 1, 2], { ...view, point: [9, 0, 0] }, axes)).toBeNull();
  });

  it('is found in a view of other axes', () => {
    const side = { ...view, displayed: [0, 2] as const, point: [0, 1, 0] };
    expect(seenFrom([4, 1, 2], side, axes)).toEqual({ world: [4, 2], depth: 0, strength: 1 });
  });

  it('is nowhere beside a space', () => {
    const [center, angles] = [[0, 0, 0] as const, [0, 0, 90] as const];
    const camera3d = { depth: 0, center, zoom: 1, angles, perspective: 0 };
    const deep = { ...view, camera3d };
    expect(seenFrom([9, 1, 2], deep, axes)).toEqual({ world: [1, 2], depth: 9, strength: 1 });
  });
});

describe('points of a new layer', () => {
  it('are some ten screen pixels wide, by a round number of world units', () => {
    expect(usualSize(1)).toBe(10);
    expect(usualSize(0.18)).toBe(2);
    expect(usualSize(0.00005)).toBe(0.0005);
    expect(usualSize(1e-9)).toBe(1e-8);
    expect(usualSize(4e6)).toBe(5e7);
    for (let at = -12; at < 12; at += 0.1) {
      const pixels = usualSize(10 ** at) / 10 ** at;
      expect(pixels).toBeGreaterThan(6.2);
      expect(pixels).toBeLessThan(16);
    }
  });
});
