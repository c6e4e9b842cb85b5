/** Links that do not lead in, and the page without a session. */

import assert from 'node:assert/strict';

import { scenario } from './rig.mjs';
import { forged } from './wire.mjs';

async function refused(lab, link, title, code) {
  const page = await lab.open(link);
  await page.at('refused').waitFor();
  assert.match(await page.at('refused').innerText(), code);
  assert.equal(await page.raw.getByRole('heading', { level: 1 }).innerText(), title);
  assert.equal(await page.at('canvas').isVisible(), false, 'no picture');
  await page.context.close();
}

scenario('a link that does not lead in says what is wrong and what to do', {}, async (lab) => {
  const { server } = lab;
  const [secret, past] = [server.secret(), Math.floor(Date.now() / 1000) - 3600];
  const at = (token, session = 'main') => `${server.origin}/s/${session}#token=${token}`;
  const expired = forged(secret, { iat: past, exp: past + 60 });
  await refused(lab, at(expired), 'This link has expired', /token_expired/);
  await refused(lab, at('nonsense'), 'This link is not valid', /token_invalid/);
  const foreign = forged('another secret of thirty-two bytes', {});
  await refused(lab, at(foreign), 'This link is not valid', /token_signature/);
  const other = server.linkFor('Eve', 'owner', { session: 'other', path: 'main' });
  await refused(lab, other, 'This link is for another session', /token_other_session/);
  const gone = server.linkFor('Eve', 'owner', { session: 'gone' });
  await refused(lab, gone, 'This session is not open', /session_unknown/);
  const good = await lab.open(at(forged(secret, {})));
  await good.live();
});

scenario('a link without its end says that its end is missing', {}, async (lab) => {
  const page = await lab.open(`${lab.server.origin}/s/main`);
  const text = await page.at('no-token').innerText();
  assert.match(text, /This link is not complete/);
  assert.match(text, /parfocal token --role presenter --session main/);
});

scenario('the address of the server alone says how to begin', {}, async (lab) => {
  const page = await lab.open(`${lab.server.origin}/`);
  const text = await page.at('first-run').innerText();
  for (const part of [/parfocal serve/, /cargo xtask demo/, /OME-Zarr/]) assert.match(text, part);
});
