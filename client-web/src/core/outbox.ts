/**
 * What this client has asked for and has no answer to yet. Numbers the asks, keeps only the latest
 * wish of a thing that is dragged, says what to send when, and what to send again after a
 * reconnect. Pure: time comes in as milliseconds.
 */

import { LATE_AFTER_MS, MAX_PENDING_INTENTS } from '../protocol';
import { isContinuous, keyOf, type Ask } from './keys';

/** Least time between two sends of the same key: 60 a second, what the server accepts for one drag. */
export const MIN_SPACING_MS = 16;
/**
 * Unanswered sends of one dragged thing. More than one, so that a drag stays smooth when the round
 * trip is long; few, so that a busy server is not flooded: its answers pace the drag.
 */
export const MAX_IN_FLIGHT = 4;

/**
 * Sends at once after silence, and sends a second from then on: a little less than the server takes
 * (240 and 120), so that what was done offline is not refused for coming all together.
 */
export const BURST = 200;
export const PER_SECOND = 100;

export interface Entry {
  key: string;
  ask: Ask;
  /** Number on the wire; `null` until it is sent for the first time. */
  seq: number | null;
  askedAt: number;
  sentAt: number | null;
  /** Was sent on a connection that ended, and is to be sent again. */
  again: boolean;
  late: boolean;
}

const isWaiting = (entry: Entry): boolean => entry.seq === null || entry.again;

export class Outbox {
  private entries: Entry[] = [];
  private nextSeq = 1;
  private lastSent = new Map<string, number>();
  private allowance = BURST;
  private refilledAt = -Infinity;

  get pending(): readonly Entry[] {
    return this.entries;
  }

  /** The latest wish for a key. */
  wish(key: string): Entry | undefined {
    return this.entries.findLast((entry) => entry.key === key);
  }

  /** Takes an ask; false if there are too many without an answer. */
  add(ask: Ask, now: number): boolean {
    const key = keyOf(ask);
    if (isContinuous(ask))
      this.entries = this.entries.filter(
        (entry) => !(entry.key === key && entry.seq === null && isContinuous(entry.ask)),
      );
    if (this.entries.length >= MAX_PENDING_INTENTS) return false;
    this.entries.push({
      key,
      ask,
      seq: null,
      askedAt: now,
      sentAt: null,
      again: false,
      late: false,
    });
    return true;
  }

  /** What may be sent now, in order; the entries are numbered and marked as sent. */
  takeDue(now: number): Entry[] {
    this.refill(now);
    const due: Entry[] = [];
    for (const entry of this.entries) {
      if (!isWaiting(entry) || this.blockedUntil(entry, now) > now) continue;
      if (this.allowance < 1) break;
      this.allowance -= 1;
      entry.seq ??= this.nextSeq++;
      entry.again = false;
      entry.sentAt = now;
      this.lastSent.set(entry.key, now);
      due.push(entry);
    }
    return due;
  }

  private refill(now: number): void {
    const seconds = Math.max(0, now - this.refilledAt) / 1000;
    this.allowance = Math.min(BURST, this.allowance + seconds * PER_SECOND);
    this.refilledAt = now;
  }

  private blockedUntil(entry: Entry, now: number): number {
    if (entry.again || !isContinuous(entry.ask)) return now;
    const inFlight = this.entries.filter((e) => e.key === entry.key && e.seq !== null).length;
    if (inFlight >= MAX_IN_FLIGHT) return Infinity;
    return (this.lastSent.get(entry.key) ?? -Infinity) + MIN_SPACING_MS;
  }

  /** Removes and gives the entry that an ack or reject answers. */
  answer(seq: number): Entry | undefined {
    const index = this.entries.findIndex((entry) => entry.seq === seq);
    return index < 0 ? undefined : this.entries.splice(index, 1)[0];
  }

  /** After a reconnect: what the server has answered is done; the rest is to be sent again. */
  replay(answered: number): void {
    const order = (entry: Entry) => entry.seq ?? Infinity;
    this.entries = this.entries
      .filter((entry) => entry.seq === null || entry.seq > answered)
      .sort((a, b) => (order(a) === order(b) ? 0 : order(a) - order(b)));
    this.nextSeq = Math.max(this.nextSeq, answered + 1);
    for (const entry of this.entries) entry.again = entry.seq !== null;
  }

  /** Marks what is late by now; says whether anything became late. */
  markLate(now: number): boolean {
    let changed = false;
    for (const entry of this.entries) {
      if (entry.late || now < entry.askedAt + LATE_AFTER_MS) continue;
      entry.late = true;
      changed = true;
    }
    return changed;
  }

  /** When to look again; `Infinity`: no need. `live`: whether sending is possible. */
  deadline(live: boolean, now: number): number {
    let at = Infinity;
    for (const entry of this.entries) {
      if (!entry.late) at = Math.min(at, entry.askedAt + LATE_AFTER_MS);
      if (!live || !isWaiting(entry)) continue;
      const allowed = now + Math.max(0, ((1 - this.allowance) / PER_SECOND) * 1000);
      at = Math.min(at, Math.max(allowed, this.blockedUntil(entry, now)));
    }
    return at;
  }
}
