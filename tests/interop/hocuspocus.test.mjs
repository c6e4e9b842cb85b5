/** npm's `@hocuspocus/provider`: reading, writing, and when something is saved. */

import assert from 'node:assert/strict';

import * as Y from 'yjs';

import { point, same, scenario } from './rig.mjs';

scenario('it reads the live scene, and writes what everybody sees', async (lab) => {
  const scene = await lab.hocuspocus('viewer', { domain: 'scene' }).synced();
  assert.equal(scene.doc.getMap('scene').get('schema'), 1);
  assert.equal(scene.provider.authorizedScope, 'readonly');

  const layer = await lab.layer();
  const writer = await lab.hocuspocus('annotator', { name: 'Ada' }).synced();
  assert.equal(writer.provider.authorizedScope, 'read-write');
  const reader = await lab.y('viewer').synced();
  const participant = await lab.join('viewer', 'Vera');
  writer.annotations.set('cell-1', point(layer, 10, 20));
  for (const client of [reader, participant]) {
    await client.sees('cell-1', (found) => found?.author === 'Ada');
  }
  await writer.until('is the same', () => same(writer, reader));
});

scenario('"saved" is true: what is said to be survives a power cut', async (lab) => {
  const layer = await lab.layer();
  const doc = new Y.Doc();
  doc.getMap('annotations').set('before', point(layer, 1, 1));
  const writer = await lab.hocuspocus('annotator', { doc }).synced();
  await writer.saved();
  for (let at = 0; at < 20; at++) {
    writer.annotations.set(`cell-${at}`, point(layer, at, at));
    assert.ok(writer.provider.unsyncedChanges > 0, 'not saved before the server says so');
  }
  await writer.saved();
  await lab.server.kill();
  writer.provider.disconnect();
  await lab.server.start();
  const reader = await lab.y('viewer').synced();
  assert.equal(reader.annotations.size, 21);
});

scenario("a viewer's change is never said to be saved", async (lab) => {
  const layer = await lab.layer();
  const viewer = await lab.hocuspocus('viewer').synced();
  const reader = await lab.y('viewer').synced();
  viewer.annotations.set('new', point(layer, 1, 1));
  const annotator = await lab.y('annotator').synced();
  annotator.annotations.set('marker', point(layer, 2, 2));
  await viewer.sees('marker');
  assert.ok(viewer.provider.unsyncedChanges > 0);
  await reader.sees('marker');
  assert.equal(reader.annotation('new'), undefined);
  assert.equal(viewer.opened, 1, 'one connection all the time');
});

scenario('a wrong token is refused with a reason', async (lab) => {
  const stranger = lab.hocuspocus('viewer', { token: 'nonsense' });
  await stranger.until('is told', () => stranger.refusals.length > 0);
  assert.ok(stranger.refusals[0].length > 0);
  assert.equal(stranger.doc.share.get('annotations')._map.size, 0);
});
