/** Bytes that no client should send: nothing comes of them, least of all a reconnect loop. */

import assert from 'node:assert/strict';

import { point, scenario } from './rig.mjs';

/** Frames that say nothing sensible. */
const BROKEN = {
  'an empty frame': [],
  'half a message': [0],
  'an unknown message': [99, 1, 2, 3],
  'an unknown kind of sync': [0, 7, 1, 0],
  'an update that is cut off': [0, 2, 200, 1, 1, 1],
  'an update that is none': [0, 2, 4, 255, 255, 255, 255],
  'a length beyond all bounds': [0, 2, 255, 255, 255, 255, 127, 0],
  'a state vector that claims 250 million entries': [0, 0, 5, 128, 229, 154, 119, 0],
  'an awareness that claims 200 million': [1, 5, 128, 132, 175, 95, 0],
  'a message only the server sends': [2, 0, 1, 65],
};

for (const [what, bytes] of Object.entries(BROKEN)) {
  scenario(`${what} makes no reconnect loop`, async (lab) => {
    const layer = await lab.layer();
    const reader = await lab.y('viewer').synced();
    const clumsy = await lab.y('annotator').synced();
    clumsy.send(Uint8Array.from(bytes));
    clumsy.annotations.set('after', point(layer, 1, 1));
    await clumsy.until('goes on, or is told to stop', () => {
      return clumsy.closed || clumsy.annotation('after')?.author === 'annotator';
    });
    if (clumsy.closed) assert.ok(!clumsy.provider.shouldConnect);
    assert.equal(clumsy.opened, 1);
    const other = await lab.y('annotator', { name: 'Other' }).synced();
    other.annotations.set('fine', point(layer, 2, 2));
    await reader.sees('fine');
    assert.equal(reader.opened, 1);
  });
}

/** Megabytes of an update, and how many connections it may cost: above 16 the socket reads no more. */
for (const [megabytes, connections] of [
  [6, 1],
  [17, 2],
]) {
  for (const kind of ['y', 'hocuspocus']) {
    scenario(`an update of ${megabytes} MB makes no reconnect loop (${kind})`, async (lab) => {
      const layer = await lab.layer();
      const greedy = await lab[kind]('annotator').synced();
      const text = 'x'.repeat(megabytes << 20);
      greedy.annotations.set('huge', point(layer, 1, 1, { text }));
      const again = () => greedy.opened === connections && greedy.provider.synced;
      await greedy.until('is told, or comes back', () => greedy.refusals.length || again());

      const other = await lab.y('annotator', { name: 'Other' }).synced();
      for (const id of ['fine', 'finer']) {
        other.annotations.set(id, point(layer, 2, 2));
        await greedy.sees(id);
      }
      const late = await lab.y('viewer').synced();
      assert.equal(late.annotation('huge'), undefined);
      assert.equal(greedy.opened, connections);
    });
  }
}

scenario('a token that is not valid ends it for good, with a reason', async (lab) => {
  for (const query of [false, true]) {
    const stranger = lab.y('viewer', { token: 'nonsense', query });
    const { code, reason } = await stranger.until('is turned away', () => stranger.closed);
    assert.equal(code, 4401);
    assert.equal(reason, 'unauthorized');
  }
});
