/** The mirror of the scene document. */

import type { Update } from '../protocol';
import { touchedKeys } from './keys';
import { readScene } from './read-scene';
import { Replica } from './replica';
import { EMPTY_SCENE, type Scene } from './scene';

export class Mirror extends Replica {
  scene: Scene = EMPTY_SCENE;

  override reset(): void {
    super.reset();
    this.scene = EMPTY_SCENE;
  }

  /** Applies an update; gives the keys of what changed: nothing for the first one. */
  apply(update: Update): string[] {
    const before = update.kind === 'reset' || !this.ready ? null : this.scene;
    this.take(update);
    this.scene = readScene(this.doc);
    return before ? touchedKeys(before, this.scene) : [];
  }
}
