/** The presenter's vectors, shared with the native client's tests. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Presenter } from '../src/core/presenter';

interface Step {
  now_us: number;
  ready?: { sequence: number; captured_us: number; at_once: boolean };
  show: number | null;
  drop: number[];
  wake_us: number | null;
  held: number;
  delay_us: number;
  jitter_us: number;
}

const vectors: { name: string; steps: Step[] }[] = JSON.parse(
  readFileSync(new URL('../../sync/vectors/presenter.json', import.meta.url), 'utf8'),
);

describe('the presenter', () => {
  it.each(vectors)('does as the native one: $name', ({ steps }) => {
    const presenter = new Presenter<number>();
    for (const { now_us: now, ready, ...expected } of steps) {
      const step = ready
        ? presenter.ready(
            now,
            {
              sequence: ready.sequence,
              capturedUs: ready.captured_us,
              atOnce: ready.at_once,
            },
            ready.sequence,
          )
        : presenter.tick(now);
      const { delayUs, jitterUs, held } = presenter.report();
      const found = { ...step, wake_us: presenter.wakeUs, held, delay_us: delayUs };
      expect({ ...found, jitter_us: jitterUs }, `at ${now}`).toEqual(expected);
    }
  });

  it('gives what it holds back when a connection ends, and begins anew', () => {
    const presenter = new Presenter<string>();
    const at = (sequence: number, capturedUs: number) => ({ sequence, capturedUs, atOnce: false });
    presenter.ready(100_000, at(7, 0), 'a');
    presenter.ready(200_000, at(8, 50_000), 'b');
    expect(presenter.ready(201_000, at(9, 80_000), 'c').show).toBeNull();
    expect(presenter.restart()).toEqual(['c']);
    expect(presenter.wakeUs).toBeNull();
    expect(presenter.ready(300_000, at(0, 10_000), 'd').show).toBe('d');
    expect(presenter.report()).toMatchObject({ delayUs: 0, shown: 3, dropped: 1 });
  });
});
