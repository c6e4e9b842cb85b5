/** The page over a bad network. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import { Network, quantile, texture } from './network.mjs';
import { STAGE } from './page.mjs';
import { report, scenario } from './rig.mjs';
import { intruder } from './wire.mjs';

const folder = mkdtempSync(join(tmpdir(), 'parfocal-network-'));
after(() => rmSync(folder, { recursive: true, force: true }));
/** As the simulation's "10 to 2 to 10", at a third of its rates: a debug build encodes no more. */
const [FAST, SLOW] = [3_000_000, 600_000];
const [DROP, RISE, END] = [8_000, 16_000, 26_000];
/** When pictures of the first seconds are past. */
const KNOWN = 3_000;
/** How long the controller may take after the drop before its queue is counted. */
const ADAPTED = 4_000;
/** Full, it would hold a picture up for 900 ms at the slow rate. */
const BUFFER = 65_536;
const LINK = {
  rates: [
    { at_ms: 0, bps: FAST },
    { at_ms: DROP, bps: SLOW },
    { at_ms: RISE, bps: FAST },
  ],
  delay_ms: 20,
  buffer_bytes: BUFFER,
};
const EDITS_PER_SECOND = 30;
/** So often on a machine that is busy with something else, and how long each may take. */
const TRIES = 4;
const TRY_MS = 60_000;
const VIEWPORT = { width: 900, height: 640 };

/** Shows another plane of the texture with each edit, near the server. */
async function move(server, ms) {
  const mover = await intruder(server, server.token('presenter'));
  const begun = performance.now();
  for (let tick = 0; (tick * 1000) / EDITS_PER_SECOND < ms; tick++) {
    const due = begun + (tick * 1000) / EDITS_PER_SECOND;
    await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
    const answer = await mover.ask({ kind: 'set_point', view: STAGE, axis: 0, value: tick % 8 });
    assert.equal(answer.type, 'ack');
  }
  mover.close();
}

/** Notes in the page when another picture is shown, and how old it is then. */
const note = () => {
  const notes = [];
  const begun = performance.now();
  globalThis.notes = notes;
  let before = null;
  const look = () => {
    const { sequence } = globalThis.parfocal.frame;
    const { ageMs } = globalThis.parfocal.stats;
    if (sequence !== before) notes.push({ at: performance.now() - begun, ageMs });
    before = sequence;
    requestAnimationFrame(look);
  };
  look();
};

/** What the page showed between two times. */
function shown(notes, from, to) {
  const within = notes.filter(({ at }) => at >= from && at < to);
  const gaps = within.slice(1).map(({ at }, n) => at - within[n].at);
  const ages = within.map(({ ageMs }) => ageMs);
  return {
    rate: (within.length * 1000) / (to - from),
    age: [0.5, 0.95].map((part) => quantile(ages, part)),
    freeze: gaps.length > 0 ? Math.max(...gaps) : Infinity,
  };
}

/** Once through the link; gives what was not kept. */
async function drop(lab, t) {
  const network = await Network.start(lab.server, LINK);
  t.after(() => network.close());
  const page = await lab.open(network.through(lab.server.link('viewer')), {
    viewport: VIEWPORT,
  });
  await page.live();
  await page.read(note);
  network.begin();
  await move(lab.server, END);
  const rest = performance.now();
  await page.until('it says exact', () =>
    globalThis.document.querySelector('[data-testid=truth][data-state=exact]'),
  );
  const exact = performance.now() - rest;
  // Before somebody else comes, for whom there may be other pictures.
  const still = await page.pixels();

  const notes = await page.read(() => globalThis.notes);
  const lossless = await lab.join('viewer', { query: '?codec=png', viewport: VIEWPORT });
  const rendered = await lossless.pixels();
  assert.deepEqual([still.width, still.height], [rendered.width, rendered.height]);
  assert.ok(still.data.equals(rendered.data), 'every pixel is the rendered one');
  await lossless.context.close();
  await page.context.close();
  const seen = await network.end();
  const parts = {
    'before the drop': [KNOWN, DROP],
    'after it': [DROP + ADAPTED, RISE],
    'after the rise': [RISE + ADAPTED, END],
  };
  const [before, slow, again] = Object.entries(parts).map(([name, [from, to]]) => {
    const part = {
      ...shown(notes, from, to),
      queue: seen.queue(from, to),
      bps: seen.rate(from, to),
    };
    const [p50, p95, freeze, queue] = [...part.age, part.freeze, part.queue].map(Math.round);
    report(
      t,
      `${name}: ${part.rate.toFixed(1)} pictures/s, ${(part.bps / 1e6).toFixed(2)} Mbit/s, ` +
        `queue p95 ${queue} ms, age p50 ${p50} p95 ${p95} ms, longest freeze ${freeze} ms`,
    );
    return part;
  });
  const [settle, recovery] = [seen.settle(DROP), seen.recovery(RISE, 0.8 * before.bps)];
  report(
    t,
    `settled ${Math.round(settle)} ms after the drop, back ${Math.round(recovery)} ms after the ` +
      `rise, exact ${Math.round(exact)} ms after the last movement`,
  );
  const all = [before, slow, again];
  const kept = {
    'the drop takes away what was in use': before.bps > 1.5 * SLOW,
    'the queue is gone': settle < ADAPTED,
    'pictures do not wait for one another': all.every(({ queue }) => queue < 250),
    'what is shown is not old': all.every(({ age }) => age[1] < 600),
    'the picture does not stand still': all.every(({ freeze }) => freeze < 1_000),
    'it moves': all.every(({ rate }) => rate > 5),
    'what the link carries is used': slow.bps > 0.4 * SLOW,
    // How much of it comes back depends on how much a busy machine decodes as well.
    'the rate rises again': seen.recovery(RISE, 1.2 * SLOW) < END - RISE,
    'what rests is exact': exact < 3_000,
  };
  return Object.keys(kept).filter((what) => !kept[what]);
}

scenario(
  'over a link that drops to a fifth the page moves on, its queue is soon gone, and the rate comes back',
  { images: [texture(folder)], axes: 'tyx', bitrate: 40_000, timeout: TRIES * TRY_MS },
  async (lab, t) => {
    let broken;
    for (let left = TRIES; left > 0; left--) {
      broken = await drop(lab, t);
      if (broken.length === 0) return;
      // Others may keep the processor from who measures.
      report(t, `not kept: ${broken.join(', ')}`);
    }
    assert.fail(broken.join(', '));
  },
);
