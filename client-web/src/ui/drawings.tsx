/**
 * What the page draws over the picture, at once: wishes that no picture shows yet, what is being
 * drawn, what is selected, and what the others have selected.
 */

import type { ComponentChildren } from 'preact';
import { eye } from '../app/actions';
import { me, overlay, participants, scene, settling, view, viewport } from '../app/store';
import * as state from '../app/tool-state';
import { isSeen } from '../core/annotations/hit';
import { isInSlice, outlineOf, pointsOf, type Plane } from '../core/annotations/plane';
import { changed, moved } from '../core/annotations/wishes';
import { resized } from '../core/geometry';
import type { Annotation, Pair } from '../protocol';
import { DraftShape } from './draft';
import { Drawn, outlinePath, planeOfLayer, projection, type Projection } from './drawn';
import { initials } from './format';
import { LaserTrails } from './lasers';
import { pointedPerson, popover, sheet } from './state';
import { Strokes } from './strokes';

/** Outlines of selected annotations; more of them say no more. */
const MAX_OUTLINES = 400;
const MAX_OTHERS = 128;

/** Wishes, and what the mirror shows and no picture yet. */
function Wished({ to }: { to: Projection }) {
  const shown: [string, Annotation][] = [];
  for (const [id, one] of overlay.value) if (one) shown.push([id, one]);
  for (const id of settling.value) {
    const one = overlay.value.has(id) ? null : state.annotationOf(id);
    if (one) shown.push([id, one]);
  }
  for (const one of state.waiting.value) shown.push([one.id, one]);
  return (
    <g data-testid="wishes" data-count={shown.length}>
      {shown.map(([id, one]) => {
        const plane = planeOfLayer(one.layer);
        return plane && isInSlice(one, plane) ? (
          <Drawn key={id} one={one} plane={plane} to={to} />
        ) : null;
      })}
    </g>
  );
}

/** The annotation as the drag that is under way would leave it. */
function dragged(id: string, one: Annotation, plane: Plane): Annotation {
  const grip = state.grip.value;
  if (grip.what === 'moving' && state.lockedBecause(one) === null) {
    const by = one.vertices[0]!.map((_, at) =>
      at === plane.at[0] ? grip.by[0] : at === plane.at[1] ? grip.by[1] : 0,
    );
    return moved(one, by);
  }
  if (grip.what !== 'vertex' || grip.id !== id) return one;
  const put = (at: Pair): number[] => {
    const vertex = [...one.vertices[0]!];
    [vertex[plane.at[0]], vertex[plane.at[1]]] = [at[0], at[1]];
    return vertex;
  };
  if (one.shape === 'rectangle' || one.shape === 'ellipse')
    return { ...one, vertices: resized(pointsOf(one, plane), grip.index, grip.to).map(put) };
  if (one.shape === 'vector') {
    const points = pointsOf(one, plane);
    points[grip.index] = grip.to;
    const by = put(points[1]!).map((value, axis) => value - put(points[0]!)[axis]!);
    return { ...one, vertices: [put(points[0]!), by] };
  }
  return changed(one, {
    property: 'move_vertex',
    value: { index: grip.index, to: put(grip.to) },
  });
}

function Handles({ one, plane, to }: { one: Annotation; plane: Plane; to: Projection }) {
  const points = pointsOf(one, plane);
  if (points.length < 2 || points.length > MAX_OUTLINES) return null;
  return (
    <>
      {points.map((point, index) => {
        const { x, y } = to.at(point);
        return (
          <rect
            key={index}
            class="handle-corner"
            x={x - 4}
            y={y - 4}
            width="8"
            height="8"
            rx="2"
            data-testid={`corner-${index}`}
          />
        );
      })}
    </>
  );
}

function Selected({ to }: { to: Projection }) {
  const all = [...state.selection.value];
  const only = all.length === 1 && state.tool.value === 'select' ? all[0]! : null;
  const busy = state.grip.value.what === 'moving' || state.grip.value.what === 'vertex';
  return (
    <g data-testid="selection" data-count={all.length}>
      {all.slice(0, MAX_OUTLINES).map(([id, one]) => {
        const plane = planeOfLayer(one.layer);
        if (!plane || !isSeen(one, plane, state.field())) return null;
        const now = dragged(id, one, plane);
        return (
          <g key={id}>
            {busy && <Drawn one={now} plane={plane} to={to} />}
            <path class="outline-under" d={outlinePath(now, plane, to)} />
            <path class="outline" d={outlinePath(now, plane, to)} />
            {only && state.lockedBecause(one) === null && (
              <Handles one={now} plane={plane} to={to} />
            )}
          </g>
        );
      })}
    </g>
  );
}

function Hovered({ to }: { to: Projection }) {
  const id = state.hovered.value;
  const one = id === null || state.chosen.value.has(id) ? null : state.annotationOf(id);
  const plane = one && planeOfLayer(one.layer);
  if (!one || !plane || !isSeen(one, plane, state.field())) return null;
  return <path class="outline outline-hover" d={outlinePath(one, plane, to)} />;
}

/** What the others have selected, in their colours. */
function Others({ to }: { to: Projection }) {
  const shown: ComponentChildren[] = [];
  for (const who of participants.value) {
    if (who.id === me.value) continue;
    let tagged = false;
    for (const id of who.selected ?? []) {
      const one = state.annotationOf(id);
      const plane = one && planeOfLayer(one.layer);
      if (!one || !plane || !isSeen(one, plane, state.field()) || shown.length >= MAX_OTHERS)
        continue;
      const d = outlinePath(one, plane, to);
      const top = outlineOf(one, plane)
        .map(to.at)
        .reduce((a, b) => (b.y < a.y ? b : a));
      const editing = who.editing === id;
      shown.push(
        <g key={`${who.id}:${id}`} style={{ '--who': who.color }} class="other-selection">
          <path
            class={`outline ${editing ? 'is-edited' : ''}`}
            d={d}
            data-testid={`edited-${id}`}
          />
          {(!tagged || editing) && (
            <g transform={`translate(${top.x.toFixed(1)} ${(top.y - 12).toFixed(1)})`}>
              <rect x="-11" y="-8" width="22" height="15" rx="7.5" />
              <text text-anchor="middle" dy="3">
                {initials(who.name)}
              </text>
            </g>
          )}
        </g>,
      );
      tagged = true;
    }
  }
  return <g data-testid="others-selection">{shown}</g>;
}

/** What those see who look around alone, while one asks who is here. */
function Frames({ to }: { to: Projection }) {
  const seen = view.value;
  const all = popover.value === 'people' || sheet.value === 'people';
  if (!seen || (!all && pointedPerson.value === null)) return null;
  return (
    <g data-testid="frames">
      {participants.value.map(({ id, color, name, watch }) => {
        const theirs = watch === 'own' && id !== me.value ? scene.value.views[id] : undefined;
        const same = theirs?.displayed.join() === seen.displayed.join();
        if (!theirs || !same || (!all && pointedPerson.value !== id)) return null;
        const { center, zoom } = theirs.camera;
        const half = [theirs.canvas[1] / 2 / zoom, theirs.canvas[0] / 2 / zoom] as const;
        const corner = to.at([center[0] - half[0], center[1] - half[1]]);
        const width = 2 * half[1] * to.unit;
        const height = 2 * half[0] * to.unit;
        return (
          <g key={id} class="other-frame" style={{ '--who': color }}>
            <rect x={corner.x} y={corner.y} width={width} height={height} rx="6" />
            <text x={corner.x + 8} y={corner.y + 18}>
              {name}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function Rubber({ to }: { to: Projection }) {
  const grip = state.grip.value;
  const box = grip.what === 'box' ? grip : state.zoomBox.value;
  if (!box) return null;
  const [a, b] = [to.at(box.from), to.at(box.to)];
  return (
    <rect
      class="rubber"
      x={Math.min(a.x, b.x)}
      y={Math.min(a.y, b.y)}
      width={Math.abs(a.x - b.x)}
      height={Math.abs(a.y - b.y)}
    />
  );
}

export function Drawings() {
  const camera = eye.value;
  const { width, height } = viewport.value;
  if (!camera || width === 0) return null;
  const to = projection(camera);
  return (
    <svg class="drawings" width={width} height={height} aria-hidden="true">
      <Strokes to={to} />
      <Wished to={to} />
      <Frames to={to} />
      <Others to={to} />
      <Hovered to={to} />
      <Selected to={to} />
      <DraftShape to={to} />
      <Rubber to={to} />
      <LaserTrails to={to} />
    </svg>
  );
}
