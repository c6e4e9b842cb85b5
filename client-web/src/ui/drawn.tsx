/** Annotations as the page draws them: where they are on the screen, in their own colours. */

import { perPixel, wished } from '../app/actions';
import { scene, view, viewport } from '../app/store';
import * as state from '../app/tool-state';
import { lookOf, symbolPath, usualSize } from '../core/annotations/look';
import { outlineOf, planeOf, type Plane } from '../core/annotations/plane';
import { fit, screenOf, type Eye } from '../core/camera';
import { key } from '../core/keys';
import { DEFAULT_STYLE } from '../core/scene';
import { isClosed } from '../core/tools/names';
import type { Annotation, AnnotationStyle, Pair } from '../protocol';

/** From the plane of the view to the screen. */
export interface Projection {
  at: (world: Pair) => { x: number; y: number };
  /** Screen pixels for a world unit, and for a canvas pixel. */
  unit: number;
  pixel: number;
}

export function projection(camera: Eye): Projection {
  const size = viewport.value;
  const { scale } = fit(camera.canvas, size);
  return {
    at: (world) => screenOf(camera, size, world),
    unit: scale * camera.zoom,
    pixel: scale,
  };
}

export function svgPath(points: readonly Pair[], { at }: Projection, closed: boolean): string {
  const places = points.map((point) => {
    const { x, y } = at(point);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return places.length > 0 ? `M${places.join(' L')}${closed ? ' Z' : ''}` : '';
}

/** The plane of an annotation's layer; one that is not there yet runs along all axes. */
export function planeOfLayer(layer: number): Plane | null {
  const found = state.planes.value.get(layer);
  const seen = view.value;
  if (found || layer >= 0 || !seen) return found ?? null;
  const axes = scene.value.axes.map((_, axis) => axis);
  return planeOf({ id: layer, axes, style: null }, seen, scene.value.axes);
}

function arrowHead(points: readonly Pair[], { at }: Projection): string {
  const [from, to] = points.map(at);
  if (!from || !to) return '';
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const far = Math.min(12, Math.hypot(to.x - from.x, to.y - from.y) / 2);
  const end = (turn: number) =>
    `${(to.x - far * Math.cos(angle + turn)).toFixed(1)} ${(to.y - far * Math.sin(angle + turn)).toFixed(1)}`;
  return ` M${end(0.5)} L${to.x.toFixed(1)} ${to.y.toFixed(1)} L${end(-0.5)}`;
}

/** How annotations of a layer look, as wished; one that is not there yet looks like a new one. */
function styleOf(layer: number): AnnotationStyle {
  const style = state.layerOf(layer)?.style;
  if (style) return wished(key.layer(layer, 'style'), style);
  return { ...DEFAULT_STYLE, size: usualSize(perPixel()) };
}

/** An annotation in its own colours. */
export function Drawn({ one, plane, to }: { one: Annotation; plane: Plane; to: Projection }) {
  const look = lookOf(one, styleOf(one.layer));
  const points = outlineOf(one, plane);
  const [first] = points;
  if (!first) return null;
  const { x, y } = to.at(first);
  const width = look.edge_width * to.pixel;
  if (one.shape === 'text')
    return (
      <text x={x} y={y} fill={look.edge_color} font-size={look.text_size * to.pixel} dy="0.35em">
        {one.text}
      </text>
    );
  if (one.shape === 'point') {
    const radius = Math.max((look.size * to.unit) / 2, 1);
    const d = symbolPath(look.symbol, x, y, radius);
    const filled = look.symbol !== 'ring' && look.symbol !== 'cross' && look.symbol !== 'x';
    return (
      <path
        d={d}
        fill={filled ? look.face_color : 'none'}
        stroke={look.edge_color}
        stroke-width={width}
      />
    );
  }
  const closed = isClosed(one.shape);
  const head = one.shape === 'vector' ? arrowHead(points, to) : '';
  return (
    <path
      d={svgPath(points, to, closed) + head}
      fill={closed ? look.face_color : 'none'}
      stroke={look.edge_color}
      stroke-width={Math.max(width, 1)}
      stroke-linejoin="round"
      stroke-linecap="round"
    />
  );
}

/** The line around an annotation that says that it is selected. */
export function outlinePath(one: Annotation, plane: Plane, to: Projection): string {
  const points = outlineOf(one, plane);
  const [first] = points;
  if (!first) return '';
  const { x, y } = to.at(first);
  if (one.shape === 'point') {
    const size = lookOf(one, styleOf(one.layer)).size;
    return symbolPath('disc', x, y, Math.max((size * to.unit) / 2, 3) + 3);
  }
  if (one.shape === 'text') {
    const size = styleOf(one.layer).text_size * to.pixel;
    const width = Math.max(8, (one.text?.length ?? 1) * size * 0.56);
    return `M${x - 4} ${y - size * 0.7} h${width + 8} v${size * 1.4} h${-width - 8} Z`;
  }
  return svgPath(points, to, isClosed(one.shape));
}
