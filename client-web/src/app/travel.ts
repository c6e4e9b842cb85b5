/** Going somewhere: to an annotation, to a kept view. */

import { framed, worldAt } from '../core/camera';
import { axisPosition } from '../core/scene';
import { isInSlice, pointsOf } from '../core/annotations/plane';
import { boxOf } from '../core/annotations/store';
import type { Annotation, View } from '../protocol';
import { ask, editableView, eye } from './actions';
import * as store from './store';
import * as state from './tool-state';

/** The middle of an annotation's vertices, along each axis of its layer. */
function middle({ vertices, shape }: Annotation): number[] {
  const counted = shape === 'vector' ? vertices.slice(0, 1) : vertices;
  return (counted[0] ?? []).map(
    (_, axis) => counted.reduce((sum, vertex) => sum + vertex[axis]!, 0) / counted.length,
  );
}

/** Of the picture's sides what an annotation takes that is zoomed to. */
const ZOOMED_PART = 0.6;

/** The zoom at which an annotation is easily edited. */
function zoomFor(one: Annotation): number | undefined {
  const plane = state.planes.value.get(one.layer);
  const camera = eye.value;
  if (!plane || !camera) return undefined;
  const [top, left, bottom, right] = boxOf(one, plane.at);
  const near = framed(camera, [top, left], [bottom, right]);
  return near ? near.zoom * ZOOMED_PART : camera.zoom;
}

/** The view that is shown, but with an annotation in its middle. */
function viewOf(one: Annotation, zoom = eye.value?.zoom): View | null {
  const seen = store.view.value;
  const camera = eye.value;
  const layer = state.layerOf(one.layer);
  if (!seen || !camera || !layer || zoom === undefined) return null;
  const place = middle(one);
  const center: [number, number] = [...camera.center];
  const point = [...seen.point];
  layer.axes.forEach((axis, at) => {
    const value = place[at];
    const info = store.scene.value.axes[axis];
    if (value === undefined || !info) return;
    const shown = seen.displayed.indexOf(axis);
    if (shown >= 0) center[shown as 0 | 1] = value;
    else if (axisPosition(info, value) !== axisPosition(info, seen.point[axis] ?? 0))
      point[axis] = value;
  });
  return { ...seen, point, camera: { center, zoom } };
}

/** The view that is shown, but as {@link zoomTo} would move it; for a link. */
export const viewZoomedTo = (one: Annotation): View | null => viewOf(one, zoomFor(one));

/** Moves the view that may be moved to where an annotation is, so near that it is easily edited. */
export function zoomTo(one: Annotation): void {
  const zoom = zoomFor(one);
  if (zoom !== undefined) goTo(one, zoom);
}

/** Moves the view that may be moved to where an annotation is. */
export function goTo(one: Annotation, zoom = eye.value?.zoom): void {
  const wanted = viewOf(one, zoom);
  if (!wanted) return;
  const view = editableView();
  if (view === null) return;
  wanted.point.forEach((value, axis) => {
    if (value !== store.view.value?.point[axis]) ask({ kind: 'set_point', view, axis, value });
  });
  ask({ kind: 'set_camera', view, ...wanted.camera });
}

/** Whether an annotation is on the slice and on the screen. */
function isSeen(one: Annotation): boolean {
  const plane = state.planes.value.get(one.layer);
  const camera = eye.value;
  const { width, height } = store.viewport.value;
  if (!plane || !camera || !isInSlice(one, plane)) return false;
  const [top, left] = worldAt(camera, { width, height }, 0, 0);
  const [bottom, right] = worldAt(camera, { width, height }, width, height);
  return pointsOf(one, plane).some(([v, h]) => v >= top && v <= bottom && h >= left && h <= right);
}

/** Goes to an annotation that cannot be seen, where one's own view or the stage may be moved. */
export function showIfHidden(one: Annotation): void {
  const free =
    store.watch.value === 'own' || (store.watch.value === 'stage' && !store.stageLocked.value);
  if (free && !isSeen(one)) goTo(one);
}
