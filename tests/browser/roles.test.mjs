/** What a role may not do, in the page and past it; and wishes that make no sense. */

import assert from 'node:assert/strict';

import { STAGE } from './page.mjs';
import { scenario } from './rig.mjs';
import { intruder } from './wire.mjs';

scenario('a viewer finds the stage locked, and is told why', {}, async (lab) => {
  const page = await lab.join('viewer');
  for (const id of ['dim-slider-t', 'gamma', 'opacity', 'contrast-high-number'])
    assert.ok(await page.at(id).isDisabled(), `${id} is locked`);
  for (const id of ['colormap', 'contrast-auto', 'contrast-high', 'zoom-in'])
    assert.equal(await page.at(id).getAttribute('aria-disabled'), 'true', `${id} is locked`);
  await page.at('dim-t').hover();
  const tip = page.raw.getByRole('tooltip');
  await tip.waitFor();
  assert.match(await tip.innerText(), /Your role is viewer; moving the stage needs presenter/);

  const before = await page.view(STAGE);
  await page.at('picture').focus();
  await page.raw.keyboard.press('ArrowRight');
  await page.at('toasts').getByText('Your role is viewer').waitFor();
  assert.deepEqual(await page.view(STAGE), before);

  await page.at('toast-action').click();
  await page.until(
    'the way out leads to a view of their own',
    () => globalThis.parfocal.view !== 0,
  );
  await page.drag('t', 3);
  assert.deepEqual(await page.view(STAGE), before, 'the stage did not move');
});

scenario('the server refuses what a page of a viewer would not ask', {}, async (lab) => {
  const page = await lab.join('presenter');
  const before = await page.read(() => globalThis.parfocal.scene);
  const axis = await page.axis('t');
  const { id: layer } = await page.image();
  const viewer = await intruder(lab.server, lab.server.token('viewer'));
  const change = { property: 'gamma', value: 2 };
  for (const intent of [
    { kind: 'set_point', view: STAGE, axis, value: 5 },
    { kind: 'set_camera', view: STAGE, center: [0, 0], zoom: 9 },
    { kind: 'set_layer', layer, change },
    { kind: 'set_override', view: await page.me(), layer, change },
    { kind: 'move_layer', layer, index: 0 },
    { kind: 'set_settings', change: { property: 'axes_visible', value: true } },
  ]) {
    const answer = await viewer.ask(intent);
    assert.equal(answer.type, 'reject', JSON.stringify(intent));
    assert.equal(answer.code, 'forbidden', JSON.stringify(intent));
  }
  // An edit of the page itself, so that anything before it would have arrived.
  await page.type('gamma-number', '1.3');
  await page.answered();
  const after = await page.read(() => globalThis.parfocal.scene);
  assert.deepEqual(after.settings, before.settings);
  assert.deepEqual(after.views[STAGE], before.views[STAGE]);
  const without = (layers) => layers.map(({ gamma, ...rest }) => rest);
  assert.deepEqual(without(after.layers), without(before.layers));
  assert.equal((await page.image()).gamma, 1.3);
  viewer.close();
});

scenario('a wish that the server refuses goes back, with the reason beside it', {}, async (lab) => {
  const page = await lab.join('presenter');
  const image = await page.image();
  const [low, high] = image.contrast_limits;
  await page.type('contrast-high-number', low - 5);
  const reason = page.at('inspector').getByRole('alert');
  await reason.waitFor();
  assert.match(await reason.innerText(), /contrast|limit/i);
  assert.equal(await page.at('contrast-high').getAttribute('aria-valuenow'), String(high));
  assert.deepEqual((await page.image()).contrast_limits, [low, high]);

  await page.type('gamma-number', 'much');
  assert.equal(await page.at('gamma-number').inputValue(), image.gamma.toFixed(2), 'no number');

  // A name of 100 letters that need three bytes each is longer than a name may be.
  await page.at(`layer-select-${image.id}`).dblclick();
  await page.at('layer-rename').fill('漢'.repeat(100));
  await page.at('layer-rename').press('Enter');
  const beside = page.at(`layer-${image.id}`).getByRole('alert');
  await beside.waitFor();
  assert.match(await beside.innerText(), /200/);
  assert.equal(await page.at(`layer-${image.id}`).getAttribute('data-name'), image.name);
});

scenario('a typed number is asked for once, and Escape takes it back', {}, async (lab) => {
  const page = await lab.join('presenter');
  const asked = () => page.wire.filter((line) => line.includes('→ {"type":"intent"'));
  const before = asked().length;
  for (const gamma of ['1.3', '1.4', '1.5', '1.6']) {
    await page.type('gamma-number', gamma);
    await page.answered();
  }
  assert.equal(asked().length - before, 4, page.wire.join('\n'));
  await page.at('gamma-number').click();
  await page.at('gamma-number').fill('3');
  await page.at('gamma-number').press('Escape');
  await page.type('opacity-number', '90');
  await page.answered();
  assert.equal(asked().length - before, 5, page.wire.join('\n'));
  assert.equal((await page.image()).gamma, 1.6);
});
