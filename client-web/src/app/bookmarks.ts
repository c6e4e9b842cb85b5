/** Keeping views, going to them, and handing them on as links and documents. */

import { effect, untracked } from '@preact/signals';
import {
  bookmarkOf,
  documentOf,
  documentOfBookmark,
  journeyTo,
  type ViewDocument,
} from '../core/view-document';
import { STAGE } from '../core/scene';
import type { Bookmark, Pair, View } from '../protocol';
import { ask, editableView, eye, setSpace, space, watch } from './actions';
import type { KeptView } from './api';
import type { LinkedView } from './link';
import * as store from './store';

/** The view that is shown, with the camera as it is wished. */
function shownView(): View | null {
  const view = store.view.value;
  const camera = eye.value;
  const deep = space.value;
  if (view && deep) return { ...view, camera3d: deep.camera };
  return view && camera
    ? { ...view, camera: { center: camera.center, zoom: camera.zoom } }
    : (view ?? null);
}

/** A view as a document: the one that is shown, if no other is given. */
export function documentOfView(view: View | null = shownView()): ViewDocument | null {
  return view && documentOf(store.scene.value, view);
}

/** The same as the server keeps it. */
export function keptOfView(view: View | null = shownView()): KeptView | null {
  if (!view) return null;
  const { view: kept, looks } = bookmarkOf(store.scene.value, view, '');
  return { view: kept, looks };
}

/** A name that no kept view has. */
export function freeName(make: (number: number) => string): string {
  const taken = store.scene.value.bookmarks;
  for (let number = Object.keys(taken).length + 1; ; number++)
    if (!(make(number) in taken)) return make(number);
}

export function keepView(name: string): void {
  const view = shownView();
  const plain = name.trim();
  if (!view || !plain) return;
  ask({ kind: 'set_bookmark', bookmark: bookmarkOf(store.scene.value, view, plain) });
}

export function forgetView(name: string): void {
  ask({ kind: 'remove_bookmark', name });
}

/** Makes a view show what a document says. */
function travel(document: ViewDocument, view: number, from: View | null, canvas: Pair): void {
  const journey = journeyTo(document, store.scene.value, from, canvas);
  if (journey.displayed) ask({ kind: 'set_displayed', view, displayed: journey.displayed });
  for (const { axis, value } of journey.points) ask({ kind: 'set_point', view, axis, value });
  ask({ kind: 'set_camera', view, ...journey.camera });
  const { ndisplay, camera3d } = journey;
  if (ndisplay !== null) ask({ kind: 'set_ndisplay', view, ndisplay });
  if (camera3d) setSpace(view, camera3d);
  for (const { layer, change } of journey.looks)
    if (view === STAGE) ask({ kind: 'set_layer', layer, change });
    else ask({ kind: 'set_override', view, layer, change });
}

/** Goes to a kept view, on the stage or in one's own view, whichever is looked at. */
export function goToBookmark(bookmark: Bookmark): void {
  const view = editableView();
  if (view === null) return;
  const from = store.scene.value.views[view] ?? null;
  const canvas = from?.canvas ?? store.view.value?.canvas ?? bookmark.view.canvas;
  travel(documentOfBookmark(store.scene.value, bookmark), view, from, canvas);
}

/** Opens what a link leads to, in one's own view. */
export function openLinkedView(linked: LinkedView): void {
  const document =
    'document' in linked
      ? linked.document
      : documentOfBookmark(store.scene.value, { name: '', author: '', ...linked.kept });
  watch('own');
  const view = store.me.value;
  let left = false;
  // A view that is not there yet is made by the server first: what is asked of it before is refused.
  const stop = effect(() => {
    const own = store.scene.value.views[view];
    if (!own || left) return;
    left = true;
    untracked(() => travel(document, view, own, own.canvas));
    queueMicrotask(() => stop());
  });
}
