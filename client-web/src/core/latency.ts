/** From a wish to the picture that shows it: intent-to-photon, milliseconds. */

/** Samples kept for the percentiles: some ten seconds of dragging. */
const KEPT = 240;
/** Wishes waiting for a picture; older ones are forgotten (a picture that never comes). */
const MAX_OPEN = 128;
/** A wish that changes nothing on the picture (a name) meets the next picture by chance, later. */
const NO_PICTURE_MS = 2_000;

export class Latency {
  private open: { askedAt: number; revision: number }[] = [];
  private samples: number[] = [];
  private last = { revision: -1, at: 0 };

  acked(askedAt: number, revision: number): void {
    // The picture travels on another socket, and may come before the ack.
    if (revision <= this.last.revision) return this.sample(this.last.at - askedAt);
    this.open.push({ askedAt, revision });
    if (this.open.length > MAX_OPEN) this.open.shift();
  }

  /** Revisions begin anew. */
  restart(): void {
    this.open = [];
    this.last = { revision: -1, at: 0 };
  }

  /** A picture of this revision is on the screen. */
  shown(revision: number, now: number): void {
    if (revision < this.last.revision) return;
    if (revision > this.last.revision) this.last = { revision, at: now };
    this.open = this.open.filter((wish) => {
      if (wish.revision > revision) return true;
      this.sample(now - wish.askedAt);
      return false;
    });
  }

  private sample(took: number): void {
    if (took < 0 || took > NO_PICTURE_MS) return;
    this.samples.push(took);
    if (this.samples.length > KEPT) this.samples.shift();
  }

  percentile(part: number): number | null {
    if (this.samples.length === 0) return null;
    const sorted = [...this.samples].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? null;
  }
}
