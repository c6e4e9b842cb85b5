/** What people are told of their link and their pictures, and their own limit. */

import assert from 'node:assert/strict';

import { report, scenario } from './rig.mjs';
import { call } from './wire.mjs';

/** Longest time that the presenter holds a picture, milliseconds. */
const MAX_HELD_MS = 60;
const MBIT = 1e6;

/** Moves the camera about for a while, as a hand does, so that pictures flow. */
async function wander(page, moves = 60) {
  const [x, y] = await page.spot(0.5, 0.5);
  await page.raw.mouse.move(x, y);
  await page.raw.mouse.down();
  for (let at = 0; at < moves; at++)
    await page.raw.mouse.move(x + 120 * Math.sin(at / 9), y + 60 * Math.cos(at / 9));
  await page.raw.mouse.up();
  await page.answered();
}

/** Moves until the page was told something of its link. */
async function told(page, what, condition, argument) {
  for (let round = 0; round < 10; round++) {
    await wander(page);
    if (await page.read(condition, argument)) return;
  }
  const link = JSON.stringify(await page.read(() => globalThis.parfocal.stats.link));
  throw new Error(`the page was not told: ${what}; it was told ${link}`);
}

const linkIsKnown = () => globalThis.parfocal.stats.link !== null;

scenario('who moves is answered at once, and who watches sees it evenly', {}, async (lab, t) => {
  const mover = await lab.join('presenter', { name: 'Ada Lovelace' });
  const watcher = await lab.join('viewer', { name: 'Grace Hopper' });
  const leaks = [];
  for (const { raw } of [mover, watcher])
    raw.on('console', (said) => /VideoFrame/.test(said.text()) && leaks.push(said.text()));
  await wander(mover, 240);
  const shown = async (page) => {
    const { photonP50Ms, photonP95Ms, heldMs, dropped, frames, codec } = await page.read(
      () => globalThis.parfocal.stats,
    );
    report(t, JSON.stringify({ photonP50Ms, photonP95Ms, heldMs, dropped, frames }));
    assert.equal(codec, 'h264');
    assert.ok(frames > 2 * dropped, `${dropped} of ${frames} not shown`);
    return heldMs;
  };
  assert.ok((await shown(mover)) < 1, 'nothing that answers its user is held');
  assert.ok((await shown(watcher)) <= MAX_HELD_MS);
  for (const page of [mover, watcher])
    await page.until('the last picture is shown, exactly', () => globalThis.parfocal.frame.exact);
  assert.deepEqual(leaks, [], 'every frame was closed');
});

scenario('the panel says what comes, over what, and why', {}, async (lab) => {
  const page = await lab.join('presenter');
  const chip = await page.at('quality').innerText();
  assert.match(chip, /fps|Live/);
  await told(page, 'anything', linkIsKnown);
  await page.at('quality').click();
  const text = async (id) => (await page.at(`quality-${id}`).innerText()).replaceAll('\n', ' ');
  assert.match(await text('picture'), /\d+ × \d+, \d+ fps, [\d.]+ (M|k)bit\/s for you alone/);
  assert.match(await text('link'), /about [\d.]+ (M|k)bit\/s/);
  assert.match(await text('queue'), /[\d.]+ ms/);
  assert.match(await text('held'), /[\d.]+ ms/);
  assert.match(await text('dropped'), /none|\d+/);
  assert.match(await text('photon'), /[\d.]+ ms · p95 [\d.]+ ms/);
  assert.match(await text('why'), /\w+.*\./);
});

scenario('a limit of the user holds, is remembered, and is told as the reason', {}, async (lab) => {
  const page = await lab.join('presenter');
  await page.at('quality').click();
  await page.at('ceiling').selectOption(String(MBIT));
  await page.raw.keyboard.press('Escape');
  const limited = (most) => {
    const { link } = globalThis.parfocal.stats;
    // A busy machine that cannot decode so much is told that instead.
    return ['ceiling', 'decoder'].includes(link?.why) && link.bitrate_bps <= most;
  };
  await told(page, 'of a limit', limited, MBIT);
  await page.at('quality').click();
  await page
    .at('quality-why')
    .getByText(/at most 1\.0 Mbit\/s|slow at decoding/)
    .waitFor();

  await page.raw.reload();
  await page.live();
  await told(page, 'of the limit, after a reload', limited, MBIT);
  await page.at('quality').click();
  assert.equal(await page.at('ceiling').inputValue(), String(MBIT));
  await page.at('ceiling').selectOption('');
  await page.raw.keyboard.press('Escape');
  const free = () => globalThis.parfocal.stats.link.why !== 'ceiling';
  await told(page, 'that there is no limit', free);
});

scenario('an owner sees who gets which pictures, and why; nobody else does', {}, async (lab) => {
  const owner = await lab.join('owner', { name: 'Ada Lovelace' });
  const viewer = await lab.join('viewer', {
    name: 'Grace Hopper',
    query: '?codec=jpeg',
  });
  await wander(owner);
  await owner.at('people').click();
  await owner.at('streams-open').click();
  const row = owner.at(`stream-${await viewer.me()}`);
  await row.getByText('JPEG').waitFor();
  const text = (await row.innerText()).replaceAll(/\s+/g, ' ');
  assert.match(text, /Grace Hopper Viewer \d+ × \d+ · \d+ fps [CG]PU · JPEG, software · alone/);
  await owner
    .at(`stream-${await owner.me()}`)
    .getByText('H.264')
    .waitFor();
  await viewer.context.close();
  await row.waitFor({ state: 'detached' });
  await owner.raw.keyboard.press('Escape');
  await owner.at('streams-panel').waitFor({ state: 'detached' });

  const other = await lab.join('presenter');
  await other.at('people').click();
  assert.equal(await other.at('streams-open').count(), 0);
  const refused = await call(lab.server, 'presenter', 'GET', '/v1/sessions/main/streams');
  assert.equal(refused.status, 403);
});

scenario(
  'a card that is lost costs no picture, and the owner sees why',
  { card: true },
  async (lab) => {
    const page = await lab.join('owner', { name: 'Ada Lovelace' });
    await wander(page);
    await page.at('people').click();
    await page.at('streams-open').click();
    const row = page.at(`stream-${await page.me()}`);
    const by = (encoder) => row.locator(`[data-encoder="${encoder}"]`);
    await by('nvenc').getByText('H.264, NVENC').waitFor();
    const frames = () => page.read(() => globalThis.parfocal.stats.frames);
    const before = await frames();
    lab.server.card('lost');
    await page.raw.keyboard.press('Escape');
    await wander(page);
    assert.ok((await frames()) > before + 10, 'pictures go on');
    await page.at('people').click();
    await page.at('streams-open').click();
    await by('software').waitFor();
    assert.match(await by('software').getAttribute('data-tip'), /the device is gone.*tried again/);
    assert.equal(await page.read(() => globalThis.parfocal.stats.codec), 'h264');
    await page.until('the last picture is shown, exactly', () => globalThis.parfocal.frame.exact);
  },
);

scenario('on a phone the streams are cards in a sheet', {}, async (lab) => {
  const page = await lab.join('owner', {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
  });
  await page.at('tab-people').click();
  await page.at('streams-open').click();
  await page.at('sheet-streams').waitFor();
  const row = page.at(`stream-${await page.me()}`);
  await row.getByText('H.264').waitFor();
  const wide = await page.read(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(wide, false, 'nothing is wider than the screen');
});
