/** Brush strokes until a picture shows them, and the brush under the pointer. */

import { brushSize, labelOf, paintLayer, strokes, type DrawnStroke } from '../app/painting';
import { pointer, scene, view } from '../app/store';
import * as state from '../app/tool-state';
import { labelCss } from '../core/labels';
import { voxelOf } from '../core/scene';
import { isPaintTool } from '../core/tools/names';
import type { Pair } from '../protocol';
import type { Projection } from './drawn';

/** Screen pixels of a voxel (vertical, horizontal). */
function voxel(layer: number | null, to: Projection): Pair {
  const displayed = view.value?.displayed ?? [0, 1];
  const of = layer === null ? null : state.layerOf(layer);
  const [tall, wide] = voxelOf(of, scene.value.axes, displayed);
  return [tall * to.unit, wide * to.unit];
}

function isHere({ displayed, path }: DrawnStroke): boolean {
  const seen = view.value;
  const first = path[0];
  if (!seen || !first || displayed.join() !== seen.displayed.join()) return false;
  return scene.value.axes.every(
    ({ step }, axis) =>
      displayed.includes(axis) || Math.abs(first[axis]! - (seen.point[axis] ?? 0)) <= step / 2,
  );
}

function Stroke({ stroke, to }: { stroke: DrawnStroke; to: Projection }) {
  if (!isHere(stroke) || stroke.tool === 'fill') return null;
  const [tall, wide] = voxel(stroke.layer, to);
  // Voxels may be no squares: the line is drawn in voxels, and stretched.
  const places = stroke.path.map((vertex) => {
    const { x, y } = to.at([vertex[stroke.displayed[0]]!, vertex[stroke.displayed[1]]!]);
    return `${(x / wide).toFixed(2)} ${(y / tall).toFixed(2)}`;
  });
  const label = stroke.label ?? labelOf(stroke.layer);
  const erases = stroke.tool === 'erase';
  const color = erases ? '#000' : label === null ? 'var(--text)' : labelCss(label);
  const opacity = state.layerOf(stroke.layer ?? -1)?.opacity ?? 0.6;
  return (
    <path
      d={`M${places.join(' L')}${places.length === 1 ? ' h0.001' : ''}`}
      transform={`scale(${wide} ${tall})`}
      class="stroke"
      stroke={color}
      stroke-width={stroke.size}
      opacity={erases ? 0.55 : opacity}
      data-testid={`stroke-${stroke.number}`}
    />
  );
}

/** The size of the brush, where it would paint. */
function Brush({ to }: { to: Projection }) {
  const at = pointer.value;
  const tool = state.tool.value;
  if (!at || !isPaintTool(tool) || tool === 'fill') return null;
  const layer = paintLayer()?.id ?? null;
  const [tall, wide] = voxel(layer, to);
  const { x, y } = to.at(at);
  const label = labelOf(layer);
  return (
    <g data-testid="brush-cursor">
      <ellipse
        class="brush brush-under"
        cx={x}
        cy={y}
        rx={Math.max((brushSize.value * wide) / 2, 1.5)}
        ry={Math.max((brushSize.value * tall) / 2, 1.5)}
      />
      <ellipse
        class={`brush ${tool === 'erase' ? 'brush-erase' : ''}`}
        cx={x}
        cy={y}
        rx={Math.max((brushSize.value * wide) / 2, 1.5)}
        ry={Math.max((brushSize.value * tall) / 2, 1.5)}
        style={label !== null && tool !== 'erase' ? { stroke: labelCss(label) } : {}}
      />
    </g>
  );
}

export function Strokes({ to }: { to: Projection }) {
  return (
    <g>
      {strokes.value.map((stroke) => (
        <Stroke key={stroke.number} stroke={stroke} to={to} />
      ))}
      <Brush to={to} />
    </g>
  );
}
