/** Reference pictures, drawn by the slow renderer in a program of its own, and how far one is off. */

import { spawn } from 'node:child_process';

import { program } from './server.mjs';

/** Programs that draw, by the images that they have open. */
const artists = new Map();

class Artist {
  bytes = Buffer.alloc(0);
  last = Promise.resolve();

  constructor(images, axes) {
    const words = axes ? [...images, '--axes', axes] : images;
    this.child = spawn(program('reference-picture'), words, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, RUST_LOG: 'error' },
    });
    this.child.stdout.on('data', (part) => {
      this.bytes = Buffer.concat([this.bytes, part]);
      this.wake?.();
    });
    this.child.on('exit', (code) =>
      this.wake?.(new Error(`the reference renderer ended: ${code}`)),
    );
    // It ends with this process; until then it keeps nobody waiting.
    this.child.unref();
    for (const stream of [this.child.stdin, this.child.stdout]) stream.unref();
  }

  /** One picture after the other. */
  draw(question) {
    const drawn = this.last.then(() => this.answer(question));
    this.last = drawn.catch(() => {});
    return drawn;
  }

  async answer(question) {
    this.child.stdin.write(`${question}\n`);
    const line = await this.take(() => {
      const end = this.bytes.indexOf('\n');
      return end < 0 ? null : end + 1;
    });
    const [width, height] = line.toString().split(' ').map(Number);
    if (!(width > 0)) throw new Error(`no reference picture: ${line}`);
    const size = width * height * 4;
    return {
      width,
      height,
      data: await this.take(() => (this.bytes.length >= size ? size : null)),
    };
  }

  /** The first bytes, once `enough` says how many. */
  async take(enough) {
    for (;;) {
      const count = enough();
      if (count !== null) {
        const taken = this.bytes.subarray(0, count);
        this.bytes = this.bytes.subarray(count);
        return taken;
      }
      this.child.stdout.ref();
      const trouble = await new Promise((resolve) => (this.wake = resolve));
      if (trouble) throw trouble;
      this.child.stdout.unref();
    }
  }
}

let drawnLast = { question: '', picture: null };

/** What `view` of the scene looks like, drawn from the files that the server shows. */
export async function expected({ images, axes }, scene, view) {
  const question = JSON.stringify({ view, scene });
  if (drawnLast.question === question) return drawnLast.picture;
  const name = images.join(':');
  if (!artists.has(name)) artists.set(name, new Artist(images, axes));
  const picture = await artists.get(name).draw(question);
  drawnLast = { question, picture };
  return picture;
}

/** Peak signal-to-noise ratio of two RGBA pictures' colours in dB; 0 where the sizes differ. */
export function psnr(a, b) {
  if (a.width !== b.width || a.height !== b.height) return 0;
  let sum = 0;
  for (let at = 0; at < a.data.length; at++) {
    if (at % 4 === 3) continue;
    const difference = a.data[at] - b.data[at];
    sum += difference * difference;
  }
  return 10 * Math.log10((255 * 255) / (sum / (a.width * a.height * 3)));
}

/** A part of a picture. */
export function crop({ width, data }, left, top, size) {
  const rows = [];
  for (let y = top; y < top + size.height; y++)
    rows.push(data.subarray((y * width + left) * 4, (y * width + left + size.width) * 4));
  return { ...size, data: Buffer.concat(rows) };
}
