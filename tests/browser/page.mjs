/** One page of the browser client, as its user and its mirror see it. */

import assert from 'node:assert/strict';

import { expected, psnr } from './picture.mjs';
import { PATIENCE } from './server.mjs';

/** Messages of the state channel that are kept for a failed test. */
const WIRE_LINES = 24;
/** Largest canvas that the page asks for. */
const MAX_CANVAS = [1920, 1200];
/** The stage's number among the views. */
export const STAGE = 0;

export class Page {
  /** Console errors, uncaught errors, refused contents. */
  said = [];
  /** Every address that the page asked for, sockets included. */
  asked = [];
  wire = [];
  opened = performance.now();

  constructor(raw, context, server, noisy) {
    Object.assign(this, { raw, context, server, noisy });
    raw.on('console', (message) => message.type() === 'error' && this.said.push(message.text()));
    raw.on('pageerror', (error) => this.said.push(`uncaught: ${error.message}`));
    raw.on('request', (request) => this.asked.push(request.url()));
    raw.on('websocket', (socket) => {
      this.asked.push(socket.url());
      if (!socket.url().endsWith('/v1/state')) return;
      socket.on('framesent', ({ payload }) => this.hear('→', payload));
      socket.on('framereceived', ({ payload }) => this.hear('←', payload));
      socket.on('close', () => this.hear('×', 'the state channel ended'));
    });
  }

  /** Keeps the last messages of the state channel, to be told where a test fails. */
  hear(direction, payload) {
    const text = typeof payload === 'string' ? payload : `${payload.length} bytes`;
    if (/"type":"(ping|pong|cursors?)"/.test(text)) return;
    const since = Math.round(performance.now() - this.opened);
    this.wire.push(
      `${since} ms ${direction} ${text.replace(/"token":"[^"]*"/, '"token":"…"').slice(0, 200)}`,
    );
    if (this.wire.length > WIRE_LINES) this.wire.shift();
  }

  mustBeQuiet() {
    if (!this.noisy) assert.deepEqual(this.said, [], 'nothing in the console of the page');
  }

  at(testid) {
    return this.raw.getByTestId(testid);
  }

  /** Reads from `window.parfocal` and the page. */
  read(what, argument) {
    return this.raw.evaluate(what, argument);
  }

  /** Waits until `condition` holds in the page; says `what` if it does not. */
  async until(what, condition, argument) {
    try {
      await this.raw.waitForFunction(condition, argument, { timeout: PATIENCE });
    } catch (error) {
      throw new Error(`did not happen within ${PATIENCE / 1000} s: ${what}`, { cause: error });
    }
  }

  /** Waits until the page is connected, and its picture has the size of its place. */
  async live() {
    await this.until('the page is connected', () => globalThis.parfocal?.state === 'live');
    await this.until('a picture came', () => globalThis.parfocal.frame !== null);
    // Sliders appear with the scene, and leave the picture less room than it had before.
    await this.until(
      'the stage is as large as its place',
      (most) => {
        const box = document.querySelector('[data-testid="picture"]').getBoundingClientRect();
        const sides = [box.width, box.height].map((side) => side * devicePixelRatio);
        const shrink = Math.min(1, most[0] / sides[0], most[1] / sides[1]);
        const { canvas } = globalThis.parfocal.scene.views[0];
        return sides.every((side, at) => Math.abs(side * shrink - canvas[at]) <= 2);
      },
      MAX_CANVAS,
    );
  }

  /** Waits until the server has answered everything that was asked for. */
  answered() {
    return this.until('every wish is answered', () => globalThis.parfocal.pending === 0);
  }

  scene() {
    return this.read(() => globalThis.parfocal.scene);
  }

  async view(id) {
    const views = (await this.scene()).views;
    return views[id ?? (await this.read(() => globalThis.parfocal.view))];
  }

  me() {
    return this.read(() => globalThis.parfocal.me);
  }

  /** The image layer that the inspector shows. */
  async image() {
    const id = Number(await this.at('inspector').getAttribute('data-layer'));
    return (await this.scene()).layers.find((layer) => layer.id === id);
  }

  /** The number of an axis in the scene. */
  async axis(name) {
    const axes = (await this.scene()).axes;
    const at = axes.findIndex((axis) => axis.name === name);
    assert.ok(at >= 0, `no axis ${name} among ${axes.map((axis) => axis.name)}`);
    return at;
  }

  /** Position that the slider of an axis shows, from 0. */
  async position(axis) {
    return Number(await this.at(`dim-${axis}`).getAttribute('data-position'));
  }

  untilPosition(axis, position) {
    return this.until(
      `the slider of ${axis} shows ${position}`,
      ([id, wanted]) =>
        document.querySelector(`[data-testid="${id}"]`)?.getAttribute('data-position') === wanted,
      [`dim-${axis}`, String(position)],
    );
  }

  /** Drags the slider of an axis with the mouse, through all positions between. */
  async drag(axis, position) {
    const slider = this.at(`dim-slider-${axis}`);
    const box = await slider.boundingBox();
    const last = Number(await slider.getAttribute('max'));
    // The middle of the thumb, which is 16 pixels wide, moves within the track by that much less.
    const x = (at) => box.x + 8 + (at / last) * (box.width - 16);
    const y = box.y + box.height / 2;
    await this.raw.mouse.move(x(await this.position(axis)), y);
    await this.raw.mouse.down();
    await this.raw.mouse.move(x(position), y, { steps: 8 });
    await this.raw.mouse.up();
    await this.untilPosition(axis, position);
    await this.answered();
  }

  /** Types into a field of numbers. */
  async type(testid, text) {
    const field = this.at(testid);
    await field.click();
    await field.fill(String(text));
    await field.press('Enter');
  }

  /** The picture shown last, as it came from the server: `{ width, height, data }` in RGBA. */
  async pixels() {
    const shown = await this.read(() => globalThis.parfocal.framePixels());
    return { ...shown, data: Buffer.from(shown.data, 'base64') };
  }

  /**
   * Waits until the picture is the one that the mirror describes, at least this sharp; gives its
   * PSNR against the reference renderer, in dB.
   */
  async sees(floor) {
    const end = performance.now() + PATIENCE;
    for (let best = -Infinity; ;) {
      const before = await this.read(() => globalThis.parfocal.frame.sequence);
      const { scene, view } = await this.read(() => {
        const { scene, view } = globalThis.parfocal;
        return { scene, view };
      });
      const [shown, wanted] = [await this.pixels(), await expected(this.server, scene, view)];
      const db = psnr(shown, wanted);
      if (db >= floor) return db;
      best = Math.max(best, db);
      const sizes = `${shown.width}×${shown.height}, wanted ${wanted.width}×${wanted.height}`;
      const problem = `the picture is not the reference picture: ${best.toFixed(1)} dB (${sizes})`;
      const left = end - performance.now();
      if (left <= 0) throw new Error(problem);
      await this.raw
        .waitForFunction((last) => globalThis.parfocal.frame.sequence !== last, before, {
          timeout: left,
        })
        .catch(() => {
          throw new Error(`${problem}, and no other one comes`);
        });
    }
  }

  /** The place of the picture on the page. */
  place() {
    return this.at('picture').boundingBox();
  }

  /** The world under a point of the page, by the mirror's camera. */
  async worldAt(x, y) {
    const { camera, canvas } = await this.view();
    const box = await this.place();
    const scale = Math.min(box.width / canvas[0], box.height / canvas[1]);
    const side = (at, origin, length) => (at - origin - length / 2) / scale / camera.zoom;
    return [
      camera.center[0] + side(y, box.y, box.height),
      camera.center[1] + side(x, box.x, box.width),
    ];
  }

  /** Drags from a point of the page to another. */
  async pull(from, to) {
    await this.raw.mouse.move(...from);
    await this.raw.mouse.down();
    await this.raw.mouse.move(...to, { steps: 6 });
    await this.raw.mouse.up();
  }

  /** A whole pixel of the page inside the picture, by parts of its sides. */
  async spot(across, down) {
    const box = await this.place();
    return [box.x + box.width * across, box.y + box.height * down].map(Math.round);
  }

  /** Presses and moves along spots of the picture, and lets go. */
  async stroke(...spots) {
    const [from, ...rest] = await Promise.all(spots.map((one) => this.spot(...one)));
    await this.raw.mouse.move(...from);
    await this.raw.mouse.down();
    for (const to of rest) await this.raw.mouse.move(...to, { steps: 6 });
    await this.raw.mouse.up();
  }

  /** Clicks spots of the picture, one after the other. */
  async click(...spots) {
    for (const spot of spots) await this.raw.mouse.click(...(await this.spot(...spot)));
  }

  /** Every annotation of the mirror, by name. */
  annotations() {
    return this.read(() => {
      const { parfocal } = globalThis;
      const names = parfocal.scene.layers.flatMap(({ id }) => parfocal.annotationsIn(id));
      return Object.fromEntries(names.map((name) => [name, parfocal.annotation(name)]));
    });
  }

  untilAnnotations(count) {
    return this.until(
      `the mirror has ${count} annotations`,
      (wanted) => globalThis.parfocal.annotations === wanted,
      count,
    );
  }

  /** Waits for a picture whose colour at a spot is as wanted; `wanted` takes red, green, blue. */
  async untilColor(what, [across, down], wanted) {
    const end = performance.now() + PATIENCE;
    for (;;) {
      const before = await this.read(() => globalThis.parfocal.frame.sequence);
      const { width, height, data } = await this.pixels();
      const at = (Math.round(height * down) * width + Math.round(width * across)) * 4;
      const color = [...data.subarray(at, at + 3)];
      if (wanted(color)) return color;
      const left = Math.max(1, end - performance.now());
      await this.raw
        .waitForFunction((last) => globalThis.parfocal.frame.sequence !== last, before, {
          timeout: left,
        })
        .catch(() => {
          throw new Error(`${what} is not in the picture: there is ${color}`);
        });
    }
  }
}
