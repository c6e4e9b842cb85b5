/** Counts pictures and bytes for the quality panel. */

import type { FromWorker } from '../pixels/messages';
import type { LinkMessage } from '../protocol';
import { NO_STATS, type Stats } from './store';

/** Rates are over this long, milliseconds. */
const WINDOW_MS = 2_000;
/** Points of the latency curve: a minute at two a second. */
const HISTORY = 120;

type Frame = Extract<FromWorker, { type: 'frame' }>;

export class Meter {
  private recent: { at: number; bytes: number; frames: number }[] = [];
  private stats: Stats = NO_STATS;
  /** When the scene of the last picture was read: one that refines it tells nothing new. */
  private captured = -1;

  stream({ config }: Extract<FromWorker, { type: 'stream' }>): void {
    this.stats = { ...this.stats, config };
  }

  link(link: LinkMessage): void {
    this.stats = { ...this.stats, link };
  }

  frame(frame: Frame, now: number, clockOffset: number | null): void {
    const { header, bytes, decodeMs, heldMs, dropped, queue } = frame;
    this.recent.push({ at: now, bytes, frames: 1 });
    const age =
      clockOffset === null ? null : Math.max(0, now - (header.captured_us - clockOffset) / 1000);
    const ageMs = header.captured_us === this.captured ? this.stats.ageMs : age;
    this.captured = header.captured_us;
    this.stats = {
      ...this.stats,
      codec: header.codec,
      width: header.width,
      height: header.height,
      renderMs: header.render_us / 1000,
      encodeMs: header.encode_us / 1000,
      decodeMs,
      heldMs,
      dropped,
      ageMs,
      queue,
      frames: this.stats.frames + 1,
    };
  }

  /** A still is no picture of the stream; its bytes count. */
  still({ bytes }: Extract<FromWorker, { type: 'still' }>, now: number): void {
    this.recent.push({ at: now, bytes, frames: 0 });
  }

  read(now: number, times: Pick<Stats, 'roundTripMs' | 'photonP50Ms' | 'photonP95Ms'>): Stats {
    this.recent = this.recent.filter(({ at }) => at > now - WINDOW_MS);
    const bytes = this.recent.reduce((sum, one) => sum + one.bytes, 0);
    const frames = this.recent.reduce((sum, one) => sum + one.frames, 0);
    const history = [...this.stats.history];
    if (times.photonP50Ms !== null && this.recent.length > 0) history.push(times.photonP50Ms);
    this.stats = {
      ...this.stats,
      ...times,
      framesPerSecond: (frames * 1000) / WINDOW_MS,
      bitsPerSecond: (bytes * 8 * 1000) / WINDOW_MS,
      history: history.slice(-HISTORY),
    };
    return this.stats;
  }
}
