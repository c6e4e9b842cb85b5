/** The mirror of the annotations document: each change touches what it names and nothing else. */

import type * as Y from 'yjs';
import type { Update } from '../../protocol';
import { Replica } from '../replica';
import { readAnnotation } from './read';
import { Annotations } from './store';

const ROOT = 'annotations';

export class AnnotationMirror extends Replica {
  readonly annotations = new Annotations();

  override reset(): void {
    super.reset();
    this.annotations.clear();
  }

  /** Applies an update; gives the names of the annotations that it changed. */
  apply(update: Update): string[] {
    if (update.kind === 'reset') this.reset();
    const map = this.doc.getMap(ROOT);
    let changed: string[] = [];
    const note = ({ keysChanged }: Y.YMapEvent<unknown>) => (changed = [...keysChanged]);
    map.observe(note);
    try {
      this.take(update.kind === 'reset' ? { ...update, kind: 'sync' } : update);
    } finally {
      map.unobserve(note);
    }
    for (const id of changed)
      this.annotations.set(id, map.has(id) ? readAnnotation(map.get(id)) : null);
    return changed;
  }
}
