/**
 * When a decoded picture is shown.
 *
 * Pictures of something that moves leave the server evenly and arrive unevenly. Those that come
 * early are held until `captured + offset`, so that movement keeps the server's rhythm. The offset
 * follows the network slowly: it never turns a step of the network into a jump. What answers
 * somebody is not held at all: what comes after rest, a key, what is exact, and whatever is late.
 * Where the network is even, nothing is held.
 *
 * `client-native/src/core/presenter.rs` does the same, and says why the numbers are these;
 * `sync/vectors/presenter.json` holds both to it. Times are whole microseconds.
 */

/** Longest time that a picture is held. */
export const MAX_DELAY_US = 60_000;
/** Pictures held; past it the oldest is shown early. */
export const MAX_HELD = 4;
/** Where the scene was read nothing for so long before a picture, that picture answers somebody. */
export const REST_US = 150_000;
/** The offset changes by one part in so many of the time between two pictures. */
export const DRIFT = 16;
/** Pictures whose way is remembered. */
export const WINDOW = 32;
/** One of so many may be late. */
const LATE_PART = 8;
/** Lateness that no screen shows. */
const LATE_UNSEEN_US = 4_000;

/** What decides when a picture is shown. */
export interface Ready {
  /** As in its header; counts up by one, and wraps. */
  sequence: number;
  /** As in its header, by the server's clock. */
  capturedUs: number;
  /** It is a key, exact, or stands alone (JPEG, PNG): not to be held. */
  atOnce: boolean;
}

/** What to do now with pictures, given back by the presenter. */
export interface Step<T> {
  /** Show this one. */
  show: T | null;
  /** Throw these away, oldest first: something newer is shown. */
  drop: T[];
}

export interface Report {
  /** How long a picture that came by the fastest way is held. */
  delayUs: number;
  /** By how much the slowest ways exceed the fastest one; late ones aside. */
  jitterUs: number;
  /** Pictures held now. */
  held: number;
  /** Pictures shown since the start. */
  shown: number;
  /** Pictures thrown away since the start. */
  dropped: number;
}

/**
 * Holds the pictures, whatever they are. `nowUs` is the client's clock,
 * `Math.round(performance.now() * 1000)`, and never falls.
 */
export class Presenter<T> {
  /** Sequence of the latest picture. */
  private latest: number | null = null;
  /** When the scene of the latest picture was read, by the server's clock. */
  private captured: number | null = null;
  /** The client's clock at which a picture is due, minus the server's at which it was captured. */
  private offset: number | null = null;
  /** The client's clock at which pictures were ready, minus the server's; the latest last. */
  private ways: number[] = [];
  /** Oldest first, and due in this order. */
  private held: { picture: T; due: number }[] = [];
  private shown = 0;
  private dropped = 0;

  /** `picture` can be shown from now on. */
  ready(nowUs: number, { sequence, capturedUs, atOnce }: Ready, picture: T): Step<T> {
    if (this.latest !== null && ((sequence - this.latest) | 0) <= 0) {
      this.dropped += 1;
      return { show: null, drop: [picture] };
    }
    this.latest = sequence;
    const interval = this.captured === null ? 0 : capturedUs - this.captured;
    this.captured = capturedUs;
    const way = nowUs - capturedUs;
    // A picture of the same moment is the same picture, better.
    const moves = interval > 0 && interval <= REST_US;
    let due = nowUs;
    if (moves && !atOnce) due = capturedUs + this.follow(way, interval);
    // What follows goes on from here, instead of waiting for the old rhythm.
    else if (this.offset !== null) this.offset = Math.min(this.offset, way);
    this.held.push({ picture, due });
    return this.tick(nowUs);
  }

  /**
   * Time passed; to be called at `wakeUs`. Later is no harm: the latest picture that is due is
   * shown.
   */
  tick(nowUs: number): Step<T> {
    const due = this.held.findLastIndex((held) => held.due <= nowUs) + 1;
    const count = Math.max(due, this.held.length - MAX_HELD);
    const drop = this.held.splice(0, count).map(({ picture }) => picture);
    const show = drop.pop() ?? null;
    if (show !== null) this.shown += 1;
    this.dropped += drop.length;
    return { show, drop };
  }

  /** When to call `tick`; null where nothing is held. */
  get wakeUs(): number | null {
    return this.held[0]?.due ?? null;
  }

  /**
   * Another connection: sequences begin anew, and maybe the server's clock. What was learned is
   * forgotten, and what was held given back to be thrown away.
   */
  restart(): T[] {
    const drop = this.held.map(({ picture }) => picture);
    this.dropped += drop.length;
    this.latest = this.captured = this.offset = null;
    this.ways = [];
    this.held = [];
    return drop;
  }

  report(): Report {
    const [fastest, slowest] = this.spread();
    return {
      delayUs: Math.max(0, (this.offset ?? fastest) - fastest),
      jitterUs: slowest - fastest,
      held: this.held.length,
      shown: this.shown,
      dropped: this.dropped,
    };
  }

  /** The offset for a picture that took this way, `interval` after the one before. */
  private follow(way: number, interval: number): number {
    if (this.ways.length >= WINDOW) this.ways.shift();
    this.ways.push(way);
    const [fastest, slowest] = this.spread();
    const wanted = clamp(slowest - LATE_UNSEEN_US, fastest, fastest + MAX_DELAY_US);
    const step = Math.floor(interval / DRIFT);
    const old = this.offset;
    const offset = old === null ? way : old + clamp(wanted - old, -step, step);
    // Below the fastest way everything is late whatever the offset; and nothing is held longer than
    // the bound, even where a network becomes much faster at once.
    this.offset = Math.min(Math.max(offset, fastest), way + MAX_DELAY_US);
    return this.offset;
  }

  /** The fastest way, and the slowest one but for those that may be late. */
  private spread(): [fastest: number, slowest: number] {
    const ways = [...this.ways].sort((a, b) => a - b);
    const late = Math.floor(ways.length / LATE_PART);
    return [ways[0] ?? 0, ways.at(-1 - late) ?? 0];
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
