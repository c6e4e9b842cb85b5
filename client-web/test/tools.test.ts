/** The tools as machines: drawing, selecting, painting; and the geometry below them. */

import { describe, expect, it } from 'vitest';
import { hit, hitHandles, inBox, type Field } from '../src/core/annotations/hit';
import { isInSlice, planeOf } from '../src/core/annotations/plane';
import { Annotations } from '../src/core/annotations/store';
import {
  angleAt,
  areaOf,
  crossesItself,
  distance,
  nearestOn,
  resized,
  simplified,
} from '../src/core/geometry';
import { labelColor } from '../src/core/labels';
import { LASER_MS, trailAfter } from '../src/core/laser';
import { whyNotEdit } from '../src/core/roles';
import {
  draw,
  isBegun,
  MAX_FREEHAND,
  outline,
  startDraft,
  type Draft,
  type DrawEvent,
  type Made,
} from '../src/core/tools/draw';
import type { Tool } from '../src/core/tools/names';
import { IDLE, select, type Effect, type Grip, type SelectEvent } from '../src/core/tools/select';
import {
  extended,
  MAX_PART,
  nextPart,
  nextSize,
  paintOf,
  PART_MS,
  startStroke,
} from '../src/core/tools/stroke';
import type { Annotation, Pair } from '../src/protocol';

/** Draws with a camera of ten pixels a unit, a second between clicks. */
class Pen {
  draft: Draft | null = null;
  made: Made[] = [];
  private time = 0;

  constructor(readonly tool: Tool) {}

  event(kind: 'down' | 'move' | 'up', y: number, x: number, shift = false): void {
    const event: DrawEvent = {
      kind,
      world: [y, x],
      screen: { x: 10 * x, y: 10 * y },
      time: this.time,
      shift,
    };
    this.give(event);
  }

  give(event: DrawEvent): void {
    const { draft, made } = draw(this.draft ?? startDraft(this.tool), event);
    this.draft = draft;
    if (made) this.made.push(made);
  }

  click(y: number, x: number, after = 1_000): this {
    this.time += after;
    this.event('move', y, x);
    this.event('down', y, x);
    this.event('up', y, x);
    return this;
  }

  drag(...way: Pair[]): this {
    this.time += 1_000;
    way.forEach(([y, x], at) => this.event(at === 0 ? 'down' : 'move', y, x));
    this.event('up', ...(way.at(-1) as [number, number]));
    return this;
  }
}

describe('drawing', () => {
  it('sets a point with a click', () => {
    expect(new Pen('points').click(1, 2).made).toEqual([{ shape: 'point', points: [[1, 2]] }]);
  });

  it('draws a line by dragging, and as well by two clicks', () => {
    const line = {
      shape: 'line',
      points: [
        [0, 0],
        [3, 4],
      ],
    };
    expect(new Pen('line').drag([0, 0], [1, 1], [3, 4]).made).toEqual([line]);
    expect(new Pen('line').click(0, 0).click(3, 4).made).toEqual([line]);
  });

  it('sets one point of a track at each time, in order of time', () => {
    const pen = new Pen('track');
    const click = (time: number, y: number, x: number) => {
      const spot = { world: [y, x] as Pair, screen: { x: 10 * x, y: 10 * y } };
      const moment = { time, position: [time, 7, y, x] };
      // As fast as a double click: that does not finish it.
      for (const kind of ['down', 'up'] as const) pen.give({ kind, ...spot, time: 0, moment });
    };
    click(2, 1, 1);
    click(3, 1, 1);
    click(0, 5, 5);
    click(2, 1, 2);
    expect(pen.made).toEqual([]);
    pen.give({ kind: 'finish' });
    const [made] = pen.made;
    expect(made?.shape).toBe('track');
    expect(made?.positions).toEqual([
      [0, 7, 5, 5],
      [2, 7, 1, 2],
      [3, 7, 1, 1],
    ]);
    expect(made?.points).toEqual([
      [5, 5],
      [1, 2],
      [1, 1],
    ]);
  });

  it('makes nothing of a line without length', () => {
    const pen = new Pen('line').click(1, 1).click(1, 1);
    expect(pen.made).toEqual([]);
    expect(pen.draft).toBeNull();
  });

  it('measures with the ruler and the angle', () => {
    expect(new Pen('ruler').drag([0, 0], [0, 5]).made[0]).toMatchObject({ measure: 'length' });
    const angle = new Pen('angle').click(0, 5).click(0, 0).click(5, 0);
    expect(angle.made).toEqual([
      {
        shape: 'polyline',
        points: [
          [0, 5],
          [0, 0],
          [5, 0],
        ],
        measure: 'angle',
      },
    ]);
  });

  it('closes a polygon with Enter, a double click or its first corner', () => {
    const corners: Pair[] = [
      [0, 0],
      [0, 10],
      [10, 0],
    ];
    const begun = () => new Pen('polygon').click(0, 0).click(0, 10).click(10, 0);
    const entered = begun();
    entered.give({ kind: 'finish' });
    for (const pen of [entered, begun().click(10, 0, 100), begun().click(0.5, 0.5)])
      expect(pen.made).toEqual([{ shape: 'polygon', points: corners }]);
  });

  it('does not close an outline that crosses itself, and says why', () => {
    const pen = new Pen('polygon').click(0, 0).click(10, 10).click(0, 10).click(10, 0);
    pen.give({ kind: 'finish' });
    expect(pen.made).toEqual([]);
    expect(pen.draft?.fault).toBe('crossing');
    pen.give({ kind: 'back' });
    pen.give({ kind: 'finish' });
    expect(pen.made).toHaveLength(1);
  });

  it('takes corners back one by one, and all at once', () => {
    const pen = new Pen('polyline').click(0, 0).click(0, 9).click(9, 9);
    pen.give({ kind: 'back' });
    expect(pen.draft?.points).toHaveLength(2);
    pen.give({ kind: 'cancel' });
    expect(isBegun(pen.draft)).toBe(false);
  });

  it('draws boxes between corners, square with Shift', () => {
    const box = [
      [1, 1],
      [1, 5],
      [3, 5],
      [3, 1],
    ];
    expect(new Pen('rectangle').drag([1, 1], [3, 5]).made[0]?.points).toEqual(box);
    const pen = new Pen('ellipse');
    pen.event('down', 0, 0);
    pen.event('move', 2, 5, true);
    pen.event('up', 2, 5, true);
    expect(pen.made[0]).toEqual({
      shape: 'ellipse',
      points: [
        [0, 0],
        [0, 5],
        [5, 5],
        [5, 0],
      ],
    });
  });

  it('keeps a line straight with Shift', () => {
    const pen = new Pen('line');
    pen.event('down', 0, 0);
    pen.event('move', 0.3, 8, true);
    expect(pen.draft?.next?.[0]).toBeCloseTo(0);
    expect(pen.draft?.next?.[1]).toBeCloseTo(8);
  });

  it('measures a box that is dragged, or a polygon that is clicked', () => {
    const box = new Pen('statistics').drag([0, 0], [4, 4]);
    expect(box.made[0]).toMatchObject({ shape: 'rectangle', measure: 'statistics' });
    const clicked = new Pen('area').click(0, 0).click(0, 9).click(9, 9);
    clicked.give({ kind: 'finish' });
    expect(clicked.made[0]).toMatchObject({ shape: 'polygon', measure: 'area' });
    expect(clicked.made[0]?.points).toHaveLength(3);
  });

  it('shows a region as a box while it is dragged', () => {
    const pen = new Pen('area');
    pen.event('down', 0, 0);
    pen.event('move', 4, 4);
    expect(outline(pen.draft!)).toMatchObject({ shape: 'rectangle' });
  });

  it('keeps freehand lines true and bounded', () => {
    const way = Array.from({ length: 5_000 }, (_, at): Pair => [
      20 * Math.sin(at / 9) + 6 * (at % 2),
      at / 5,
    ]);
    const points = new Pen('path').drag(...way).made[0]!.points;
    expect(points.length).toBeGreaterThan(50);
    expect(points.length).toBeLessThanOrEqual(MAX_FREEHAND);
    expect(points[0]).toEqual(way[0]);
    const straight = new Pen('path').drag([0, 0], [0, 3], [0, 6], [0, 9]).made[0]!.points;
    expect(straight).toEqual([
      [0, 0],
      [0, 9],
    ]);
  });
});

describe('selecting', () => {
  class Hand {
    grip: Grip = IDLE;
    selected = new Set<string>();
    effects: Effect[] = [];

    give(event: SelectEvent): this {
      const { grip, effects } = select(this.grip, event, this.selected);
      this.grip = grip;
      for (const effect of effects) {
        this.effects.push(effect);
        if (effect.do === 'select')
          this.selected = new Set([...(effect.add ? this.selected : []), ...effect.ids]);
      }
      return this;
    }

    press(id: string | null, over: Partial<Extract<SelectEvent, { kind: 'down' }>> = {}): this {
      const target = id === null ? null : ({ on: 'body', id } as const);
      const at = { world: [0, 0] as Pair, screen: { x: 0, y: 0 } };
      return this.give({ kind: 'down', target, add: false, remove: false, ...at, ...over });
    }

    to(kind: 'move' | 'up', y: number, x: number): this {
      return this.give({ kind, world: [y, x], screen: { x: 10 * x, y: 10 * y } });
    }
  }

  it('takes what is clicked, adds with Shift, lets go beside everything', () => {
    const hand = new Hand().press('a').to('up', 0, 0);
    expect([...hand.selected]).toEqual(['a']);
    hand.press('b', { add: true }).to('up', 0, 0);
    expect([...hand.selected]).toEqual(['a', 'b']);
    hand.press('a', { add: true }).to('up', 0, 0);
    expect([...hand.selected]).toEqual(['b']);
    hand.press(null).to('up', 0, 0);
    expect([...hand.selected]).toEqual([]);
  });

  it('moves all that is selected by one of them', () => {
    const hand = new Hand();
    hand.selected = new Set(['a', 'b']);
    hand.press('a').to('move', 1, 2).to('up', 1, 2);
    expect([...hand.selected]).toEqual(['a', 'b']);
    expect(hand.effects).toEqual([{ do: 'move', by: [1, 2] }]);
    hand.press('a').to('up', 0, 0);
    expect([...hand.selected]).toEqual(['a']);
  });

  it('draws a box from where nothing is', () => {
    const hand = new Hand().press(null).to('move', 2, 2).to('up', 3, 4);
    expect(hand.effects).toEqual([{ do: 'select_box', from: [0, 0], to: [3, 4], add: false }]);
  });

  it('drags, adds and removes corners', () => {
    const hand = new Hand();
    hand.selected = new Set(['a']);
    const vertex = { on: 'vertex', id: 'a', index: 2 } as const;
    const edge = { on: 'edge', id: 'a', index: 0, at: [0, 1] } as const;
    hand.press(null, { target: vertex }).to('move', 5, 5).to('up', 5, 6);
    hand.press(null, { target: edge }).to('up', 0, 0);
    hand.press(null, { target: vertex, remove: true });
    hand.press(null, { target: vertex }).give({ kind: 'held' });
    const removed = { do: 'remove_vertex', id: 'a', index: 2 };
    expect(hand.effects).toEqual([
      { do: 'move_vertex', id: 'a', index: 2, to: [5, 6] },
      { do: 'insert_vertex', id: 'a', index: 1, at: [0, 1] },
      removed,
      removed,
    ]);
  });
});

describe('hits', () => {
  const layer = { id: 3, axes: [0, 1, 2], style: null };
  const axis = { kind: 'space', unit: null, start: 0, stop: 9, step: 1, labels: [] };
  const axes = ['z', 'y', 'x'].map((name) => ({ ...axis, name }));
  const view = {
    point: [4, 0, 0],
    displayed: [1, 2],
    camera: { center: [0, 0], zoom: 1 },
    canvas: [64, 64],
    overrides: {},
  } as const;
  const plane = planeOf(layer, view, axes)!;
  const one = (shape: Annotation['shape'], ...vertices: number[][]): Annotation => ({
    layer: 3,
    shape,
    vertices,
    author: 'a',
    created: 0,
  });
  const source = new Annotations();
  const square = [
    [4, 0, 0],
    [4, 0, 10],
    [4, 10, 10],
    [4, 10, 0],
  ];
  source.set('large', one('rectangle', ...square));
  source.set('small', one('polygon', [4, 2, 2], [4, 2, 5], [4, 5, 2]));
  source.set('point', one('point', [4, 20, 20]));
  source.set('other', one('point', [6, 20, 20]));
  source.set('line', one('line', [4, 30, 0], [4, 30, 10]));
  source.set('arrow', one('vector', [4, 40, 0], [0, 0, 10]));
  source.set('round', one('ellipse', ...square.map(([z, y, x]) => [z!, y! + 50, x!])));
  const field: Field = {
    source,
    overlay: new Map(),
    planes: [plane],
    sizeOf: () => 4,
    fades: () => false,
    least: 1,
  };

  it('find the smallest area, points as wide as they are, lines near by', () => {
    expect(hit(field, [3, 3], 1)).toBe('small');
    expect(hit(field, [9, 9], 1)).toBe('large');
    expect(hit(field, [21.5, 20], 0.1)).toBe('point');
    expect(hit(field, [30.8, 5], 1)).toBe('line');
    expect(hit(field, [40.5, 9], 1)).toBe('arrow');
    expect(hit(field, [55, 5], 0)).toBe('round');
    expect(hit(field, [50.2, 0.2], 0)).toBeNull();
    expect(hit(field, [80, 80], 1)).toBeNull();
  });

  it('see only the slice', () => {
    expect(isInSlice(source.get('point')!, plane)).toBe(true);
    expect(isInSlice(source.get('other')!, plane)).toBe(false);
    const above = planeOf(layer, { ...view, point: [6, 0, 0] }, axes)!;
    expect(hit({ ...field, planes: [above] }, [20, 20], 1)).toBe('other');
  });

  it('find points that are cut beside their slice, where they are shown faded', () => {
    const beside = planeOf(layer, { ...view, point: [5, 0, 0] }, axes)!;
    const at = { ...field, planes: [beside] };
    expect(hit(at, [20, 20], 0.1)).toBeNull();
    expect(hit({ ...at, fades: () => true }, [20, 20], 0.1)).not.toBeNull();
    expect(hit({ ...at, fades: () => true, sizeOf: () => 1.8 }, [20, 20], 0.1)).toBeNull();
  });

  it('hold what is beyond the ends in the outermost positions, but along space', () => {
    const time = [{ ...axes[0]!, kind: 'time' }, axes[1]!, axes[2]!];
    const beyond = one('point', [40, 1, 1]);
    const last = { ...view, point: [9, 0, 0] };
    expect(isInSlice(beyond, planeOf(layer, last, time)!)).toBe(true);
    expect(isInSlice(beyond, planeOf(layer, last, axes)!)).toBe(false);
    const half = one('point', [3.5, 1, 1]);
    expect(isInSlice(half, planeOf(layer, { ...view, point: [3, 0, 0] }, time)!)).toBe(false);
    expect(isInSlice(half, planeOf(layer, { ...view, point: [4, 0, 0] }, time)!)).toBe(true);
  });

  it('believe wishes', () => {
    const overlay = new Map<string, Annotation | null>([
      ['point', { ...source.get('point')!, vertices: [[4, 70, 70]] }],
      ['small', null],
    ]);
    expect(hit({ ...field, overlay }, [70, 70], 1)).toBe('point');
    expect(hit({ ...field, overlay }, [20, 20], 1)).toBeNull();
    expect(hit({ ...field, overlay }, [3, 3], 1)).toBe('large');
  });

  it('find handles before bodies', () => {
    const small = source.get('small')!;
    expect(hitHandles('small', small, plane, [2.1, 2.1], 0.5)).toEqual({
      on: 'vertex',
      id: 'small',
      index: 0,
    });
    expect(hitHandles('small', small, plane, [2.1, 3.5], 0.5)).toMatchObject({
      on: 'edge',
      index: 0,
    });
    expect(hitHandles('large', source.get('large')!, plane, [0, 5], 0.5)).toBeNull();
  });

  it('give what lies wholly in a box', () => {
    expect(inBox(field, [11, 11], [1, 1]).sort()).toEqual(['small']);
    expect(inBox(field, [-1, -1], [25, 25]).sort()).toEqual(['large', 'point', 'small']);
  });
});

describe('painting', () => {
  const brush = { tool: 'brush', size: 10, dimensions: 2 } as const;
  const start = () => startStroke(1, brush, [1, 2], [0, 0, 0], 0);

  it('leaves no gap between the parts of a stroke', () => {
    let stroke = start();
    const parts: (readonly number[])[][] = [];
    for (let at = 1; at <= 100; at++) {
      stroke = extended(stroke, [0, 0, at], [0.1, 0.1, 0.1]);
      for (let part = nextPart(stroke, at * 7); part; part = nextPart(stroke, at * 7)) {
        parts.push(part.path);
        stroke = part.stroke;
      }
    }
    stroke = { ...stroke, ended: true };
    const last = nextPart(stroke, 701);
    if (last) parts.push(last.path);
    expect(parts.length).toBeGreaterThan(5);
    parts.slice(1).forEach((part, at) => expect(part[0]).toEqual(parts[at]!.at(-1)));
    expect(parts.at(-1)!.at(-1)).toEqual([0, 0, 100]);
  });

  it('passes over moves that change nothing', () => {
    expect(extended(start(), [0, 0, 0.01], [0.1, 0.1, 0.1]).path).toHaveLength(1);
  });

  it('never makes a part too long', () => {
    let stroke = start();
    for (let at = 1; at <= 2_000; at++) stroke = extended(stroke, [0, 0, at], []);
    stroke = { ...stroke, ended: true };
    const sizes: number[] = [];
    for (let part = nextPart(stroke, 0); part; part = nextPart(stroke, 0)) {
      sizes.push(part.path.length);
      stroke = part.stroke;
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_PART);
    expect(sizes.reduce((a, b) => a + b) - (sizes.length - 1)).toBe(2_001);
  });

  it('waits a moment with each part', () => {
    const stroke = extended(start(), [0, 0, 5], []);
    expect(nextPart(stroke, PART_MS - 1)).toBeNull();
    expect(nextPart(stroke, PART_MS)).not.toBeNull();
  });

  it('fills with one click', () => {
    const stroke = startStroke(2, { ...brush, tool: 'fill' }, [1, 2], [4, 5, 6], 0);
    expect(nextPart(stroke, 0)?.path).toEqual([[4, 5, 6]]);
  });

  it('writes coordinates along the axes of the layer, and erases with 0', () => {
    const erase = { ...start(), tool: 'erase' } as const;
    const paint = paintOf(erase, [[4, 5, 6]], { id: 9, axes: [0, 2] }, 7);
    expect(paint).toMatchObject({ layer: 9, label: 0, tool: 'erase', path: [[4, 6]] });
  });

  it('takes brushes from size to size', () => {
    expect(nextSize(1, -1)).toBe(1);
    expect(nextSize(5, 1)).toBe(6);
    expect(nextSize(60, 1)).toBe(70);
    expect(nextSize(200, 1)).toBe(200);
  });

  it('colours labels as the renderer does', () => {
    expect(labelColor(0)).toBeNull();
    // As the renderer's own function gives them.
    expect([1, 2, 3, 1000, 4294967295].map(labelColor)).toEqual([
      [80, 124, 229],
      [130, 179, 62],
      [242, 36, 217],
      [255, 62, 13],
      [11, 217, 71],
    ]);
  });
});

describe('geometry', () => {
  it('knows outlines that cross themselves', () => {
    expect(
      crossesItself([
        [0, 0],
        [0, 9],
        [9, 9],
        [9, 0],
      ]),
    ).toBe(false);
    expect(
      crossesItself([
        [0, 0],
        [9, 9],
        [0, 9],
        [9, 0],
      ]),
    ).toBe(true);
    expect(
      crossesItself([
        [0, 0],
        [0, 9],
        [9, 0],
      ]),
    ).toBe(false);
    expect(
      crossesItself([
        [0, 0],
        [0, 9],
        [9, 9],
        [0, 5],
      ]),
    ).toBe(true);
  });

  it('measures', () => {
    expect(
      areaOf([
        [0, 0],
        [0, 4],
        [3, 4],
        [3, 0],
      ]),
    ).toBe(12);
    expect(angleAt([0, 5], [0, 0], [5, 0])).toBeCloseTo(90);
    expect(nearestOn([5, 5], [0, 0], [0, 10])).toEqual([0, 5]);
  });

  it('keeps within its tolerance when it simplifies', () => {
    const points = Array.from({ length: 300 }, (_, at): Pair => [Math.sin(at / 20), at / 20]);
    const less = simplified(points, 0.05);
    expect(less.length).toBeLessThan(60);
    for (const point of points) {
      const far = less.slice(1).map((to, at) => distance(point, nearestOn(point, less[at]!, to)));
      expect(Math.min(...far)).toBeLessThanOrEqual(0.05 + 1e-9);
    }
  });

  it('resizes a turned rectangle around the opposite corner', () => {
    const turned: Pair[] = [
      [0, 0],
      [1, 1],
      [2, 0],
      [1, -1],
    ];
    const after = resized(turned, 2, [4, 0]);
    expect(after[0]).toEqual([0, 0]);
    expect(after[2]).toEqual([4, 0]);
    expect(after[1]![0]).toBeCloseTo(2);
    expect(after[1]![1]).toBeCloseTo(2);
    expect(after[3]![1]).toBeCloseTo(-2);
  });
});

describe('rights in a layer', () => {
  const ada = { role: 'annotator', subject: 'ada' } as const;
  const open = { locked: false, edit_scope: 'all' } as const;

  it('follow role, lock and scope', () => {
    expect(whyNotEdit(ada, open)).toBeNull();
    expect(whyNotEdit({ ...ada, role: 'viewer' }, open)).toBe('role');
    expect(whyNotEdit(ada, { ...open, locked: true })).toBe('locked');
    const own = { ...open, edit_scope: 'own' } as const;
    expect(whyNotEdit(ada, own, { author: 'bo' })).toBe('not_yours');
    expect(whyNotEdit(ada, own, { author: 'ada' })).toBeNull();
    expect(whyNotEdit({ ...ada, role: 'presenter' }, own, { author: 'bo' })).toBeNull();
  });
});

describe('a laser', () => {
  it('fades', () => {
    const trail = trailAfter(trailAfter([], [0, 0], 0), [1, 1], 600);
    expect(trail).toHaveLength(2);
    expect(trailAfter(trail, null, LASER_MS)).toHaveLength(1);
    expect(trailAfter(trail, null, 3_000)).toEqual([]);
  });
});
