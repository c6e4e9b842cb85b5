/** The page of all sessions. */

import assert from 'node:assert/strict';

import { scenario } from './rig.mjs';
import { known } from './three.mjs';

scenario('a session that was taken home comes back as a new one', known, async (lab) => {
  const ada = await lab.join('annotator', { name: 'Ada Lovelace' });
  await ada.at('tool-points').click();
  await ada.click([0.4, 0.4]);
  await ada.untilAnnotations(1);
  await ada.answered();
  const headers = { authorization: `Bearer ${lab.server.token('viewer')}` };
  const file = await fetch(`${lab.server.origin}/v1/sessions/main/file`, { headers });
  assert.equal(file.status, 200);

  const link = new URL(lab.server.linkFor('Ada Lovelace', 'owner', { session: '*' }));
  const page = await lab.open(`${lab.server.origin}/${link.hash}`);
  const rows = page.at('session-list').getByRole('listitem');
  await rows.first().waitFor();
  assert.equal(await rows.count(), 1);
  const tar = { mimeType: 'application/x-tar', buffer: Buffer.from(await file.arrayBuffer()) };
  const load = (name, part) => page.at('session-import').setInputFiles({ ...part, name });
  await load('main.parfocal.tar', tar);
  await rows.nth(1).waitFor();
  const titles = page.at('session-list').getByRole('link');
  const paths = await titles.evaluateAll((all) => all.map(({ href }) => new URL(href).pathname));
  const imported = paths.find((path) => path !== '/s/main');
  await page.raw.goto(`${lab.server.origin}${imported}${link.hash}`);
  await page.live();
  await page.untilAnnotations(1);
});
