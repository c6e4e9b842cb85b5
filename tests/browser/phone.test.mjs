/** On a phone: sheets, touch, and nothing beyond the edge. */

import assert from 'node:assert/strict';

import { STAGE } from './page.mjs';
import { scenario } from './rig.mjs';

const PHONE = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  deviceScaleFactor: 2,
};

/** Fingers, by the browser's own input events. */
class Hand {
  constructor(cdp) {
    this.cdp = cdp;
  }

  static async of(page) {
    return new Hand(await page.context.newCDPSession(page.raw));
  }

  touch(type, ...points) {
    const touchPoints = points.map(([x, y], id) => ({ x, y, id }));
    return this.cdp.send('Input.dispatchTouchEvent', { type, touchPoints });
  }

  /** Moves fingers along lines, in steps. */
  async move(from, to, steps = 8) {
    await this.touch('touchStart', ...from);
    for (let step = 1; step <= steps; step++) {
      const at = from.map(([x, y], finger) => {
        const [u, v] = to[finger];
        return [x + ((u - x) * step) / steps, y + ((v - y) * step) / steps];
      });
      await this.touch('touchMove', ...at);
    }
    await this.touch('touchEnd');
  }
}

async function fits(page, what) {
  const { wide, screen } = await page.read(() => ({
    wide: document.scrollingElement.scrollWidth,
    screen: globalThis.innerWidth,
  }));
  assert.ok(wide <= screen && screen === 390, `${what}: ${wide} of ${screen} pixels wide`);
}

scenario('on a phone the sheets open, and nothing is wider than the screen', {}, async (lab) => {
  const page = await lab.join('presenter', PHONE);
  await fits(page, 'the picture');
  for (const name of ['layers', 'inspector', 'people', 'view']) {
    await page.at(`tab-${name}`).tap();
    await page.at(`sheet-${name}`).waitFor();
    await fits(page, name);
    await page.at('sheet-close').tap();
    await page.at(`sheet-${name}`).waitFor({ state: 'detached' });
  }
  await page.at('tab-layers').tap();
  const { id } = (await page.scene()).layers[0];
  await page.at(`layer-eye-${id}`).tap();
  await page.until('the layer is hidden', () => !globalThis.parfocal.scene.layers[0].visible);
});

scenario('on a phone a finger moves t, and two fingers zoom where they are', {}, async (lab) => {
  const page = await lab.join('presenter', PHONE);
  const hand = await Hand.of(page);
  const slider = await page.at('dim-slider-t').boundingBox();
  const y = slider.y + slider.height / 2;
  const [from, to] = [slider.x + 8, slider.x + slider.width * 0.5];
  await hand.move([[from, y]], [[to, y]]);
  const axis = await page.axis('t');
  await page.until('t moved', (at) => globalThis.parfocal.scene.views[0].point[at] > 3, axis);
  await page.answered();

  const box = await page.place();
  const middle = [box.x + box.width * 0.5, box.y + box.height * 0.4];
  const before = { world: await page.worldAt(...middle), camera: (await page.view(STAGE)).camera };
  const around = (distance) => [
    [middle[0] - distance, middle[1]],
    [middle[0] + distance, middle[1]],
  ];
  await hand.move(around(40), around(100));
  await page.until(
    'the zoom changes',
    (zoom) => globalThis.parfocal.scene.views[0].camera.zoom > zoom * 2,
    before.camera.zoom,
  );
  await page.answered();
  const { camera } = await page.view(STAGE);
  assert.ok(
    Math.abs(camera.zoom / before.camera.zoom - 2.5) < 0.15,
    `${camera.zoom / before.camera.zoom}`,
  );
  const world = await page.worldAt(...middle);
  const off = Math.hypot(world[0] - before.world[0], world[1] - before.world[1]) * camera.zoom;
  assert.ok(off < 4, `the point between the fingers moved by ${off} pixels of the picture`);
  await page.sees(30);
});
