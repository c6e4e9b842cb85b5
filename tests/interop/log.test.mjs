/** What the server writes down. */

import assert from 'node:assert/strict';

import { scenario } from './rig.mjs';

process.env.RUST_LOG = 'trace';

scenario('a token in the query is never in the log', async (lab) => {
  const said = [];
  for (const stream of [lab.server.child.stdout, lab.server.child.stderr]) {
    stream.on('data', (bytes) => said.push(bytes));
  }
  const token = lab.token('annotator');
  const reader = await lab.y('annotator', { token, query: true }).synced();
  const wrong = `${token.slice(0, -4)}AAAA`;
  const stranger = lab.y('annotator', { token: wrong, query: true });
  await stranger.until('is turned away', () => stranger.ended);
  reader.close();
  lab.server.child.kill('SIGTERM');
  await lab.server.gone;
  const log = Buffer.concat(said).toString();
  assert.ok(log.length > 0, 'something is logged');
  for (const secret of [token, wrong]) {
    // All tokens begin alike, also those of the links that the server prints.
    const [, ...parts] = secret.split('.');
    for (const part of parts) assert.ok(!log.includes(part), 'no part of a token');
  }
});
