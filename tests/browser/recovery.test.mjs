/** The server is killed, and comes back. */

import assert from 'node:assert/strict';

import { report, scenario } from './rig.mjs';

scenario(
  'pages come back to a killed server, and nothing that it confirmed is lost',
  {},
  async (lab, t) => {
    // While the server is away, the browser itself says in the console that it cannot connect.
    const ada = await lab.join('presenter', { name: 'Ada Lovelace', noisy: true });
    const grace = await lab.join('viewer', { name: 'Grace Hopper', noisy: true });
    await ada.type('gamma-number', '1.7');
    await ada.answered();

    await lab.server.kill();
    for (const page of [ada, grace]) {
      await page.at('banner').waitFor();
      assert.match(await page.at('banner').innerText(), /Connection lost. Reconnecting/);
    }
    // A wish of the time in between waits, and is not lost either.
    await ada.type('opacity-number', '80');
    await ada.at('unsaved').waitFor();

    await lab.server.start();
    const back = performance.now();
    for (const page of [ada, grace]) {
      await page.until('the page is connected again', () => globalThis.parfocal.state === 'live');
      await page.at('banner').waitFor({ state: 'detached' });
    }
    report(
      t,
      `connected again ${Math.round(performance.now() - back)} ms after the server was back`,
    );
    await ada.answered();
    for (const page of [ada, grace]) {
      await page.until('both edits are in the mirror', () =>
        globalThis.parfocal.scene.layers.some(
          (layer) => layer.gamma === 1.7 && layer.opacity === 0.8,
        ),
      );
    }
    await ada.drag('t', 5);
    await grace.untilPosition('t', 5);
    const db = await Promise.all([ada.sees(32), grace.sees(32)]);
    report(t, `pictures after that: ${db.map((one) => one.toFixed(1)).join(' and ')} dB`);
  },
);
