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

export interface Entry {
  key: string;
  ask: Ask;
  /** Number on the wire; `null` until it is sent for the first time. */
  seq: number | null;
  askedAt: number;
  sentAt: number | null;
  late: boolean;
}

export class Outbox {
  private entries: Entry[] = [];
  private nextSeq = 1;
  private lastSent = new Map<string, number>();

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
    this.entries.push({ key, ask, seq: null, askedAt: now, sentAt: null, late: false });
    return true;
  }

  /** What may be sent now; the entries are numbered and marked as sent. */
  takeDue(now: number): Entry[] {
    const due: Entry[] = [];
    for (const entry of this.entries) {
      if (entry.seq !== null || this.blockedUntil(entry, now) > now) continue;
      entry.seq = this.nextSeq++;
      entry.sentAt = now;
      this.lastSent.set(entry.key, now);
      due.push(entry);
    }
    return due;
  }

  private blockedUntil(entry: Entry, now: number): number {
    if (!isContinuous(entry.ask)) return now;
    const inFlight = this.entries.filter((e) => e.key === entry.key && e.seq !== null).length;
    if (inFlight >= MAX_IN_FLIGHT) return Infinity;
    return (this.lastSent.get(entry.key) ?? -Infinity) + MIN_SPACING_MS;
  }

  /** Removes and gives the entry that an ack or reject answers. */
  answer(seq: number): Entry | undefined {
    const index = this.entries.findIndex((entry) => entry.seq === seq);
    return index < 0 ? undefined : this.entries.splice(index, 1)[0];
  }

  /** After a reconnect: what the server has answered is done; the rest is given to be sent again. */
  replay(answered: number, now: number): Entry[] {
    this.entries = this.entries.filter((entry) => entry.seq === null || entry.seq > answered);
    this.nextSeq = Math.max(this.nextSeq, answered + 1);
    const again = this.entries.filter((entry) => entry.seq !== null);
    for (const entry of again) entry.sentAt = now;
    return again;
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
      if (live && entry.seq === null) at = Math.min(at, this.blockedUntil(entry, now));
    }
    return at;
  }
}
