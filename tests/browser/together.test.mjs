/** Two people in one session: the stage, a view of one's own, and following. */

import assert from 'node:assert/strict';

import { STAGE } from './page.mjs';
import { report, scenario } from './rig.mjs';

/** What H.264 at the usual bit rate keeps of a picture at rest, in dB. A picture of the time before
 * or after, or with the old contrast, would be at 25 to 27. */
const SHARP = 32;
/** The same of many colours side by side, of which video keeps every second only. */
const COLOURFUL = 30;

/** Ada may move the stage, Grace too. */
async function two(lab) {
  const ada = await lab.join('presenter', { name: 'Ada Lovelace' });
  const grace = await lab.join('presenter', { name: 'Grace Hopper' });
  await ada.until('Ada sees that Grace came', () => globalThis.parfocal.participants.length === 2);
  return { ada, grace };
}

scenario('who drags t moves the slider and the picture of the other', {}, async (lab, t) => {
  const { ada, grace } = await two(lab);
  const before = await grace.read(() => globalThis.parfocal.frame.revision);
  await ada.drag('t', 9);
  await grace.untilPosition('t', 9);
  const points = await Promise.all(
    [ada, grace].map(async (page) => (await page.view(STAGE)).point),
  );
  assert.deepEqual(points[0], points[1], 'both mirrors say the same');
  await grace.until(
    'a picture of the new time comes',
    (revision) => globalThis.parfocal.frame.revision > revision,
    before,
  );
  const db = await Promise.all([ada.sees(SHARP), grace.sees(SHARP)]);
  report(t, `at rest: ${db.map((one) => one.toFixed(1)).join(' and ')} dB`);
});

scenario('who changes the contrast moves the handles of the other', {}, async (lab) => {
  const { ada, grace } = await two(lab);
  const { contrast_limits: before } = await ada.image();
  const high = Math.round(before[1] * 0.6);
  await ada.type('contrast-high-number', high);
  await grace.until(
    "the number in the other's inspector follows",
    (wanted) =>
      document.querySelector('[data-testid="contrast-high-number"]').ariaValueNow === wanted,
    String(high),
  );
  const handle = grace.at('contrast-high');
  assert.equal(await handle.getAttribute('aria-valuenow'), String(high));
  await grace.sees(SHARP);
});

scenario('a view of one’s own moves alone, looks different, and leads back', {}, async (lab) => {
  const { ada, grace } = await two(lab);
  const me = await grace.me();
  const stage = await ada.view(STAGE);
  await grace.at('mode-mine').click();
  await grace.until(
    'Grace looks at a view of her own',
    (id) => globalThis.parfocal.view === id,
    me,
  );
  await grace.drag('z', 0);
  await grace.at('colormap').click();
  await grace.at('colormap-magma').click();
  await grace.answered();
  assert.deepEqual(await ada.view(STAGE), stage, 'the stage did not move');
  const image = await grace.image();
  assert.notEqual(image.colormap, 'magma', 'the layer looks for others as before');
  const overrides = (await grace.view(me)).overrides[image.id];
  assert.deepEqual(overrides, [{ property: 'colormap', value: 'magma' }]);
  await grace.sees(COLOURFUL);
  await ada.sees(SHARP);

  await grace.raw.keyboard.press('Escape');
  await grace.at('mode-stage').click();
  await grace.until('Grace is back on the stage', () => globalThis.parfocal.view === 0);
  await grace.untilPosition('z', await ada.position('z'));
  await grace.sees(SHARP);
});

scenario('who follows somebody sees what they see', {}, async (lab) => {
  const { ada, grace } = await two(lab);
  const leader = await grace.me();
  await grace.at('mode-mine').click();
  await grace.until(
    'Grace looks at a view of her own',
    (id) => globalThis.parfocal.view === id,
    leader,
  );
  await ada.at(`avatar-${leader}`).click();
  await ada.until(
    'Ada is led to the view of Grace',
    (id) => globalThis.parfocal.view === id,
    leader,
  );
  assert.equal(await ada.at('modes').getAttribute('data-mode'), 'follow');
  await grace.drag('t', 7);
  await ada.untilPosition('t', 7);
  await ada.sees(SHARP);
  assert.equal((await ada.view(STAGE)).point[await ada.axis('t')], 0, 'the stage stays');
  await ada.at(`avatar-${leader}`).click();
  await ada.until('Ada is back on the stage', () => globalThis.parfocal.view === 0);
});
