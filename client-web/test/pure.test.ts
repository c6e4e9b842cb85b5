/** The small pure parts: camera, key picture gate, latency, scene rules, keys and numbers. */

import { describe, expect, it } from 'vitest';
import {
  canvasFor,
  fit,
  framed,
  panned,
  placed,
  screenOf,
  worldAt,
  zoomedAt,
  type Eye,
} from '../src/core/camera';
import { isSeenIn, touchedKeys } from '../src/core/keys';
import { KeyframeGate } from '../src/core/keyframe-gate';
import { Latency } from '../src/core/latency';
import {
  axisCount,
  axisPosition,
  EMPTY_SCENE,
  movedOrder,
  rolled,
  type DimsAxis,
  type View,
} from '../src/core/scene';
import { Meter } from '../src/app/meter';
import { actionOf, DEFAULT_KEYS } from '../src/keys';
import { axisValue, coordinate, decimalsFor, initials, sample } from '../src/ui/format';

const eye: Eye = { center: [50, 80], zoom: 4, canvas: [800, 600], displayed: [2, 3] };
const viewport = { width: 1000, height: 600 };

describe('the camera', () => {
  it('puts the whole canvas into the middle of the viewport', () => {
    expect(fit([800, 600], viewport)).toEqual({ scale: 1, width: 800, height: 600, x: 100, y: 0 });
  });

  it('goes from the screen to the world and back', () => {
    const world = worldAt(eye, viewport, 123, 456);
    const back = screenOf(eye, viewport, world);
    expect(back.x).toBeCloseTo(123);
    expect(back.y).toBeCloseTo(456);
  });

  it('keeps the world under the pointer where it is while zooming', () => {
    const before = worldAt(eye, viewport, 700, 100);
    const after = worldAt(
      { ...eye, ...zoomedAt(eye, viewport, 700, 100, 2.5) },
      viewport,
      700,
      100,
    );
    expect(after[0]).toBeCloseTo(before[0]);
    expect(after[1]).toBeCloseTo(before[1]);
  });

  it('shows a box as large as possible', () => {
    const eye = { canvas: [400, 200] as [number, number] };
    expect(framed(eye, [10, 0], [30, 10])).toEqual({ center: [20, 5], zoom: 10 });
    expect(framed(eye, [0, 40], [0, 0])).toEqual({ center: [0, 20], zoom: 10 });
    expect(framed(eye, [1, 1], [1, 1])).toBeNull();
  });

  it('moves the picture with the pointer while panning', () => {
    const world = worldAt(eye, viewport, 300, 300);
    const moved = { ...eye, ...panned(eye, viewport, 40, -25) };
    const at = screenOf(moved, viewport, world);
    expect([at.x, at.y]).toEqual([340, 275]);
  });

  it('leaves a picture alone that was taken by the camera looked through', () => {
    expect(placed(eye, eye, viewport)).toEqual({ x: 100, y: 0, width: 800, height: 600 });
  });

  it('makes an old picture twice as large when zoomed twice', () => {
    const wished = { ...eye, zoom: 8 };
    expect(placed(eye, wished, viewport)).toEqual({ x: -300, y: -300, width: 1600, height: 1200 });
  });

  it('says nothing about a picture of other axes', () => {
    expect(placed({ ...eye, displayed: [0, 1] }, eye, viewport)).toBeNull();
  });

  it('asks for even canvases that keep their shape within the bound', () => {
    expect(canvasFor({ width: 801, height: 601 })).toEqual({ width: 802, height: 602 });
    expect(canvasFor({ width: 3840, height: 2160 })).toEqual({ width: 1920, height: 1080 });
    expect(canvasFor({ width: 10, height: 10 })).toEqual({ width: 64, height: 64 });
  });
});

describe('the gate for key pictures', () => {
  const h264 = (sequence: number, key = false) => ({ codec: 'h264', sequence, key }) as const;

  it('waits for a key picture and asks for it once', () => {
    const gate = new KeyframeGate();
    expect(gate.admit(h264(1))).toBe('ask_key');
    expect(gate.admit(h264(2))).toBe('skip');
    expect(gate.admit(h264(3, true))).toBe('decode');
    expect(gate.admit(h264(4))).toBe('decode');
  });

  it('closes at a gap', () => {
    const gate = new KeyframeGate();
    gate.admit(h264(1, true));
    expect(gate.admit(h264(3))).toBe('ask_key');
    expect(gate.admit(h264(4, true))).toBe('decode');
  });

  it('lets stills through and goes on after them', () => {
    const gate = new KeyframeGate();
    gate.admit(h264(1, true));
    expect(gate.admit({ codec: 'png', sequence: 2, key: true })).toBe('decode');
    expect(gate.admit(h264(3))).toBe('decode');
  });

  it('counts over the end of 32 bits', () => {
    const gate = new KeyframeGate();
    gate.admit(h264(0xffff_ffff, true));
    expect(gate.admit(h264(0))).toBe('decode');
  });

  it('closes when the decoder breaks', () => {
    const gate = new KeyframeGate();
    gate.admit(h264(1, true));
    expect(gate.broken()).toBe(true);
    expect(gate.broken()).toBe(false);
    expect(gate.admit(h264(2))).toBe('skip');
  });
});

describe('intent-to-photon', () => {
  it('runs from the wish to the picture of its revision', () => {
    const latency = new Latency();
    latency.acked(100, 5);
    latency.shown(4, 120);
    expect(latency.percentile(0.5)).toBeNull();
    latency.shown(5, 130);
    expect(latency.percentile(0.5)).toBe(30);
  });

  it('takes a picture that came before the ack', () => {
    const latency = new Latency();
    latency.shown(5, 130);
    latency.acked(100, 5);
    expect(latency.percentile(0.95)).toBe(30);
  });

  it('leaves out a wish that no picture has answered for long', () => {
    const latency = new Latency();
    latency.acked(100, 5);
    latency.shown(6, 100_000);
    expect(latency.percentile(0.5)).toBeNull();
  });
});

const z: DimsAxis = {
  name: 'z',
  kind: 'space',
  unit: 'micrometer',
  start: 0,
  stop: 1.44,
  step: 0.36,
  labels: [],
};

describe('the scene', () => {
  it('counts positions as the server does', () => {
    expect(axisCount(z)).toBe(5);
    expect(axisPosition(z, 0.7)).toBe(2);
    expect(axisPosition(z, 99)).toBe(4);
    expect(axisPosition(z, Number.NaN)).toBe(0);
  });

  it('moves a layer as the server does', () => {
    expect(movedOrder([1, 2, 3], 1, 2)).toEqual([2, 3, 1]);
    expect(movedOrder([1, 2, 3], 3, 0)).toEqual([3, 1, 2]);
    expect(movedOrder([1, 2, 3], 9, 0)).toEqual([1, 2, 3]);
    expect(movedOrder([1, 2, 3], 2, 99)).toEqual([1, 3, 2]);
  });

  it('rolls through every pair of axes', () => {
    expect(rolled([1, 2], 3)).toEqual([0, 1]);
    expect(rolled([0, 1], 3)).toEqual([2, 0]);
    expect(rolled([2, 0], 3)).toEqual([1, 2]);
  });

  it('knows which values of a view have changed', () => {
    const view: View = {
      point: [1, 2],
      displayed: [0, 1],
      camera: { center: [0, 0], zoom: 1 },
      canvas: [64, 64],
      overrides: {},
    };
    const before = { ...EMPTY_SCENE, views: { 3: view } };
    const gamma = { property: 'gamma', value: 2 } as const;
    const after = {
      ...EMPTY_SCENE,
      views: { 3: { ...view, point: [1, 5], overrides: { 7: [gamma] } } },
    };
    expect(touchedKeys(before, after)).toEqual(['view:3:point:1', 'override:3:7:gamma']);
    expect(isSeenIn(3, 'override:3:7:gamma')).toBe(true);
    expect(isSeenIn(0, 'override:3:7:gamma')).toBe(false);
    expect(isSeenIn(0, 'layer:7:name')).toBe(false);
  });
});

describe('keys', () => {
  const press = (key: string, ctrlKey = false) =>
    actionOf({ key, ctrlKey, metaKey: false, altKey: false }, DEFAULT_KEYS);

  it('are napari\u2019s', () => {
    expect(press('ArrowRight')).toBe('next');
    expect(press('Home')).toBe('reset');
    expect(press('r', true)).toBe('reset');
    expect(press('t')).toBe('transpose');
    expect(press('r')).toBe('roll');
    expect(press('v')).toBe('visible');
    expect(press('?')).toBe('help');
    expect(press(';')).toBeNull();
  });

  it('each do one thing', () => {
    const all = Object.values(DEFAULT_KEYS).flat();
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('numbers for people', () => {
  it('have as many decimals as the step needs', () => {
    expect([1, 0.36, 0.2, 9.5, 0.162, 1e-7].map(decimalsFor)).toEqual([0, 2, 1, 1, 3, 9]);
    expect(axisValue(z, 0.72, 2)).toBe('0.72 µm');
  });

  it('name wells, and leave out what only repeats the count', () => {
    expect(axisValue({ ...z, labels: ['A01', 'A02'] }, 0.36, 1)).toBe('A02');
    expect(axisValue({ ...z, unit: null, step: 1 }, 3, 3)).toBe('');
  });

  it('are as fine as a screen pixel', () => {
    expect(coordinate(z, 12.3456, 0.04)).toBe('12.35 µm');
    expect(coordinate(z, 12.3456, 3)).toBe('12 µm');
  });

  it('show samples whole where they are whole', () => {
    expect([412, 0.123456, 1e-9].map(sample)).toEqual(['412', '0.1235', '1.00e-9']);
  });

  it('make initials', () => {
    expect(['Ada Lind', 'bo', '曉', '', 'Ana María Ruiz'].map(initials)).toEqual([
      'AL',
      'BO',
      '曉',
      '?',
      'AR',
    ]);
  });
});

describe('the quality panel', () => {
  const header = {
    codec: 'h264',
    key: false,
    complete: true,
    exact: false,
    sequence: 0,
    view: 0,
    width: 640,
    height: 480,
    revision: 1,
    captured_us: 1_000_000,
    render_us: 2000,
    encode_us: 5000,
    tile: null,
    canvas: [640, 480],
  } as const;
  const none = { roundTripMs: null, photonP50Ms: null, photonP95Ms: null };

  it('does not call a resting picture old because it was refined', () => {
    const meter = new Meter();
    const frame = {
      type: 'frame',
      header,
      bytes: 10,
      decodeMs: 1,
      heldMs: 0,
      dropped: 0,
      queue: 0,
    } as const;
    meter.frame(frame, 1020, 0);
    meter.frame(frame, 1500, 0);
    expect(meter.read(1500, none).ageMs).toBeCloseTo(20);
    meter.frame({ ...frame, header: { ...header, captured_us: 1_600_000 } }, 1630, 0);
    expect(meter.read(1630, none).ageMs).toBeCloseTo(30);
  });
});
