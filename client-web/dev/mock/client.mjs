/** One connection of the mock: greets, answers, and paints pictures while something changes. */

import { paint, png, sampleAt, lookIn } from './paint.mjs';
import { apply, forbidden } from './intents.mjs';
import { COLORS } from './people.mjs';
import { linkOf } from './streams.mjs';

const IN_FLIGHT = 2;
/** Pictures are painted this wide at most: slow and obvious code. */
const PAINTED = 640;
const now = () => Math.round(performance.now() * 1000);

export class Client {
  constructor(room, tickets, socket) {
    Object.assign(this, {
      room,
      tickets,
      socket,
      answered: 0,
      sequence: 0,
      flying: 0,
      shown: '',
      toldAt: 0,
    });
    socket.on('message', (data) => this.receive(JSON.parse(data)));
    socket.on('close', () => this.leave());
  }

  later(run) {
    if (this.room.latency > 0) setTimeout(run, this.room.latency);
    else run();
  }

  send(message) {
    this.later(() => this.socket.send(JSON.stringify(message)));
  }

  update(kind, cause, bytes, domain = 0) {
    const head = Buffer.alloc(16);
    head.writeUInt8(kind, 0);
    head.writeUInt8(domain, 1);
    head.writeUInt32LE(cause, 4);
    head.writeBigUInt64LE(BigInt(this.room.scene.revision), 8);
    this.later(() => this.socket.send(Buffer.concat([head, bytes])));
  }

  receive(message) {
    const { room } = this;
    switch (message.type) {
      case 'hello':
        return this.greet(message);
      case 'ping':
        return this.send({ type: 'pong', time: message.time, server_us: now() });
      case 'watch':
        if (message.target === 'own' && !room.scene.views[this.id]) {
          const canvas = this.canvas ?? [1280, 800];
          room.scene.views[this.id] = { ...structuredClone(room.scene.views[this.view]), canvas };
          room.commit(this.id);
        }
        this.me.watch = message.target;
        this.send({ type: 'ack', seq: message.seq, revision: room.scene.revision });
        return this.watchingChanged();
      case 'intent':
        return this.intent(message);
      case 'canvas': {
        this.canvas = [message.width, message.height];
        const view = room.scene.views[this.view];
        room.scene.setCanvas(view, this.canvas);
        return room.commit(0);
      }
      case 'cursor':
        return room.tell({
          type: 'cursors',
          cursors: [
            {
              participant: this.id,
              view: this.view,
              position: message.position,
              ...(message.laser && { laser: true }),
            },
          ],
        });
      case 'doing': {
        const { type: _, ...doing } = message;
        for (const name of ['tool', 'layer', 'selected', 'editing']) delete this.me[name];
        Object.assign(this.me, doing);
        return room.participants();
      }
      case 'ask':
        return this.send({ type: 'answer', id: message.id, answer: this.answer(message.query) });
    }
  }

  greet({ token, client, resume, resume_annotations }) {
    const { room } = this;
    const [role, name = 'Ada Lind'] = decodeURIComponent(token).split(':');
    const refusals = {
      expired: 'token_expired',
      other: 'token_other_session',
      version: 'version_mismatch',
    };
    if (refusals[role]) {
      this.send({
        type: 'refused',
        code: refusals[role],
        message: 'The token ended on 3 November 2026 at 14:00.',
      });
      return this.later(() => this.socket.close(4401, 'unauthorized'));
    }
    const known = [...room.people.values()].find((one) => one.client === client);
    this.id = known?.id ?? room.nextId++;
    this.answered = known?.answered ?? 0;
    this.me = known ?? {
      id: this.id,
      client,
      name,
      subject: name.toLowerCase().replaceAll(' ', '.'),
      color: COLORS[this.id % COLORS.length],
      role,
      watch: 'stage',
      tool: '',
    };
    room.people.set(this.id, this.me);
    room.clients.add(this);
    this.ticket = Math.random().toString(16).slice(2);
    this.tickets.set(this.ticket, this);
    this.send({
      type: 'welcome',
      version: 2,
      session: 'main',
      participant: this.id,
      role,
      subject: this.me.subject,
      reset: false,
      answered: this.answered,
      ticket: this.ticket,
      heartbeat_ms: 5000,
    });
    const vector = (text) => (text ? Buffer.from(text, 'base64') : undefined);
    this.update(1, 0, room.annotations.everything(vector(resume_annotations)), 1);
    this.update(1, 0, room.scene.everything(vector(resume)));
    this.send(room.history.steps(this.me.subject));
    this.watchingChanged();
  }

  get view() {
    let { watch } = this.me;
    let { id } = this.me;
    for (let hops = 0; hops < 8 && typeof watch === 'object'; hops++) {
      id = watch.follow;
      watch = this.room.people.get(id)?.watch ?? 'stage';
    }
    return watch === 'own' ? id : 0;
  }

  watchingChanged() {
    this.send({ type: 'watching', view: this.view });
    this.room.participants();
  }

  intent({ seq, intent }) {
    const { room } = this;
    const refusal = room.reject
      ? ['unavailable', 'The server could not store the change. Nothing was changed.']
      : (forbidden(intent, this.me.role) ?? apply(room, this, intent));
    this.me.answered = seq;
    if (refusal) return this.send({ type: 'reject', seq, code: refusal[0], message: refusal[1] });
    this.send({ type: 'ack', seq, revision: room.scene.revision, applied: intent });
    this.send(room.history.steps(this.me.subject));
  }

  answer(query) {
    const { scene } = this.room;
    const view = scene.views[this.view];
    if (query.kind === 'histogram')
      return scene.histogram(
        scene.layers.find(({ id }) => id === query.layer),
        view,
      );
    const index = scene.axes.map((axis, at) => {
      const shown = view.displayed.indexOf(at);
      return ((shown < 0 ? view.point[at] : query.world[shown]) - axis.start) / axis.step;
    });
    const values = [...scene.layers]
      .reverse()
      .map((layer) => lookIn(layer, view))
      .filter(({ visible }) => visible)
      .map((layer) => ({ layer: layer.id, value: sampleAt(scene, layer, index) }))
      .filter(({ value }) => value !== null);
    return { kind: 'values', world: query.world, values };
  }

  attachPixels(socket) {
    this.tickets.delete(this.ticket);
    this.pixels = socket;
    socket.on('message', (data) => {
      if (JSON.parse(data).type === 'shown') this.flying -= 1;
    });
    socket.send(
      JSON.stringify({
        type: 'stream',
        view: this.view,
        codec: 'png',
        config: '',
        width: 64,
        height: 64,
      }),
    );
    this.timer = setInterval(() => this.picture(), 33);
  }

  picture() {
    const { scene, pictures } = this.room;
    const view = scene.views[this.view];
    if (!pictures || !view || scene.layers.length === 0 || this.flying >= IN_FLIGHT) return;
    const { version } = this.room.annotations;
    const painted = this.room.painted ?? 0;
    const looks = JSON.stringify([this.view, view, scene.layers, scene.settings, version, painted]);
    if (looks === this.shown) return;
    this.shown = looks;
    const captured = now();
    const shrink = Math.min(1, PAINTED / view.canvas[0]);
    const small = { ...view, canvas: view.canvas.map((side) => Math.round(side * shrink)) };
    small.camera = { ...view.camera, zoom: view.camera.zoom * shrink };
    const rgb = paint(scene, this.room.annotations, small);
    const rendered = now();
    const [width, height] = small.canvas;
    const bytes = png(rgb, width, height);
    const head = Buffer.alloc(48);
    head.set([2, 2, 1 | 2 | 4], 0);
    head.writeUInt32LE(++this.sequence, 4);
    head.writeUInt32LE(this.view, 8);
    head.writeUInt16LE(width, 12);
    head.writeUInt16LE(height, 14);
    head.writeBigUInt64LE(BigInt(scene.revision), 16);
    head.writeBigUInt64LE(BigInt(captured), 24);
    head.writeUInt32LE(rendered - captured, 32);
    head.writeUInt32LE(now() - rendered, 36);
    head.writeUInt16LE(width, 44);
    head.writeUInt16LE(height, 46);
    this.flying += 1;
    this.later(() => this.pixels.send(Buffer.concat([head, bytes])));
    if (captured < this.toldAt + 1e6) return;
    this.toldAt = captured;
    const message = JSON.stringify({ type: 'link', ...linkOf(this.room, 0) });
    this.later(() => this.pixels.send(message));
  }

  leave() {
    clearInterval(this.timer);
    this.pixels?.close(4512, 'state_closed');
    this.room.clients.delete(this);
    // Comes back within a moment as the same participant, or is gone.
    setTimeout(() => {
      if ([...this.room.clients].some(({ id }) => id === this.id)) return;
      this.room.people.delete(this.id);
      this.room.participants();
    }, 20_000).unref();
  }
}
