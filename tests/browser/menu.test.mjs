/** What right click, a finger that is held still, and Alt with a drag do on the picture. */

import assert from 'node:assert/strict';

import { scenario } from './rig.mjs';
import { known } from './three.mjs';

const SQUARE = [
  [0.4, 0.4],
  [0.6, 0.4],
  [0.6, 0.6],
  [0.4, 0.6],
];
const MIDDLE = [0.5, 0.5];

async function drawSquare(page) {
  await page.at('tool-polygon').click();
  await page.click(...SQUARE);
  await page.raw.keyboard.press('Enter');
  await page.untilAnnotations(1);
  await page.answered();
}

scenario('a right click on a shape says what can be done with it', known, async (lab) => {
  const page = await lab.join('presenter');
  await drawSquare(page);
  await page.at('tool-pan').click();
  const menu = page.at('annotation-menu');
  const open = async (...spot) =>
    page.raw.mouse.click(...(await page.spot(...spot)), { button: 'right' });
  await open(0.2, 0.2);
  assert.equal(await menu.count(), 0, 'there is nothing');
  await open(...MIDDLE);
  await menu.waitFor();
  await page.raw.keyboard.press('Escape');
  await menu.waitFor({ state: 'detached' });

  await open(...MIDDLE);
  await page.at('annotation-menu-edit').click();
  await page.at('corner-3').waitFor();
  assert.equal(await page.read(() => globalThis.parfocal.tool), 'select');

  const { zoom } = (await page.view()).camera;
  await page.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(...MIDDLE);
  await page.at('annotation-menu-link').click();
  await page.at('toasts').getByText('Link copied').waitFor();
  const other = await lab.open(await page.read(() => navigator.clipboard.readText()));
  await other.until(
    'the link leads to the shape, large in the middle',
    (was) => {
      const { parfocal } = globalThis;
      const view = parfocal?.scene.views[parfocal.view];
      return parfocal?.watch === 'own' && view?.camera.zoom > was * 2;
    },
    zoom,
  );

  await open(...MIDDLE);
  await page.at('annotation-menu-zoom').click();
  await page.until(
    'it is larger',
    (was) => globalThis.parfocal.scene.views[0].camera.zoom > was * 2,
    zoom,
  );
  await page.answered();

  await open(...MIDDLE);
  await page.at('annotation-menu-remove').click();
  await page.untilAnnotations(0);
  await menu.waitFor({ state: 'detached' });
});

scenario('a viewer is told why the menu does not remove', known, async (lab) => {
  const ada = await lab.join('annotator', { name: 'Ada Lovelace' });
  await drawSquare(ada);
  const page = await lab.join('viewer');
  await page.untilAnnotations(1);
  await page.raw.mouse.click(...(await page.spot(...MIDDLE)), {
    button: 'right',
  });
  const remove = page.at('annotation-menu-remove');
  assert.equal(await remove.getAttribute('aria-disabled'), 'true');
  assert.match(await remove.getAttribute('data-tip'), /Your role is viewer/);
});

scenario('a finger that is held still opens the menu', known, async (lab) => {
  const phone = {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  };
  const ada = await lab.join('annotator', { name: 'Ada Lovelace' });
  await drawSquare(ada);
  const page = await lab.open(lab.server.link('presenter'), {
    ...phone,
    deviceScaleFactor: 2,
  });
  await page.untilAnnotations(1);
  await page.until('there is a picture', () => globalThis.parfocal.frame !== null);
  const hand = await page.context.newCDPSession(page.raw);
  const touch = (type, points) =>
    hand.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: points.map(([x, y]) => ({ x, y, id: 0 })),
    });
  const { camera } = await page.view();
  await touch('touchStart', [await page.spot(...MIDDLE)]);
  await page.at('annotation-menu').waitFor();
  await touch('touchEnd', []);
  await page.at('annotation-menu-remove').tap();
  await page.untilAnnotations(0);
  assert.deepEqual((await page.view()).camera, camera, 'the picture did not move');
});

scenario('Alt and a drag zoom into a box, whatever the tool is', known, async (lab) => {
  const page = await lab.join('presenter');
  await page.at('tool-points').click();
  const [from, to] = [await page.spot(0.3, 0.3), await page.spot(0.5, 0.4)];
  const corners = [await page.worldAt(...from), await page.worldAt(...to)];
  const before = (await page.view()).camera;
  await page.raw.keyboard.down('Alt');
  await page.pull(from, to);
  await page.raw.keyboard.up('Alt');
  await page.until(
    'the zoom changes',
    (was) => globalThis.parfocal.scene.views[0].camera.zoom !== was,
    before.zoom,
  );
  await page.answered();
  const { camera } = await page.view();
  assert.ok(Math.abs(camera.zoom / before.zoom - 5) < 0.1, `${camera.zoom / before.zoom}`);
  for (const axis of [0, 1])
    assert.ok(Math.abs(camera.center[axis] - (corners[0][axis] + corners[1][axis]) / 2) < 0.5);
  assert.equal((await page.scene()).layers.length, 1, 'nothing was drawn');
});
