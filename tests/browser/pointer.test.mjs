/** Mouse and keys on the picture: every number that they lead to is checked against the file. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import { STAGE } from './page.mjs';
import { scenario } from './rig.mjs';

const SHAPE = [4, 3, 120, 160];
/** No two samples of a plane, and no two planes, have equal values at the same place. */
const value = (t, z, y, x) => (t * 5003 + z * 1009 + y * 160 + x) % 65536;

/** Writes a stack of `value` as NPY (u16, t z y x). */
function stack(path) {
  const [T, Z, Y, X] = SHAPE;
  const text = `{'descr': '<u2', 'fortran_order': False, 'shape': (${SHAPE.join(', ')}), }`;
  // The header ends in a newline, at a multiple of 64 bytes from the start of the file.
  const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + '\n';
  const head = Buffer.from(`\x93NUMPY\x01\x00..${header}`, 'latin1');
  head.writeUInt16LE(header.length, 8);
  const samples = new Uint16Array(T * Z * Y * X);
  let at = 0;
  for (let t = 0; t < T; t++)
    for (let z = 0; z < Z; z++)
      for (let y = 0; y < Y; y++) for (let x = 0; x < X; x++) samples[at++] = value(t, z, y, x);
  writeFileSync(path, Buffer.concat([head, Buffer.from(samples.buffer)]));
  return path;
}

const folder = mkdtempSync(join(tmpdir(), 'parfocal-known-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const known = { images: [stack(join(folder, 'known.npy'))], axes: 'tzyx' };

/** World (y, x) in the status line. */
async function coordinates(page) {
  const text = await page.at('coordinates').innerText();
  return [...text.matchAll(/[yx]\s*(-?[\d.]+)/g)].map(([, number]) => Number(number));
}

/** A whole pixel of the page inside the picture, by parts of its sides. */
async function point(page, across, down) {
  const box = await page.place();
  return [box.x + box.width * across, box.y + box.height * down].map(Math.round);
}

scenario('the place and the value under the pointer are those of the file', known, async (lab) => {
  const page = await lab.join('presenter');
  await page.drag('z', 1);
  await page.drag('t', 2);
  for (const [across, down] of [
    [0.35, 0.2],
    [0.5, 0.5],
    [0.62, 0.81],
    [0.401, 0.733],
  ]) {
    const [x, y] = await point(page, across, down);
    await page.raw.mouse.move(x, y);
    const world = await page.worldAt(x, y);
    const wanted = value(2, 1, Math.round(world[0]), Math.round(world[1]));
    await page.until(
      `the value at ${world} is ${wanted}`,
      (text) => document.querySelector('[data-testid="values"] b')?.textContent === text,
      String(wanted),
    );
    const shown = await coordinates(page);
    for (const side of [0, 1])
      assert.ok(Math.abs(shown[side] - world[side]) < 0.5, `${shown} for ${world}`);
  }
  // Time moves on under a pointer that rests.
  const [x, y] = await point(page, 0.5, 0.5);
  await page.raw.mouse.move(x, y);
  const world = (await page.worldAt(x, y)).map(Math.round);
  await page.at('picture').focus();
  await page.raw.keyboard.press('ArrowRight');
  await page.until(
    'the value follows',
    (text) => document.querySelector('[data-testid="values"] b')?.textContent === text,
    String(value(3, 1, ...world)),
  );
});

scenario('the wheel zooms where the pointer is', known, async (lab) => {
  const page = await lab.join('presenter');
  const [x, y] = await point(page, 0.62, 0.35);
  await page.raw.mouse.move(x, y);
  const before = { world: await page.worldAt(x, y), zoom: (await page.view()).camera.zoom };
  for (const notch of [-100, -100, -100]) await page.raw.mouse.wheel(0, notch);
  await page.until(
    'the zoom changes',
    (zoom) => globalThis.parfocal.scene.views[0].camera.zoom > zoom * 1.5,
    before.zoom,
  );
  await page.answered();
  const { camera } = await page.view();
  assert.ok(
    Math.abs(camera.zoom / before.zoom - Math.exp(0.45)) < 0.01,
    `${camera.zoom / before.zoom}`,
  );
  const world = await page.worldAt(x, y);
  const off = Math.hypot(world[0] - before.world[0], world[1] - before.world[1]) * camera.zoom;
  assert.ok(off < 0.5, `the point under the pointer moved by ${off} pixels`);
  await page.sees(34);
});

scenario('dragging moves the picture with the pointer, and Home leads back', known, async (lab) => {
  const page = await lab.join('presenter');
  const home = (await page.view()).camera;
  const [x, y] = await point(page, 0.5, 0.5);
  const held = await page.worldAt(x, y);
  await page.raw.mouse.move(x, y);
  await page.raw.mouse.down();
  await page.raw.mouse.move(x + 120, y - 75, { steps: 6 });
  await page.raw.mouse.up();
  await page.until(
    'the camera moves',
    (was) => globalThis.parfocal.scene.views[0].camera.center[1] !== was,
    home.center[1],
  );
  await page.answered();
  const there = await page.worldAt(x + 120, y - 75);
  const off = Math.hypot(there[0] - held[0], there[1] - held[1]) * home.zoom;
  assert.ok(off < 1, `what was taken is ${off} pixels from the pointer`);
  await page.sees(34);
  await page.at('picture').focus();
  await page.raw.keyboard.press('Home');
  await page.answered();
  assert.deepEqual((await page.view()).camera, home);
});

scenario('arrow keys step through time and depth', known, async (lab) => {
  const page = await lab.join('presenter');
  await page.at('picture').focus();
  const [t, z] = [await page.axis('t'), await page.axis('z')];
  const start = (await page.view(STAGE)).point;
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowLeft']) await page.raw.keyboard.press(key);
  await page.untilPosition('t', 1);
  await page.raw.keyboard.press('ArrowDown');
  await page.raw.keyboard.press(start[z] > 0 ? 'ArrowLeft' : 'ArrowRight');
  await page.answered();
  const { point: now } = await page.view(STAGE);
  assert.equal(now[t], start[t] + 1);
  assert.equal(Math.abs(now[z] - start[z]), 1);
});
