/** A track, drawn by a click at each time. */

import assert from 'node:assert/strict';

import { scenario } from './rig.mjs';

const WAY = [
  [0.4, 0.4],
  [0.45, 0.45],
  [0.55, 0.5],
];

scenario('who clicks where it is at each time has a track', {}, async (lab) => {
  const page = await lab.join('presenter');
  const t = await page.axis('t');
  await page.at('picture').focus();
  await page.raw.keyboard.press('q');
  const wanted = [];
  for (const spot of WAY) wanted.push(await page.worldAt(...(await page.spot(...spot))));
  await page.click(...WAY);
  await page.untilPosition('t', WAY.length);
  // Back to a time that has a point: a click moves it.
  await page.drag('t', 1);
  wanted[1] = await page.worldAt(...(await page.spot(0.5, 0.4)));
  await page.click([0.5, 0.4]);
  await page.untilPosition('t', 2);
  await page.at('draft-finish').click();
  await page.untilAnnotations(1);
  const [track] = Object.values(await page.annotations());
  assert.equal(track.shape, 'track');
  const { step, start } = (await page.scene()).axes[t];
  assert.deepEqual(
    track.vertices.map((vertex) => vertex[t]),
    WAY.map((_, at) => start + at * step),
  );
  track.vertices.forEach((vertex, at) => {
    const off = Math.hypot(vertex.at(-2) - wanted[at][0], vertex.at(-1) - wanted[at][1]);
    assert.ok(off < 0.5, `vertex ${at} is ${off} from where it was clicked`);
  });
  assert.equal((await page.scene()).layers.at(-1).kind, 'tracks');
});
