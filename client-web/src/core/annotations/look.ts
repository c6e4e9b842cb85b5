/** How an annotation looks: its own properties over those of its layer. */

import type { Annotation, AnnotationStyle, Symbol } from '../../protocol';
import { DEFAULT_STYLE } from '../scene';

export interface AnnotationLook {
  face_color: string;
  edge_color: string;
  edge_width: number;
  size: number;
  symbol: Symbol;
  text_size: number;
}

/** Without colour by feature: that is for the picture. */
export function lookOf(one: Annotation, style: AnnotationStyle | null): AnnotationLook {
  const base = style ?? DEFAULT_STYLE;
  return {
    face_color: one.face_color ?? base.face_color,
    edge_color: one.edge_color ?? base.edge_color,
    edge_width: one.edge_width ?? base.edge_width,
    size: one.size ?? base.size,
    symbol: one.symbol ?? base.symbol,
    text_size: base.text_size,
  };
}

/** Diameter of the points of a new layer, in screen pixels. */
const POINT_PX = 10;

/**
 * Diameter of the points of a new layer, in world units: 1, 2 or 5 times a power of ten, and easily
 * seen at the zoom of `perPixel` world units a screen pixel.
 */
export function usualSize(perPixel: number): number {
  const size = POINT_PX * perPixel;
  const exponent = Math.floor(Math.log10(size));
  const far = (nice: number) => Math.abs(Math.log(nice / size));
  const nice = [1, 2, 5, 10].map((digit) => Number(`${digit}e${exponent}`));
  return nice.reduce((best, one) => (far(one) < far(best) ? one : best));
}

/** Corners of symbols on a circle of radius 1, as (angle in twelfths of a turn, radius). */
const CORNERS: Readonly<Partial<Record<Symbol, readonly (readonly [number, number])[]>>> = {
  square: [1.5, 4.5, 7.5, 10.5].map((at) => [at, Math.SQRT2] as const),
  diamond: [0, 3, 6, 9].map((at) => [at, 1] as const),
  triangle_up: [9, 1, 5].map((at) => [at, 1] as const),
  triangle_down: [3, 7, 11].map((at) => [at, 1] as const),
  star: Array.from({ length: 10 }, (_, at) => [9 + 1.2 * at, at % 2 === 0 ? 1 : 0.42] as const),
};

/** A symbol as an SVG path around (x, y). */
export function symbolPath(symbol: Symbol, x: number, y: number, radius: number): string {
  const place = (dx: number, dy: number) =>
    `${(x + dx * radius).toFixed(1)} ${(y + dy * radius).toFixed(1)}`;
  if (symbol === 'cross')
    return `M${place(-1, 0)} L${place(1, 0)} M${place(0, -1)} L${place(0, 1)}`;
  if (symbol === 'x')
    return `M${place(-0.8, -0.8)} L${place(0.8, 0.8)} M${place(-0.8, 0.8)} L${place(0.8, -0.8)}`;
  const corners = CORNERS[symbol];
  if (!corners) {
    const r = radius.toFixed(1);
    return `M${place(-1, 0)} A${r} ${r} 0 1 0 ${place(1, 0)} A${r} ${r} 0 1 0 ${place(-1, 0)} Z`;
  }
  const points = corners.map(([at, far]) => {
    const angle = (at / 12) * 2 * Math.PI;
    return place(far * Math.cos(angle), far * Math.sin(angle));
  });
  return `M${points.join(' L')} Z`;
}
