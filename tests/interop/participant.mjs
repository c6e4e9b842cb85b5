/** A participant on Parfocal's own state channel, with the mirrors of both documents. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';

import { WebSocket } from 'ws';
import * as Y from 'yjs';

import { PATIENCE } from '../browser/server.mjs';

/** Bytes before the update in a binary message; the second says which document. */
const HEADER = 16;

export class Participant {
  scene = new Y.Doc();
  doc = new Y.Doc();
  heard = [];
  #seq = 0;

  constructor(sockets, session, token) {
    this.socket = new WebSocket(`${sockets}/v1/state`);
    const client = randomBytes(16).toString('hex');
    const hello = { type: 'hello', version: 2, session, token, client, codecs: [] };
    this.socket.on('open', () => this.socket.send(JSON.stringify(hello)));
    this.socket.on('message', (data, binary) => {
      if (binary) Y.applyUpdate(data[1] === 0 ? this.scene : this.doc, data.subarray(HEADER));
      else this.heard.push(JSON.parse(data.toString()));
      this.socket.emit('news');
    });
    // Or the server's heartbeat would find nobody.
    this.beat = setInterval(() => this.#say({ type: 'ping', time: 0 }), 5_000);
  }

  #say(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  async until(what, check) {
    const signal = AbortSignal.timeout(PATIENCE);
    for (;;) {
      const found = check();
      if (found) return found;
      await once(this.socket, 'news', { signal }).catch(() => {
        throw new Error(`not within ${PATIENCE} ms: ${what}`);
      });
    }
  }

  welcome() {
    return this.until('is welcome', () => this.heard.find(({ type }) => type === 'welcome'));
  }

  /** The answer to an intent. */
  async ask(intent) {
    const seq = ++this.#seq;
    this.#say({ type: 'intent', seq, intent });
    const answer = ({ type, seq: of }) => ['ack', 'reject'].includes(type) && of === seq;
    return this.until('has an answer', () => this.heard.find(answer));
  }

  annotation(id) {
    return this.doc.getMap('annotations').get(id);
  }

  sees(id, check = Boolean) {
    return this.until(`sees ${id}`, () => check(this.annotation(id)) && this.annotation(id));
  }

  close() {
    clearInterval(this.beat);
    this.socket.terminate();
  }
}
