/** npm's y-websocket: reading, writing, and what is refused. */

import assert from 'node:assert/strict';

import * as Y from 'yjs';

import { point, same, scenario } from './rig.mjs';

for (const query of [false, true]) {
  const how = query ? 'in the query' : 'as a subprotocol';
  scenario(`the live scene is read with a token ${how}`, async (lab) => {
    const reader = await lab.y('viewer', { domain: 'scene', query }).synced();
    const scene = reader.doc.getMap('scene');
    assert.equal(scene.get('schema'), 1);
    const [layer] = scene.get('order');
    const presenter = await lab.join('presenter');
    const change = { property: 'opacity', value: 0.25 };
    const answer = await presenter.ask({ kind: 'set_layer', layer, change });
    assert.equal(answer.type, 'ack');
    const opacity = () => reader.doc.getMap('layers').get(String(layer)).get('opacity');
    await reader.until('sees the change', () => opacity() === 0.25);
  });
}

scenario('what an annotator writes is seen by everybody', async (lab) => {
  const layer = await lab.layer();
  const writer = await lab.y('annotator', { name: 'Ada' }).synced();
  const reader = await lab.y('viewer').synced();
  const participant = await lab.join('viewer', 'Vera');
  writer.annotations.set('cell-1', point(layer, 10, 20, { author: 'Mallory' }));
  for (const client of [reader, participant]) {
    const seen = await client.sees('cell-1', (found) => found?.author === 'Ada');
    assert.deepEqual(seen.vertices, [[10, 20]]);
    assert.ok(seen.created > 1.7e12, 'the server says when');
  }
  await writer.until('has what the server made of it', () => same(writer, reader));
  assert.deepEqual(writer.refusals, []);

  const change = { property: 'vertices', value: [[11, 21]] };
  const intent = { kind: 'change_annotation', annotation: 'cell-1', change };
  const annotator = await lab.join('annotator', 'Ben');
  assert.equal((await annotator.ask(intent)).type, 'ack');
  await writer.sees('cell-1', (found) => found.vertices[0][0] === 11);
  writer.annotations.delete('cell-1');
  await participant.until('sees it go', () => !participant.annotation('cell-1'));
  await reader.until('is the same', () => same(writer, reader));
});

scenario("a viewer's write is refused with a reason, and reading goes on", async (lab) => {
  const layer = await lab.layer();
  const writer = await lab.y('annotator').synced();
  writer.annotations.set('there', point(layer, 1, 1));
  const viewer = await lab.y('viewer').synced();
  await viewer.sees('there', (found) => found?.author === 'annotator');
  viewer.annotations.set('there', point(layer, 2, 2));
  viewer.annotations.set('new', point(layer, 3, 3));
  await viewer.until('is told', () => viewer.refusals.length > 0);
  assert.match(viewer.refusals[0], /^read_only: /);

  writer.annotations.set('later', point(layer, 4, 4));
  await viewer.sees('later');
  assert.equal(viewer.opened, 1, 'one connection all the time');
  const late = await lab.y('viewer', { name: 'Lou' }).synced();
  assert.deepEqual(late.annotation('there').vertices, [[1, 1]]);
  assert.equal(late.annotation('new'), undefined);
});

scenario("what is not one's own to change is put back, with a reason", async (lab) => {
  const layer = await lab.layer();
  const alice = await lab.y('annotator', { name: 'Alice' }).synced();
  alice.annotations.set('hers', point(layer, 1, 1));
  const host = await lab.join('owner', 'Olga');
  const change = { property: 'edit_scope', value: 'own' };
  assert.equal((await host.ask({ kind: 'set_layer', layer, change })).type, 'ack');
  const ben = await lab.y('annotator', { name: 'Ben' }).synced();
  await ben.sees('hers');
  ben.annotations.set('hers', point(layer, 666, 666));
  await ben.until('is told', () => ben.refusals.length > 0);
  assert.match(ben.refusals[0], /made oneself/);
  await ben.sees('hers', (found) => found.vertices[0][0] === 1);
  ben.annotations.delete('hers');
  await ben.until('is told again', () => ben.refusals.length > 1);
  await ben.sees('hers');
  await ben.until('is the same', () => same(alice, ben));
});

scenario('the scene cannot be written, by nobody', async (lab) => {
  const owner = await lab.y('owner', { domain: 'scene' }).synced();
  const reader = await lab.y('viewer', { domain: 'scene' }).synced();
  const before = reader.doc.getMap('scene').toJSON();
  owner.doc.getMap('scene').set('schema', 99);
  await owner.until('is told', () => owner.refusals.length > 0);
  const late = await lab.y('viewer', { domain: 'scene' }).synced();
  assert.deepEqual(late.doc.getMap('scene').toJSON(), before);
  assert.deepEqual(reader.doc.getMap('scene').toJSON(), before);
});

scenario(
  'what breaks a rule is put back, and what the same update else says stays',
  async (lab) => {
    const layer = await lab.layer();
    const writer = await lab.y('annotator').synced();
    writer.doc.transact(() => {
      writer.annotations.set('good', point(layer, 1, 1));
      writer.annotations.set('bad', point(4242, 1, 1));
    });
    await writer.until('is told', () => writer.refusals.length > 0);
    await writer.until('the bad one is gone', () => !writer.annotation('bad'));
    const reader = await lab.y('viewer').synced();
    await writer.until('is the same', () => same(writer, reader));
    assert.deepEqual(Object.keys(reader.annotations.toJSON()), ['good']);
  },
);

scenario("nobody writes under another's client id", async (lab) => {
  const layer = await lab.layer();
  const alice = await lab.y('annotator', { name: 'Alice' }).synced();
  alice.annotations.set('hers', point(layer, 1, 1));
  const reader = await lab.y('viewer').synced();
  await reader.sees('hers', (found) => found?.author === 'Alice');

  // What Alice will write next is written by Mallory first.
  const stolen = new Y.Doc();
  Y.applyUpdate(stolen, Y.encodeStateAsUpdate(alice.doc));
  stolen.clientID = alice.doc.clientID;
  const mallory = lab.y('annotator', { name: 'Mallory', doc: stolen });
  await mallory.synced();
  mallory.annotations.set('hers', point(layer, 666, 666));
  await mallory.until('is told', () => mallory.refusals.length > 0);
  assert.match(mallory.refusals[0], /client_id/);

  alice.annotations.set('hers', point(layer, 2, 2));
  await reader.sees('hers', (found) => found.vertices[0][0] === 2);
  await reader.until('is the same', () => same(alice, reader));
  assert.deepEqual(alice.refusals, []);
});

scenario('edits made before connecting, and while the server was away, arrive', async (lab) => {
  const layer = await lab.layer();
  const doc = new Y.Doc();
  doc.getMap('annotations').set('early', point(layer, 5, 5));
  const writer = await lab.y('annotator', { doc }).synced();
  const reader = await lab.y('viewer').synced();
  await reader.sees('early');

  await lab.server.kill();
  await writer.until('notices', () => !writer.provider.wsconnected);
  writer.annotations.set('offline', point(layer, 6, 6));
  await lab.server.start();
  await reader.sees('offline', (found) => found?.author === 'annotator');
  await writer.until('is the same', () => same(writer, reader));
});

scenario('what got lost on the way is asked for again', async (lab) => {
  const layer = await lab.layer();
  const writer = await lab.y('annotator').synced();
  const { ws } = writer.provider;
  const { send } = ws;
  ws.send = () => {};
  writer.annotations.set('lost', point(layer, 1, 1));
  ws.send = send;
  writer.annotations.set('next', point(layer, 2, 2));
  const reader = await lab.y('viewer').synced();
  await reader.sees('lost');
  await reader.sees('next');
  await writer.until('is the same', () => same(writer, reader));
  assert.deepEqual(writer.refusals, []);
});

scenario('only plain annotations are taken', async (lab) => {
  const layer = await lab.layer();
  const foreign = {
    'another root map': (doc) => doc.getMap('evil').set('a', 1),
    "the server's own map": (doc) => doc.getMap('writers').set('1', 'Mallory'),
    'a text': (doc) => doc.getText('text').insert(0, 'words'),
    'a nested map': (doc) => doc.getMap('annotations').set('nested', new Y.Map()),
  };
  for (const [what, write] of Object.entries(foreign)) {
    const mallory = await lab.y('annotator', { name: 'Mallory' }).synced();
    write(mallory.doc);
    await mallory.until(`is told of ${what}`, () => mallory.refusals.length > 0);
    assert.match(mallory.refusals[0], /^(forbidden|malformed): /);
  }
  const writer = await lab.y('annotator').synced();
  writer.annotations.set('fine', point(layer, 1, 1));
  const late = await lab.y('viewer').synced();
  await late.sees('fine', (found) => found?.author === 'annotator');
  assert.deepEqual([...late.doc.share.keys()].sort(), ['annotations', 'meta', 'writers']);
  assert.ok(!JSON.stringify(late.doc.getMap('writers')).includes('Mallory'));
});
