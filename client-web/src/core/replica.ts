/** The client's copy of one of the session's documents. Only the server's updates change it. */

import * as Y from 'yjs';
import { Malformed, type Update } from '../protocol';

export abstract class Replica {
  protected doc = new Y.Doc();
  /** Whether a `sync` has arrived: before, the document means nothing. */
  ready = false;

  /** Forgets everything: the server lost what this copy knows. */
  reset(): void {
    this.doc.destroy();
    this.doc = new Y.Doc();
    this.ready = false;
  }

  /** Applies an update. Throws if the bytes are not an update, or one that does not follow. */
  protected take(update: Update): void {
    if (update.kind === 'reset') this.reset();
    Y.applyUpdate(this.doc, update.bytes);
    const { pendingStructs, pendingDs } = this.doc.store;
    if (pendingStructs || pendingDs) throw new Malformed('the update does not follow');
    this.ready ||= update.kind !== 'update';
  }

  /** What this copy knows, to be told to the server; absent for a new one. */
  resume(): string | undefined {
    if (!this.ready) return undefined;
    return btoa(String.fromCharCode(...Y.encodeStateVector(this.doc)));
  }
}
