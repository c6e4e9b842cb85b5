/** What is being drawn, and what it measures so far. */

import { scene, selectedLayer, view } from '../app/store';
import * as state from '../app/tool-state';
import { angleAt, areaOf, ellipseOutline, lengthOf } from '../core/geometry';
import { DEFAULT_STYLE } from '../core/scene';
import { outline } from '../core/tools/draw';
import { DRAW_TOOLS, isClosed } from '../core/tools/names';
import type { Pair } from '../protocol';
import { svgPath, type Projection } from './drawn';
import { quantity, unitSymbol } from './format';

/** The unit of lengths in the plane that is shown; `null`: its axes differ, and have none in common. */
export function planeUnit(): string | null {
  const units = view.value?.displayed.map((axis) => scene.value.axes[axis]?.unit ?? null) ?? [];
  return units.length > 0 && units[0] === units[1] ? (units[0] ?? null) : null;
}

/** The same as a symbol; empty for axes that only count samples, or have no unit in common. */
export const planeUnitText = (): string => unitSymbol(planeUnit());

/** What the shape measures by now, for a person. */
function measured(shape: string, points: readonly Pair[], measure: string | undefined): string {
  const unit = planeUnitText();
  if (measure === 'angle')
    return points.length === 3
      ? `${angleAt(points[0]!, points[1]!, points[2]!).toFixed(1)}°`
      : quantity(lengthOf(points), unit);
  if (shape === 'rectangle' && points.length === 4) {
    const [a, b, c] = points as [Pair, Pair, Pair];
    return `${quantity(lengthOf([a, b]), unit)} × ${quantity(lengthOf([b, c]), unit)}`;
  }
  if (measure === 'area' || measure === 'statistics')
    return points.length > 2 ? quantity(areaOf(points), unit && `${unit}²`) : '';
  return measure === 'length' ? quantity(lengthOf(points), unit) : '';
}

export function DraftShape({ to }: { to: Projection }) {
  const draft = state.draft.value;
  const kind = draft && DRAW_TOOLS[draft.tool];
  if (!draft || !kind || draft.points.length === 0) return null;
  const { shape, points } = outline(draft);
  const style = selectedLayer.value?.style ?? DEFAULT_STYLE;
  const closed = isClosed(shape) && points.length > 2;
  const line = shape === 'ellipse' && points.length === 4 ? ellipseOutline(points) : points;
  const d = svgPath(line, to, closed);
  const corners = draft.tool === 'path' ? [] : draft.points;
  const text = measured(shape, points, kind.measure);
  const end = points.at(-1);
  const label = end && text ? to.at(draft.next ?? end) : null;
  const first = corners[0];
  const closes = kind.closed && !draft.pressed && corners.length >= kind.least;
  return (
    <g class="draft" data-testid="draft" data-points={draft.points.length}>
      <path d={d} class="outline-under" />
      <path
        d={d}
        fill={closed ? style.face_color : 'none'}
        stroke={style.edge_color}
        stroke-width="2"
        stroke-linejoin="round"
        stroke-linecap="round"
        stroke-dasharray={draft.fault ? '4 4' : undefined}
      />
      {corners.map(({ world }, at) => {
        const { x, y } = to.at(world);
        return <circle key={at} cx={x} cy={y} r="3.5" class="draft-corner" />;
      })}
      {closes && first && <circle {...center(to.at(first.world))} r="9" class="draft-close" />}
      {label && (
        <g transform={`translate(${label.x.toFixed(1)} ${label.y.toFixed(1)})`}>
          <text class="draft-measure" x="14" y="-10">
            {text}
          </text>
        </g>
      )}
    </g>
  );
}

const center = ({ x, y }: { x: number; y: number }) => ({ cx: x, cy: y });
