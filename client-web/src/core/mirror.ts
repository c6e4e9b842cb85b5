/** The client's copy of the scene document. Only the server's updates change it. */

import * as Y from 'yjs';
import type { Update } from '../protocol';
import { touchedKeys } from './keys';
import { readScene } from './read-scene';
import { EMPTY_SCENE, type Scene } from './scene';

export class Mirror {
  private doc = new Y.Doc();
  scene: Scene = EMPTY_SCENE;
  revision = 0;
  /** Whether a `sync` has arrived: before, the scene means nothing. */
  ready = false;

  /** Forgets everything: the server lost what this mirror knows. */
  reset(): void {
    this.doc.destroy();
    this.doc = new Y.Doc();
    this.scene = EMPTY_SCENE;
    this.revision = 0;
    this.ready = false;
  }

  /** Applies an update; gives the keys of what changed. Throws if the bytes are not an update. */
  apply(update: Update): string[] {
    if (update.kind === 'reset') this.reset();
    Y.applyUpdate(this.doc, update.bytes);
    this.revision = update.revision;
    const before = this.scene;
    this.scene = readScene(this.doc);
    if (!this.ready) {
      this.ready = update.kind !== 'update';
      return [];
    }
    return touchedKeys(before, this.scene);
  }

  /** What this mirror knows, to be told to the server; absent for a new one. */
  resume(): string | undefined {
    if (!this.ready) return undefined;
    return btoa(String.fromCharCode(...Y.encodeStateVector(this.doc)));
  }
}
