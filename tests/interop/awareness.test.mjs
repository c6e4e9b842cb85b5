/** Who is here, as Yjs programs show it. */

import assert from 'node:assert/strict';

import { encoding } from 'lib0';
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness';
import * as Y from 'yjs';

import { scenario } from './rig.mjs';

const state = (client, of) => client.awareness.getStates().get(of.doc.clientID);

scenario('everybody sees everybody, under the names of their tokens', async (lab) => {
  const ada = await lab.y('annotator', { name: 'Ada' }).synced();
  const vera = await lab.y('viewer', { name: 'Vera' }).synced();
  ada.awareness.setLocalState({ user: { name: 'Mallory', color: '#ff0000' }, cursor: [1, 2] });
  vera.awareness.setLocalState({ user: { name: 'Mallory' }, cursor: [3, 4] });
  await vera.until('sees Ada', () => state(vera, ada)?.cursor);
  await ada.until('sees Vera', () => state(ada, vera)?.cursor);
  assert.equal(state(vera, ada).user.name, 'Ada');
  assert.deepEqual(state(vera, ada).cursor, [1, 2]);
  assert.equal(state(ada, vera).user.name, 'Vera');

  // Who comes later sees them too, and who leaves is gone.
  const late = await lab.hocuspocus('viewer', { name: 'Lou' }).synced();
  await late.until('sees both', () => state(late, ada)?.cursor && state(late, vera)?.cursor);
  assert.equal(state(late, ada).user.name, 'Ada');
  ada.provider.disconnect();
  await vera.until('Ada is gone', () => !state(vera, ada));
});

scenario('nobody can say where another is, or that they are gone', async (lab) => {
  const alice = await lab.y('annotator', { name: 'Alice' }).synced();
  const bob = await lab.y('viewer', { name: 'Bob' }).synced();
  const mallory = await lab.y('annotator', { name: 'Mallory' }).synced();
  alice.awareness.setLocalStateField('cursor', [1, 1]);
  await bob.until('sees Alice', () => state(bob, alice)?.cursor);

  for (const forged of [{ user: { name: 'Alice' }, cursor: [666, 666] }, null]) {
    const doc = new Y.Doc();
    doc.clientID = alice.doc.clientID;
    const awareness = new Awareness(doc);
    for (let clock = 0; clock < 50; clock++) awareness.setLocalState(forged ?? {});
    awareness.setLocalState(forged);
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, 1);
    const update = encodeAwarenessUpdate(awareness, [doc.clientID]);
    encoding.writeVarUint8Array(encoder, update);
    mallory.send(encoding.toUint8Array(encoder));
    awareness.destroy();
    // What Mallory says next of themselves comes after it on the same way.
    const mark = forged ? 'first' : 'second';
    mallory.awareness.setLocalStateField('mark', mark);
    await bob.until('hears Mallory', () => state(bob, mallory)?.mark === mark);
    assert.deepEqual(state(bob, alice)?.cursor, [1, 1]);
    assert.deepEqual(alice.awareness.getLocalState().cursor, [1, 1]);
  }
  alice.awareness.setLocalStateField('cursor', [2, 2]);
  await bob.until('sees Alice move', () => state(bob, alice).cursor[0] === 2);
});

scenario('who says nothing for half a minute stays connected', async (lab) => {
  const quiet = await lab.y('viewer').synced();
  const other = await lab.y('viewer', { name: 'Other' }).synced();
  quiet.awareness.setLocalStateField('here', true);
  await other.until('sees them', () => state(other, quiet)?.here);
  const { provider, awareness } = quiet;
  // y-websocket looks every 3 s: it renews its awareness after 15 s, and reconnects when nothing,
  // not even that, came back for 30 s. So its clocks are put back, instead of waiting.
  const meta = () => awareness.meta.get(quiet.doc.clientID);
  const now = Date.now();
  meta().lastUpdated = now - 16_000;
  provider.wsLastMessageReceived = now - 26_000;
  await quiet.until('what it renews comes back', () => {
    return meta().lastUpdated >= now && provider.wsLastMessageReceived >= meta().lastUpdated;
  });
  assert.equal(quiet.opened, 1);
});
