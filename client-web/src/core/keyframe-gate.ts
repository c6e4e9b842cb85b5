/** Decides which pictures may be decoded: after a loss, nothing until the next key picture. */

import type { PixelHeader } from '../protocol';

export type Verdict = 'decode' | 'skip' | 'ask_key';

export class KeyframeGate {
  private last: number | null = null;
  private waiting = true;
  private asked = false;

  /** What to do with a picture. `ask_key`: skip it, and ask the server for a key picture, once. */
  admit(header: Pick<PixelHeader, 'codec' | 'key' | 'sequence'>): Verdict {
    const gap = this.last !== null && header.sequence !== (this.last + 1) >>> 0;
    this.last = header.sequence;
    // JPEG and PNG pictures stand alone, and H.264 goes on over them.
    if (gap) this.waiting = true;
    if (header.codec !== 'h264') return 'decode';
    if (header.key) {
      this.waiting = false;
      this.asked = false;
      return 'decode';
    }
    if (!this.waiting) return 'decode';
    if (this.asked) return 'skip';
    this.asked = true;
    return 'ask_key';
  }

  /** The decoder failed: nothing but a key picture helps. True if the server must be asked. */
  broken(): boolean {
    this.waiting = true;
    const ask = !this.asked;
    this.asked = true;
    return ask;
  }

  /** A new stream begins. */
  restart(): void {
    this.waiting = true;
    this.asked = false;
  }
}
