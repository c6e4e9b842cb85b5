/**
 * What the interop tests share: the clients of npm, unmodified, before the `parfocal` program.
 *
 * `scenario(name, work)` is a test with a fresh server and a fresh state folder. Nothing sleeps: each
 * wait is for an event, bounded by `PATIENCE`.
 */

import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { test } from 'node:test';

import { HocuspocusProvider } from '@hocuspocus/provider';
import { WebSocket } from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';

import { PATIENCE, root, Server } from '../browser/server.mjs';
import { Participant } from './participant.mjs';

export { PATIENCE };

const IMAGE = join(root, 'docs/sample/IXMtest_A02_s9.tif');
const SESSION = 'main';

/** What somebody with another program connects to, and sees. */
export class Client {
  /** Why the server has refused something, in its words. */
  refusals = [];
  /** Sockets that were opened, and that have ended. */
  opened = 0;
  ended = 0;
  /** How the server closed for good, if it did. */
  closed = null;

  constructor(doc) {
    this.doc = doc;
    this.annotations = doc.getMap('annotations');
    this.news = new EventTarget();
    this.tell = () => this.news.dispatchEvent(new Event('news'));
    doc.on('update', this.tell);
    const { tell } = this;
    const client = this;
    /** The socket class that providers are given, to count what they open. */
    this.Socket = class extends WebSocket {
      constructor(...args) {
        super(...args);
        client.opened += 1;
        this.on('message', tell);
        this.on('close', () => (client.ended += 1));
        this.on('close', tell);
      }
    };
  }

  /** Waits until `check` holds (and gives what it gives); looked at whenever something happens. */
  async until(what, check) {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const found = check();
      if (found) return found;
      if (Date.now() > end) throw new Error(`not within ${PATIENCE} ms: ${what}`);
      await happens(this.news, end - Date.now());
    }
  }

  /** The annotation as it is in this copy. */
  annotation(id) {
    return this.annotations.get(id);
  }

  sees(id, check = Boolean) {
    return this.until(`sees ${id}`, () => check(this.annotation(id)) && this.annotation(id));
  }
}

/** The next event, or the end of patience. */
function happens(target, milliseconds) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      target.removeEventListener('news', done);
      // Handlers of the same event come first.
      setImmediate(resolve);
    };
    const timer = setTimeout(done, milliseconds);
    target.addEventListener('news', done);
  });
}

/** A `WebsocketProvider` of y-websocket. */
export class YWebsocket extends Client {
  constructor(lab, { token, domain = 'annotations', doc = new Y.Doc(), query = false }) {
    super(doc);
    const key = query ? { params: { token } } : { protocols: ['parfocal.y', `bearer.${token}`] };
    const options = { ...key, WebSocketPolyfill: this.Socket, disableBc: true };
    this.provider = new WebsocketProvider(`${lab.sockets}/y/${SESSION}`, domain, doc, options);
    this.awareness = this.provider.awareness;
    const denied = this.provider.messageHandlers[2];
    this.provider.messageHandlers[2] = (...args) => {
      const warn = console.warn;
      console.warn = (text) => this.refusals.push(text.split('\n').slice(1).join('\n'));
      denied(...args);
      console.warn = warn;
    };
    for (const name of ['sync', 'status', 'connection-close']) this.provider.on(name, this.tell);
    this.provider.on('closed', (event) => (this.closed = event));
    this.provider.on('closed', this.tell);
    this.awareness.on('change', this.tell);
  }

  async synced() {
    await this.until('is in sync', () => this.provider.synced);
    return this;
  }

  /** Sends bytes as they are. */
  send(bytes) {
    this.provider.ws.send(bytes);
  }

  close() {
    this.provider.destroy();
    this.awareness.destroy();
    this.doc.destroy();
  }
}

/** A `HocuspocusProvider`. */
export class Hocuspocus extends Client {
  constructor(lab, { token, domain = 'annotations', doc = new Y.Doc() }) {
    super(doc);
    this.provider = new HocuspocusProvider({
      url: `${lab.sockets}/hocuspocus`,
      name: `${SESSION}/${domain}`,
      document: doc,
      token,
      WebSocketPolyfill: this.Socket,
      onAuthenticationFailed: ({ reason }) => this.refusals.push(reason),
      onStateless: ({ payload }) => this.refusals.push(payload),
    });
    this.awareness = this.provider.awareness;
    for (const name of ['synced', 'authenticated', 'authenticationFailed', 'unsyncedChanges']) {
      this.provider.on(name, this.tell);
    }
    this.awareness.on('change', this.tell);
  }

  async synced() {
    await this.until('is in sync', () => this.provider.synced);
    return this;
  }

  /** Everything that was written here is kept by the server. */
  saved() {
    return this.until('all is saved', () => this.provider.unsyncedChanges === 0);
  }

  close() {
    this.provider.destroy();
    this.doc.destroy();
  }
}

class Lab {
  clients = [];
  constructor(server) {
    this.server = server;
  }

  get sockets() {
    return this.server.origin.replace('http', 'ws');
  }

  /** A token for somebody with this name. */
  token(role, name = role) {
    return this.server.linkFor(name, role).split('#token=')[1];
  }

  /** Somebody with y-websocket; `name` is theirs in the token. */
  y(role, { name = role, ...options } = {}) {
    return this.#keep(new YWebsocket(this, { token: this.token(role, name), ...options }));
  }

  /** Somebody with Hocuspocus's provider. */
  hocuspocus(role, { name = role, ...options } = {}) {
    return this.#keep(new Hocuspocus(this, { token: this.token(role, name), ...options }));
  }

  /** Somebody with Parfocal's own client, in effect. */
  async join(role, name = role) {
    const joined = new Participant(this.sockets, SESSION, this.token(role, name));
    this.#keep(joined);
    await joined.welcome();
    return joined;
  }

  /** A layer of this kind; gives its number. */
  async layer(kind = 'points') {
    const presenter = await this.join('presenter', 'Host');
    const { type, applied } = await presenter.ask({ kind: 'add_layer', layer_kind: kind });
    if (type !== 'ack') throw new Error('no layer');
    return applied.layer;
  }

  #keep(client) {
    this.clients.push(client);
    return client;
  }

  async close() {
    for (const client of this.clients) client.close();
    await this.server.close();
  }
}

/** A point in a layer of an image with rows and columns. */
export function point(layer, y, x, more = {}) {
  return { layer, shape: 'point', vertices: [[y, x]], ...more };
}

/** Whether two copies hold the same: what they say, and what they know. */
export function same(one, other) {
  const vector = (doc) => [...Y.decodeStateVector(Y.encodeStateVector(doc))].sort();
  const all = (doc) => JSON.stringify([doc.getMap('annotations').toJSON(), vector(doc)]);
  return all(one.doc) === all(other.doc);
}

/** A test with a server of its own. */
export function scenario(name, work) {
  test(name, { timeout: 4 * PATIENCE }, async () => {
    const server = new Server({ images: [IMAGE] });
    const lab = new Lab(server);
    try {
      await server.start();
      await work(lab);
    } catch (error) {
      console.log(`--- the server's last words ---\n${server.log.join('\n')}`);
      throw error;
    } finally {
      await lab.close();
    }
  });
}
