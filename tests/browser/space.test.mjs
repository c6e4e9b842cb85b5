/** A picture of three axes: turned, moved and zoomed by mouse, and by fingers on a phone. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import { STAGE } from './page.mjs';
import { scenario } from './rig.mjs';
import { EXACT, isLike, YELLOW } from './three.mjs';

const SHAPE = [24, 60, 80];
const FRONT = [0, 0, 90];

/** Writes an F that is thick in z, in a corner of a dark volume, as NPY (u8, z y x). */
function letter(path) {
  const [Z, Y, X] = SHAPE;
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${SHAPE.join(', ')}), }`;
  // The header ends in a newline, at a multiple of 64 bytes from the start of the file.
  const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + '\n';
  const head = Buffer.from(`\x93NUMPY\x01\x00..${header}`, 'latin1');
  head.writeUInt16LE(header.length, 8);
  const within = (at, low, high) => at >= low && at <= high;
  const isF = (z, y, x) =>
    within(z, 12, 20) &&
    ((within(x, 14, 24) && within(y, 8, 50)) ||
      (within(x, 14, 60) && within(y, 8, 18)) ||
      (within(x, 14, 48) && within(y, 26, 34)));
  const samples = Uint8Array.from({ length: Z * Y * X }, (_, at) => {
    const [z, y, x] = [Math.floor(at / Y / X), Math.floor(at / X) % Y, at % X];
    return isF(z, y, x) ? 200 + z : 10;
  });
  writeFileSync(path, Buffer.concat([head, samples]));
  return path;
}

const folder = mkdtempSync(join(tmpdir(), 'parfocal-space-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const known = { images: [letter(join(folder, 'letter.npy'))], axes: 'zyx' };

const camera = async (page) => (await page.view(STAGE)).camera3d;

function untilAngles(page, what, wanted) {
  return page.until(
    what,
    (angles) => {
      const seen = globalThis.parfocal.scene.views[0].camera3d?.angles;
      return seen?.every((angle, at) => Math.abs(angle - angles[at]) < 1e-6);
    },
    wanted,
  );
}

/** Drags from the middle of the picture, by parts of its sides. */
async function drag(page, across, down) {
  const box = await page.place();
  const at = (dx, dy) => [box.x + box.width * (0.5 + dx), box.y + box.height * (0.5 + dy)];
  await page.raw.mouse.move(...at(0, 0));
  await page.raw.mouse.down();
  await page.raw.mouse.move(...at(across, down), { steps: 8 });
  await page.raw.mouse.up();
  await page.answered();
}

scenario(
  'a drag turns a volume for everybody, and a double click turns it back',
  known,
  async (lab) => {
    const ada = await lab.join('presenter');
    const bob = await lab.join('viewer');
    await ada.at('picture').focus();
    await ada.raw.keyboard.press('Control+y');
    await untilAngles(ada, 'three axes are shown', FRONT);
    await ada.at('space-note').waitFor();
    const flat = await ada.at('picture').screenshot();

    await drag(ada, 0.2, 0.1);
    const turned = await camera(ada);
    assert.notDeepEqual(turned.angles, FRONT, 'it is seen from elsewhere');
    await untilAngles(bob, 'the other page is turned too', turned.angles);
    assert.notDeepEqual(await ada.at('picture').screenshot(), flat, 'the picture has changed');

    await ada.raw.keyboard.down('Shift');
    await drag(ada, 0.1, 0);
    await ada.raw.keyboard.up('Shift');
    const moved = await camera(ada);
    assert.deepEqual(moved.angles, turned.angles, 'Shift moves, and turns nothing');
    assert.notDeepEqual(moved.center, turned.center);

    await ada.raw.mouse.wheel(0, -300);
    await ada.until(
      'the wheel zooms',
      (zoom) => globalThis.parfocal.scene.views[0].camera3d.zoom > zoom * 1.2,
      moved.zoom,
    );
    const box = await ada.place();
    await ada.raw.mouse.dblclick(box.x + box.width / 2, box.y + box.height / 2);
    await untilAngles(ada, 'a double click shows the front', FRONT);
    await ada.raw.keyboard.press('3');
    await ada.until('it is flat again', () => !globalThis.parfocal.scene.views[0].camera3d);
    await ada.at('tool-points').waitFor();
  },
);

scenario('a surface is asked for in the panel, and seen', known, async (lab) => {
  const page = await lab.join('presenter');
  await page.at('ndisplay').click();
  await untilAngles(page, 'three axes are shown', FRONT);
  await page.at('rendering').getByRole('radio', { name: 'Surface' }).click();
  await page.at('iso-threshold').waitFor();
  await page.until(
    'the layer is a surface',
    () => globalThis.parfocal.scene.layers[0].rendering === 'iso',
  );
});

/** Where a page in space shows a world position (z, y, x), by the mirror's camera from the front. */
async function placeOf(page, [, y, x]) {
  const { canvas, camera3d } = await page.view(STAGE);
  const box = await page.place();
  const unit = Math.min(box.width / canvas[0], box.height / canvas[1]) * camera3d.zoom;
  return [
    box.x + box.width / 2 + (x - camera3d.center[2]) * unit,
    box.y + box.height / 2 + (y - camera3d.center[1]) * unit,
  ];
}

scenario('what is drawn on a slice, and who points there, is seen in space', known, async (lab) => {
  const ada = await lab.join('presenter', { name: 'Ada Lovelace' });
  const bob = await lab.join('presenter', {
    name: 'Grace Hopper',
    query: EXACT,
  });
  await ada.at('mode-mine').click();
  await ada.until('she has a view of her own', () => globalThis.parfocal.view !== 0);
  await ada.at('tool-polygon').click();
  await ada.click([0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7]);
  await ada.raw.keyboard.press('Enter');
  await bob.untilAnnotations(1);
  await bob.at('picture').focus();
  await bob.raw.keyboard.press('Control+y');
  await untilAngles(bob, 'three axes are shown', FRONT);
  const [drawn] = Object.values(await bob.annotations());
  const box = await bob.place();
  const part = ([x, y]) => [(x - box.x) / box.width, (y - box.y) / box.height];
  const corners = await Promise.all(drawn.vertices.map((at) => placeOf(bob, at)));
  const side = [0, 1].map((d) => (corners[0][d] + corners[1][d]) / 2);
  await bob.untilColor('its edge, seen in space', part(side), isLike(YELLOW));

  await ada.raw.mouse.move(...(await ada.spot(0.6, 0.4)));
  const cursor = bob.at(`cursor-${await ada.me()}`);
  await cursor.waitFor();
  const [y, x] = await ada.worldAt(...(await ada.spot(0.6, 0.4)));
  const wanted = await placeOf(bob, [0, y, x]);
  const seen = await cursor.boundingBox();
  const off = Math.hypot(seen.x - wanted[0], seen.y - wanted[1]);
  assert.ok(off < 3, `the cursor is ${off.toFixed(1)} pixels from where she points`);

  await drag(bob, 0.15, 0.05);
  const turned = await camera(bob);
  assert.notDeepEqual(turned.angles, FRONT);
  const moved = await cursor.boundingBox();
  assert.ok(Math.hypot(moved.x - seen.x, moved.y - seen.y) > 5, 'it turns with the volume');
});

scenario('one finger turns a volume, two move it', known, async (lab) => {
  const phone = {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  };
  const page = await lab.join('presenter', phone);
  await page.at('ndisplay').tap();
  await untilAngles(page, 'three axes are shown', FRONT);
  const box = await page.place();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const touch = await page.context.newCDPSession(page.raw);
  const send = (type, points) =>
    touch.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: points.map(([px, py], id) => ({ x: px, y: py, id })),
    });
  await send('touchStart', [[x, y]]);
  for (let at = 1; at <= 6; at++) await send('touchMove', [[x + 12 * at, y]]);
  await send('touchEnd', []);
  await page.answered();
  const turned = await camera(page);
  assert.notDeepEqual(turned.angles, FRONT);

  const pair = (shift, apart) => [
    [x - apart, y + shift],
    [x + apart, y + shift],
  ];
  await send('touchStart', pair(0, 40));
  for (let at = 1; at <= 6; at++) await send('touchMove', pair(6 * at, 40 + 6 * at));
  await send('touchEnd', []);
  await page.answered();
  const after = await camera(page);
  assert.ok(after.zoom > turned.zoom * 1.3, `${after.zoom} against ${turned.zoom}`);
  assert.deepEqual(after.angles, turned.angles, 'two fingers turn nothing');
});
