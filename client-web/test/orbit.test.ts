import { describe, expect, it } from 'vitest';
import { anglesOf, directions, orbited, screenIn, shifted } from '../src/core/orbit';
import type { Camera3d, Triple } from '../src/protocol';

const camera: Camera3d = {
  depth: 0,
  center: [10, 20, 30],
  zoom: 4,
  angles: [0, 0, 90],
  perspective: 0,
};
const size = { width: 800, height: 600 };

function near(a: Triple, b: Triple): void {
  a.forEach((value, at) => expect(value).toBeCloseTo(b[at]!, 9));
}

describe('a camera in space', () => {
  it('looks from the front with depth towards the viewer', () => {
    const { right, up, view } = directions(camera.angles);
    near(right, [0, 0, 1]);
    near(up, [0, -1, 0]);
    near(view, [-1, 0, 0]);
  });

  it('knows the angles by which it looks so', () => {
    for (const angles of [
      [10, -30, 75],
      [-170, 60, -120],
      [0, 90, 40],
    ] as Triple[]) {
      const there = directions(angles);
      const back = directions(anglesOf(there));
      near(back.view, there.view);
      near(back.up, there.up);
      near(back.right, there.right);
    }
  });

  it('turns with a drag so that what is near goes along', () => {
    // The near point is one unit along the depth axis: seen by how much of that goes right, and up.
    const aside = directions(orbited(camera, size, 100, 0).angles);
    expect(aside.right[0]).toBeGreaterThan(0);
    const down = directions(orbited(camera, size, 0, 100).angles);
    expect(down.up[0]).toBeLessThan(0);
  });

  it('is back where it was after a drag and the same drag back', () => {
    const there = orbited(camera, size, 140, 0);
    const back = directions(orbited(there, size, -140, 0).angles);
    near(back.view, directions(camera.angles).view);
    near(back.up, directions(camera.angles).up);
  });

  it('shows places where the server draws them', () => {
    const at = (camera: Camera3d, world: Triple) => screenIn(camera, [800, 600], size, world);
    expect(at(camera, [11, 22, 33])).toEqual({ x: 412, y: 308 });
    // On a viewport of another form the picture lies in the middle.
    const small = { width: 400, height: 500 };
    expect(screenIn(camera, [800, 600], small, [11, 22, 33])).toEqual({ x: 206, y: 254 });
    // A field of view of 90 degrees: the eye is 75 units in front of the center.
    const near = { ...camera, perspective: 90 };
    const seen = at(near, [10 + 37.5, 21, 31]);
    expect(seen?.x).toBeCloseTo(400 + 8, 9);
    expect(seen?.y).toBeCloseTo(300 + 8, 9);
    expect(at(near, [10 + 76, 21, 31])).toBeNull();
  });

  it('moves with the picture', () => {
    near(shifted(camera, [800, 600], size, 40, -20).center, [10, 25, 20]);
  });
});
