/** A bad network before a page: the relay of `tests/src/relay` as a program, and what it saw. */

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { program } from './server.mjs';

/** What waits longer waits in a queue, milliseconds: two pictures of the slowest link here. */
const QUEUED_MS = 120;
/** So long without a queue, and it has settled. */
const SETTLED_MS = 1_000;
/** Over which time rates are counted, milliseconds. */
const RATE_OVER_MS = 1_000;

/** The value that the `part` of all does not exceed; 0 of none. */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)] ?? 0;
}

/** The relay in front of a server. `link` is as in the simulation (`encode/src/rate/link.rs`). */
export class Network {
  static async start(server, link) {
    const network = new Network();
    network.child = spawn(program('relay'), [new URL(server.origin).host, JSON.stringify(link)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    network.lines = createInterface({ input: network.child.stdout });
    network.address = await network.line();
    return network;
  }

  /** What it prints next. */
  line() {
    return new Promise((resolve, reject) => {
      this.lines.once('line', resolve);
      this.child.once('exit', (code) => reject(new Error(`the relay ended with ${code}`)));
    });
  }

  /** The same link, through it. */
  through(link) {
    const url = new URL(link);
    url.host = this.address;
    return url.href;
  }

  /** Its clock begins now. */
  begin() {
    this.child.stdin.write('begin\n');
  }

  /** Ends it; gives what its bottleneck saw. */
  async end() {
    const line = this.line();
    this.child.stdin.end();
    return new Seen(JSON.parse(await line));
  }

  close() {
    this.child.kill();
  }
}

/** What the bottleneck saw; times are milliseconds since the clock began. */
class Seen {
  constructor({ waits, passed }) {
    Object.assign(this, { waits, passed });
  }

  /** What 95 of 100 waited at most for what came before them. */
  queue(from, to) {
    const waits = this.waits.filter(([at]) => at >= from && at < to);
    return quantile(
      waits.map(([, wait]) => wait),
      0.95,
    );
  }

  /** Bits a second. */
  rate(from, to) {
    const within = this.passed.filter(([at]) => at >= from && at <= to);
    const [[begun, before], [ended, after]] = [within.at(0), within.at(-1)];
    return ((after - before) * 8_000) / (ended - begun);
  }

  /** How long after `from` the queue is gone. */
  settle(from) {
    let settled = from;
    for (const [at, wait] of this.waits) {
      if (at < from || wait <= QUEUED_MS) continue;
      if (at > settled + SETTLED_MS) break;
      settled = at;
    }
    return settled - from;
  }

  /** How long after `from` a second has so many bits. */
  recovery(from, bps) {
    const times = this.passed.map(([at]) => at).filter((at) => at > from + RATE_OVER_MS);
    const reached = times.find((at) => this.rate(at - RATE_OVER_MS, at) >= bps);
    return (reached ?? Infinity) - from;
  }
}

/** Planes, rows and columns of a texture. */
const SIZE = [8, 180, 320];
/** Samples of one value, along each side. */
const GRAIN = 4;

/** Writes planes that have nothing in common: an encoder uses every bit it may. */
export function texture(folder) {
  const [planes, rows, columns] = SIZE;
  const dict = `{'descr': '<u2', 'fortran_order': False, 'shape': (${SIZE.join(', ')}), }`;
  // The header ends in a newline, at a multiple of 64 bytes from the start of the file.
  const head = `${dict.padEnd(Math.ceil((dict.length + 11) / 64) * 64 - 11)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(head.length);
  const samples = new Uint16Array(planes * rows * columns);
  samples.forEach((_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const grain = Math.floor(row / GRAIN) * columns + Math.floor(column / GRAIN);
    // Always the same values, evenly up to 3500.
    let mixed = Math.imul(grain + 1, 0x9e3779b1);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
    samples[at] = ((mixed ^ (mixed >>> 13)) >>> 0) % 3500;
  });
  const path = join(folder, 'texture.npy');
  writeFileSync(
    path,
    Buffer.concat([
      Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
      length,
      Buffer.from(head, 'latin1'),
      Buffer.from(samples.buffer),
    ]),
  );
  return path;
}
