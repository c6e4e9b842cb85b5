/** A grey image, three people in front of it, and what they have in the end. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import { PATIENCE } from './server.mjs';

const folder = mkdtempSync(join(tmpdir(), 'parfocal-grey-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A grey image (u8, z y x): every colour in its picture is of what people drew. */
function grey(path) {
  const [Z, Y, X] = [2, 120, 160];
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${Z}, ${Y}, ${X}), }`;
  // The header ends in a newline, at a multiple of 64 bytes from the start of the file.
  const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + '\n';
  const head = Buffer.from(`\x93NUMPY\x01\x00..${header}`, 'latin1');
  head.writeUInt16LE(header.length, 8);
  const samples = Uint8Array.from({ length: Z * Y * X }, (_, at) => 40 + (at % 60));
  writeFileSync(path, Buffer.concat([head, samples]));
  return path;
}
export const known = { images: [grey(join(folder, 'grey.npy'))], axes: 'zyx' };

/** Lossless pictures: colours are those that the server drew. */
export const EXACT = '?codec=png';

/** How much a colour has the hue of another: 1 for the same, and 0 for a grey one. */
export function likeness(a, b) {
  const chroma = (color) => {
    const mean = (color[0] + color[1] + color[2]) / 3;
    return color.map((channel) => channel - mean);
  };
  const [u, v] = [chroma(a), chroma(b)];
  const lengths = Math.hypot(...u) * Math.hypot(...v);
  if (Math.hypot(...u) < 15) return 0;
  return (u[0] * v[0] + u[1] * v[1] + u[2] * v[2]) / lengths;
}

/** The colour of a layer's annotations that have none of their own. */
export const YELLOW = [255, 209, 102];
export const isLike = (color) => (seen) => likeness(seen, color) > 0.97;

/** Two who draw, and one who looks on. */
export async function three(lab, options = {}) {
  const ada = await lab.join('annotator', { name: 'Ada Lovelace', ...options });
  const grace = await lab.join('annotator', { name: 'Grace Hopper', ...options });
  const viewer = await lab.join('viewer', { name: 'Mary Somerville', query: EXACT, ...options });
  const pages = [ada, grace, viewer];
  for (const page of pages)
    await page.until('all three are here', () => globalThis.parfocal.participants.length === 3);
  return { ada, grace, viewer, pages };
}

/** All pages have the same annotations, this many; gives them. */
export async function agree(pages, count) {
  for (const page of pages) await page.untilAnnotations(count);
  // Who has the latest revision of them all has everything.
  const revisions = pages.map((page) => page.read(() => globalThis.parfocal.revision));
  const latest = Math.max(...(await Promise.all(revisions)));
  for (const page of pages)
    await page.until(
      `the mirror is at revision ${latest}`,
      (wanted) => globalThis.parfocal.revision >= wanted,
      latest,
    );
  const [first, ...rest] = await Promise.all(pages.map((page) => page.annotations()));
  assert.equal(Object.keys(first).length, count);
  for (const other of rest) assert.deepEqual(other, first, 'all mirrors say the same');
  return first;
}

/** Waits until all pages show the same picture, sample by sample. */
export async function showTheSame(pages) {
  const end = performance.now() + PATIENCE;
  const sequence = (page) => page.read(() => globalThis.parfocal.frame.sequence);
  for (;;) {
    const before = await Promise.all(pages.map(sequence));
    const [first, ...rest] = await Promise.all(pages.map((page) => page.pixels()));
    if (rest.every(({ width, data }) => width === first.width && data.equals(first.data))) return;
    const timeout = Math.max(1, end - performance.now());
    const another = (page, at) =>
      page.raw.waitForFunction((last) => globalThis.parfocal.frame.sequence !== last, before[at], {
        timeout,
      });
    await Promise.any(pages.map(another)).catch(() => {
      throw new Error('the pages show different pictures');
    });
  }
}
