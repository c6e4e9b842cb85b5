/** `window.parfocal`: read-only, for tests and for the curious. Holds no token. */

import type { Session } from './app/session';
import * as store from './app/store';
import { selection, tool } from './app/tool-state';

function base64(data: ArrayBuffer): string {
  const bytes = new Uint8Array(data);
  let text = '';
  const part = 0x8000;
  for (let at = 0; at < bytes.length; at += part)
    text += String.fromCharCode(...bytes.subarray(at, at + part));
  return btoa(text);
}

export function exposeDebug(session: Session | null): void {
  const debug = {
    /** `idle`, `connecting`, `greeting`, `syncing`, `live`, `waiting` or `stopped`. */
    get state() {
      return store.phase.value.at;
    },
    get phase() {
      return structuredClone(store.phase.value);
    },
    get scene() {
      return structuredClone(store.scene.value);
    },
    get revision() {
      return store.revision.value;
    },
    get me() {
      return store.me.value;
    },
    get role() {
      return store.role.value;
    },
    get view() {
      return store.viewId.value;
    },
    get watch() {
      return structuredClone(store.watch.value);
    },
    get participants() {
      return structuredClone(store.participants.value);
    },
    /** Wishes without an answer. */
    get pending() {
      return store.wishes.value.size;
    },
    /** How many annotations the mirror has. */
    get annotations() {
      return store.annotations.value.size;
    },
    /** An annotation of the mirror, or all names in a layer. */
    annotation(id: string) {
      return structuredClone(store.annotations.value.get(id) ?? null);
    },
    annotationsIn(layer: number) {
      return [...store.annotations.value.layer(layer).keys()];
    },
    get selected() {
      return [...selection.value.keys()];
    },
    get tool() {
      return tool.value;
    },
    get steps() {
      return structuredClone(store.steps.value);
    },
    get stats() {
      return structuredClone(store.stats.value);
    },
    /** Header of the picture shown last. */
    get frame() {
      return structuredClone(store.frame.value);
    },
    /** The picture shown last, as it came from the server: RGBA rows, base64. */
    async framePixels() {
      const read = await session?.read();
      if (!read?.data) return null;
      return { width: read.width, height: read.height, data: base64(read.data) };
    },
  };
  Object.defineProperty(window, 'parfocal', { value: Object.freeze(debug) });
}
