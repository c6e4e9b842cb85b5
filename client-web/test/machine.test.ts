/** The client machine in virtual time, against a server that the tests play themselves. */

import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import {
  BACK_OFF_MS,
  CONNECT_TIMEOUT_MS,
  Machine,
  MAX_BACK_OFF_MS,
  type Input,
  type Output,
} from '../src/core/machine';
import {
  decodeClient,
  SILENCE_MS,
  type ClientMessage,
  type Intent,
  type ServerMessage,
} from '../src/protocol';

const CLIENT = '0123456789abcdef0123456789abcdef';
const gamma = (value: number, layer = 1): Intent => ({
  kind: 'set_layer',
  layer,
  change: { property: 'gamma', value },
});
const visible = (value: boolean): Intent => ({
  kind: 'set_layer',
  layer: 1,
  change: { property: 'visible', value },
});

/** A mirror update as the server frames it. */
function framed(
  kind: 1 | 2 | 3,
  revision: number,
  bytes: Uint8Array,
  cause = 0,
  domain = 0,
): Uint8Array {
  const out = new Uint8Array(16 + bytes.length);
  const view = new DataView(out.buffer);
  view.setUint8(0, kind);
  view.setUint8(1, domain);
  view.setUint32(4, cause, true);
  view.setBigUint64(8, BigInt(revision), true);
  out.set(bytes, 16);
  return out;
}

class Rig {
  now = 1_000;
  readonly machine = new Machine({
    session: 'main',
    token: 't',
    client: CLIENT,
    codecs: ['h264', 'jpeg', 'png'],
  });
  readonly doc = new Y.Doc();
  sent: ClientMessage[] = [];
  out: Output[] = [];

  constructor() {
    this.setGamma(1);
  }

  setGamma(value: number): Uint8Array {
    const before = Y.encodeStateVector(this.doc);
    this.doc.getMap('scene').set('order', [1]);
    const layers = this.doc.getMap<Y.Map<unknown>>('layers');
    if (!layers.has('1')) layers.set('1', new Y.Map());
    layers.get('1')!.set('gamma', value);
    return Y.encodeStateAsUpdate(this.doc, before);
  }

  input(input: Input): Output[] {
    const out = this.machine.handle(input, this.now);
    this.out.push(...out);
    for (const each of out) if (each.kind === 'send') this.sent.push(decodeClient(each.text));
    return out;
  }

  say(message: ServerMessage): Output[] {
    return this.input({ kind: 'text', text: JSON.stringify(message) });
  }

  ask(intent: Intent): void {
    this.input({ kind: 'ask', ask: { what: 'intent', intent } });
  }

  welcome(over: object = {}): void {
    this.say({
      type: 'welcome',
      version: 2,
      session: 'main',
      participant: 2,
      role: 'presenter',
      subject: 'ada@lab',
      reset: false,
      answered: 0,
      ticket: 'ticket',
      heartbeat_ms: 5_000,
      ...over,
    });
  }

  sync(kind: 1 | 3 = 1): void {
    this.input({ kind: 'binary', bytes: framed(kind, 1, Y.encodeStateAsUpdate(this.doc)) });
  }

  live(welcome: object = {}): this {
    this.input({ kind: 'start' });
    this.input({ kind: 'opened' });
    this.welcome(welcome);
    this.sync();
    return this;
  }

  /** Lets time pass, with timers as the shell would run them. */
  wait(ms: number): void {
    const end = this.now + ms;
    for (
      let at = this.machine.deadline(this.now);
      at <= end;
      at = this.machine.deadline(this.now)
    ) {
      this.now = Math.max(this.now, at);
      this.input({ kind: 'timer' });
    }
    this.now = end;
  }

  intents(): { seq: number; intent: Intent }[] {
    return this.sent.flatMap((message) => (message.type === 'intent' ? message : []));
  }

  kinds(): string[] {
    return this.out.map(({ kind }) => kind);
  }
}

describe('the handshake', () => {
  it('says hello, waits for the mirror, then attaches the pixel channel', () => {
    const rig = new Rig();
    rig.input({ kind: 'start' });
    rig.input({ kind: 'opened' });
    expect(rig.sent).toEqual([
      {
        type: 'hello',
        version: 2,
        session: 'main',
        token: 't',
        client: CLIENT,
        codecs: ['h264', 'jpeg', 'png'],
      },
    ]);
    rig.welcome();
    expect(rig.machine.phase.at).toBe('syncing');
    rig.sync();
    expect(rig.machine.phase.at).toBe('live');
    expect(rig.out).toContainEqual({ kind: 'attach_pixels', ticket: 'ticket' });
    expect(rig.machine.mirror.scene.layers[0]?.gamma).toBe(1);
  });

  it('stops for good when it is refused, and says why', () => {
    const rig = new Rig();
    rig.input({ kind: 'start' });
    rig.input({ kind: 'opened' });
    rig.say({ type: 'refused', code: 'token_expired', message: 'Ask again.' });
    rig.input({ kind: 'closed', code: 4401, reason: '' });
    rig.wait(60_000);
    expect(rig.machine.phase).toEqual({
      at: 'stopped',
      code: 'token_expired',
      message: 'Ask again.',
    });
    expect(rig.kinds().filter((kind) => kind === 'connect')).toHaveLength(1);
  });

  it('stops at a server of another version', () => {
    const rig = new Rig();
    rig.input({ kind: 'start' });
    rig.input({ kind: 'opened' });
    rig.welcome({ version: 3 });
    expect(rig.machine.phase).toMatchObject({ at: 'stopped', code: 'version_mismatch' });
  });

  it('gives up a connection that says nothing, and tries again', () => {
    const rig = new Rig();
    rig.input({ kind: 'start' });
    rig.wait(CONNECT_TIMEOUT_MS + BACK_OFF_MS);
    expect(rig.kinds().filter((kind) => kind === 'connect')).toHaveLength(2);
  });

  it('ignores what it does not understand', () => {
    const rig = new Rig().live();
    rig.input({ kind: 'text', text: '{"type":"dance"}' });
    rig.input({ kind: 'text', text: 'not json' });
    expect(rig.machine.phase.at).toBe('live');
  });
});

describe('intents', () => {
  it('are numbered from 1 and stay pending until they are answered', () => {
    const rig = new Rig().live();
    rig.ask(visible(false));
    rig.ask(visible(true));
    expect(rig.intents().map(({ seq }) => seq)).toEqual([1, 2]);
    rig.say({ type: 'ack', seq: 1, revision: 2 });
    expect(rig.machine.outbox.pending).toHaveLength(1);
    const out = rig.say({ type: 'reject', seq: 2, code: 'forbidden', message: 'No.' });
    expect(out).toContainEqual(
      expect.objectContaining({ kind: 'rejected', key: 'layer:1:visible', message: 'No.' }),
    );
    expect(rig.machine.outbox.pending).toHaveLength(0);
  });

  it('become late after a quarter of a second without an answer', () => {
    const rig = new Rig().live();
    rig.ask(visible(false));
    rig.wait(249);
    expect(rig.machine.outbox.wish('layer:1:visible')?.late).toBe(false);
    rig.wait(1);
    expect(rig.machine.outbox.wish('layer:1:visible')?.late).toBe(true);
  });

  it('of a drag keep the latest wish and leave room between sends', () => {
    const rig = new Rig().live();
    for (let at = 1; at <= 9; at++) rig.ask(gamma(at / 10));
    expect(rig.intents()).toHaveLength(1);
    rig.wait(16);
    expect(rig.intents().map(({ intent }) => intent)).toEqual([gamma(0.1), gamma(0.9)]);
    expect(rig.machine.outbox.wish('layer:1:gamma')?.ask).toMatchObject({ intent: gamma(0.9) });
  });

  it('of a drag wait for answers when many are in flight', () => {
    const rig = new Rig().live();
    for (let at = 1; at <= 50; at++) {
      rig.ask(gamma(at / 10));
      rig.wait(16);
    }
    expect(rig.intents()).toHaveLength(4);
    rig.say({ type: 'ack', seq: 1, revision: 2 });
    expect(rig.intents().at(-1)?.intent).toEqual(gamma(5));
  });

  it('are refused here when too many have no answer', () => {
    const rig = new Rig().live();
    for (let at = 0; at < 512; at++) rig.ask(visible(at % 2 === 0));
    expect(rig.kinds()).not.toContain('full');
    rig.ask(visible(true));
    expect(rig.kinds()).toContain('full');
  });

  it('are refused here when they are too large to be sent, and never sent', () => {
    const rig = new Rig().live();
    const annotations = Array.from(
      { length: 16_000 },
      (_, at) => `annotation-number-${at}-and-more`,
    );
    rig.ask({ kind: 'remove_annotations', annotations });
    expect(rig.out.at(-2)).toMatchObject({ kind: 'rejected', code: 'too_large' });
    expect(rig.intents()).toEqual([]);
    rig.ask(gamma(2));
    expect(rig.intents()).toMatchObject([{ seq: 1, intent: { kind: 'set_layer' } }]);
    // Letters outside of ASCII count as the bytes that they take.
    const text = '漢'.repeat(200_000);
    rig.ask({
      kind: 'change_annotation',
      annotation: 'a',
      change: { property: 'text', value: text },
    });
    expect(rig.intents()).toHaveLength(1);
  });

  it('are sent again with their numbers when the server asks for it', () => {
    const rig = new Rig().live();
    rig.ask(visible(false));
    rig.sent = [];
    rig.say({ type: 'resend' });
    expect(rig.intents()).toEqual([{ type: 'intent', seq: 1, intent: visible(false) }]);
  });
});

describe('after a lost connection', () => {
  it('replays what has no answer, and forgets what the server has answered', () => {
    const rig = new Rig().live();
    rig.ask(visible(false));
    rig.ask(visible(true));
    rig.input({ kind: 'closed', code: 1001, reason: '' });
    rig.ask(gamma(2));
    rig.wait(BACK_OFF_MS);
    rig.sent = [];
    rig.input({ kind: 'opened' });
    expect(rig.sent[0]).toMatchObject({ type: 'hello', resume: expect.any(String) });
    rig.welcome({ answered: 1 });
    rig.sync();
    expect(rig.intents().map(({ seq, intent }) => [seq, intent])).toEqual([
      [2, visible(true)],
      [3, gamma(2)],
    ]);
  });

  it('pauses twice as long after each failure, up to a bound', () => {
    const rig = new Rig();
    const pauses: number[] = [];
    rig.input({ kind: 'start' });
    for (let at = 0; at < 9; at++) {
      rig.input({ kind: 'closed', code: 1006, reason: '' });
      const { phase } = rig.machine;
      if (phase.at !== 'waiting') throw new Error(phase.at);
      pauses.push(phase.until - rig.now);
      rig.wait(phase.until - rig.now);
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
    expect(Math.max(...pauses)).toBe(MAX_BACK_OFF_MS);
  });

  it('does not come back after a permanent code', () => {
    const rig = new Rig().live();
    rig.input({ kind: 'closed', code: 4410, reason: 'replaced' });
    rig.wait(60_000);
    expect(rig.machine.phase).toMatchObject({ at: 'stopped', code: 'close_4410' });
  });

  it('notices silence', () => {
    const rig = new Rig().live();
    rig.wait(SILENCE_MS);
    expect(rig.machine.phase.at).toBe('waiting');
  });

  it('begins a new mirror when the server says so', () => {
    const rig = new Rig().live();
    const other = new Y.Doc();
    other.getMap('scene').set('order', []);
    rig.input({ kind: 'binary', bytes: framed(3, 1, Y.encodeStateAsUpdate(other)) });
    expect(rig.machine.mirror.scene.layers).toEqual([]);
    expect(rig.machine.phase.at).toBe('live');
  });

  it('begins again with a new mirror after bytes that are no update', () => {
    const rig = new Rig().live();
    rig.input({ kind: 'binary', bytes: framed(2, 2, Uint8Array.of(255, 255, 255)) });
    expect(rig.machine.phase.at).toBe('waiting');
    expect(rig.machine.mirror.resume()).toBeUndefined();
  });

  it('looks again at what it looked at, if the server has forgotten it', () => {
    const rig = new Rig().live();
    rig.input({ kind: 'ask', ask: { what: 'watch', target: 'own' } });
    rig.say({ type: 'ack', seq: 1, revision: 1 });
    rig.input({ kind: 'closed', code: 1001, reason: '' });
    rig.wait(BACK_OFF_MS);
    rig.input({ kind: 'opened' });
    rig.welcome({ answered: 1 });
    rig.sync();
    rig.sent = [];
    const me = {
      id: 2,
      name: 'A',
      subject: 'a',
      color: '#ffffff',
      role: 'presenter',
      watch: 'stage',
      tool: '',
    } as const;
    rig.say({ type: 'participants', participants: [me] });
    expect(rig.sent).toEqual([{ type: 'watch', seq: 2, target: 'own' }]);
  });

  it('asks for a new ticket when the pixel channel ends alone', () => {
    const rig = new Rig().live();
    rig.input({ kind: 'pixels_closed', code: 1013 });
    expect(rig.machine.phase).toMatchObject({ at: 'waiting', attempt: 1 });
  });
});

describe('the mirror', () => {
  it('says which values an update has changed, and whose it is', () => {
    const rig = new Rig().live();
    const out = rig.input({ kind: 'binary', bytes: framed(2, 2, rig.setGamma(2), 7) });
    expect(out).toContainEqual({
      kind: 'mirrored',
      whole: false,
      cause: 7,
      revision: 2,
      touched: ['layer:1:gamma'],
    });
  });

  it('shows an acknowledged change when the ack is read', () => {
    const rig = new Rig().live();
    rig.ask(gamma(2));
    rig.input({ kind: 'binary', bytes: framed(2, 2, rig.setGamma(2), 2) });
    rig.say({ type: 'ack', seq: 1, revision: 2 });
    expect(rig.machine.outbox.wish('layer:1:gamma')).toBeUndefined();
    expect(rig.machine.mirror.scene.layers[0]?.gamma).toBe(2);
  });
});

describe('what was done offline', () => {
  const rename = (at: number): Intent => ({
    kind: 'set_layer',
    layer: 1,
    change: { property: 'name', value: `n${at}` },
  });

  it('is sent once, in order, and never faster than the server takes it', () => {
    const rig = new Rig().live();
    rig.input({ kind: 'closed', code: 1001, reason: '' });
    for (let at = 0; at < 450; at++) rig.ask(rename(at));
    rig.sent = [];
    rig.wait(BACK_OFF_MS);
    rig.input({ kind: 'opened' });
    rig.welcome();
    rig.sync();
    // The server's own bucket: 240, and 120 a second.
    let [tokens, filled, seen] = [240, rig.now, 0];
    for (let step = 0; step < 400; step++) {
      rig.wait(10);
      tokens = Math.min(240, tokens + ((rig.now - filled) / 1000) * 120);
      filled = rig.now;
      const sent = rig.intents();
      tokens -= sent.length - seen;
      seen = sent.length;
      expect(tokens).toBeGreaterThanOrEqual(0);
    }
    expect(rig.intents().map(({ seq }) => seq)).toEqual(
      Array.from({ length: 450 }, (_, at) => at + 1),
    );
  });

  it('is sent again in the order of its numbers', () => {
    const rig = new Rig().live();
    for (let at = 0; at < 6; at++) rig.ask(gamma(1 + at));
    rig.ask(visible(false));
    rig.wait(20);
    const before = rig.intents().map(({ seq }) => seq);
    rig.sent = [];
    rig.say({ type: 'resend' });
    const again = rig.intents().map(({ seq }) => seq);
    expect(again).toEqual([...again].sort((a, b) => a - b));
    expect(again).toEqual(before);
  });

  it('is kept when the connection ends again before it was answered', () => {
    const rig = new Rig().live();
    rig.ask(rename(1));
    for (let round = 0; round < 3; round++) {
      rig.input({ kind: 'closed', code: 1001, reason: '' });
      rig.wait(5_000);
      rig.sent = [];
      rig.input({ kind: 'opened' });
      rig.welcome();
      rig.sync();
      expect(rig.intents()).toEqual([{ type: 'intent', seq: 1, intent: rename(1) }]);
    }
    rig.say({ type: 'ack', seq: 1, revision: 2 });
    expect(rig.machine.outbox.pending).toEqual([]);
  });
});

describe('the mirror of annotations', () => {
  const drawn = () => {
    const doc = new Y.Doc();
    const one = { layer: 1, shape: 'point', vertices: [[1, 2]], author: 'a', created: 1 };
    doc.getMap('annotations').set('a', one);
    return Y.encodeStateAsUpdate(doc);
  };

  it('comes before the scene, and is told apart when resuming', () => {
    const rig = new Rig();
    rig.input({ kind: 'start' });
    rig.input({ kind: 'opened' });
    rig.welcome();
    rig.input({ kind: 'binary', bytes: framed(1, 4, drawn(), 0, 1) });
    expect(rig.machine.phase.at).toBe('syncing');
    rig.sync();
    expect(rig.machine.phase.at).toBe('live');
    expect(rig.machine.annotations.annotations.get('a')?.shape).toBe('point');
    rig.input({ kind: 'closed', code: 1001, reason: '' });
    rig.wait(BACK_OFF_MS);
    rig.sent = [];
    rig.input({ kind: 'opened' });
    const hello = rig.sent[0];
    if (hello?.type !== 'hello') throw new Error('no hello');
    expect(hello.resume).toBeDefined();
    expect(hello.resume_annotations).toBeDefined();
    expect(hello.resume_annotations).not.toBe(hello.resume);
    rig.welcome({ reset: true });
    expect(rig.machine.annotations.annotations.size).toBe(0);
  });

  it('is emptied alone by a reset of its own', () => {
    const rig = new Rig().live();
    rig.input({ kind: 'binary', bytes: framed(2, 2, drawn(), 7, 1) });
    expect(rig.out).toContainEqual({
      kind: 'annotated',
      whole: false,
      cause: 7,
      revision: 2,
      ids: ['a'],
    });
    const empty = Y.encodeStateAsUpdate(new Y.Doc());
    rig.input({ kind: 'binary', bytes: framed(3, 3, empty, 0, 1) });
    expect(rig.machine.annotations.annotations.size).toBe(0);
    expect(rig.machine.mirror.scene.layers).toHaveLength(1);
    expect(rig.machine.phase.at).toBe('live');
  });
});

describe('what one is busy with', () => {
  it('is told now and then, the last of it alone, and again after a reconnect', () => {
    const rig = new Rig().live();
    rig.sent = [];
    const tell = (tool: string) => rig.input({ kind: 'doing', doing: { tool } });
    tell('points');
    tell('line');
    tell('polygon');
    rig.wait(1_000);
    const told = () =>
      rig.sent.flatMap((message) => (message.type === 'doing' ? message.tool : []));
    expect(told()).toEqual(['points', 'polygon']);
    rig.input({ kind: 'closed', code: 1001, reason: '' });
    rig.wait(BACK_OFF_MS);
    rig.input({ kind: 'opened' });
    rig.welcome();
    rig.sync();
    rig.wait(1_000);
    expect(told()).toEqual(['points', 'polygon', 'polygon']);
  });

  it('could be taken back as the server says', () => {
    const rig = new Rig().live();
    rig.say({ type: 'steps', undo: 'move 2 points', redo: null });
    expect(rig.machine.steps).toEqual({ undo: 'move 2 points', redo: null });
  });
});

describe('pings', () => {
  it('measure the round trip and the clock', () => {
    const rig = new Rig().live();
    const ping = rig.sent.find((message) => message.type === 'ping');
    expect(ping).toBeDefined();
    rig.now += 10;
    rig.say({ type: 'pong', time: ping!.type === 'ping' ? ping!.time : 0, server_us: 5_000_000 });
    expect(rig.machine.roundTrip).toBe(10);
    expect(rig.machine.clockOffset).toBe(5_000_000 - (1_000 + 5) * 1000);
  });

  it('keep the connection from being silent', () => {
    const rig = new Rig().live();
    rig.sent = [];
    rig.wait(5_000);
    expect(rig.sent.filter(({ type }) => type === 'ping').length).toBeGreaterThanOrEqual(2);
  });
});
