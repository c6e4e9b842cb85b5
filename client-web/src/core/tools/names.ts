/** The tools: what each makes, and in which kind of layer. */

import type { LayerKind, PaintTool, Shape } from '../../protocol';

export const TOOLS = [
  'pan',
  'select',
  'points',
  'line',
  'polyline',
  'path',
  'vector',
  'track',
  'polygon',
  'rectangle',
  'ellipse',
  'text',
  'ruler',
  'angle',
  'area',
  'statistics',
  'brush',
  'erase',
  'fill',
  'pick',
  'laser',
] as const;
export type Tool = (typeof TOOLS)[number];

/** How a tool takes points. */
export type Gesture =
  /** One click, one point. */
  | 'click'
  /** From press to release, or two clicks. */
  | 'span'
  /** Clicks, until it is finished. */
  | 'clicks'
  /** All that the pointer goes over while pressed. */
  | 'freehand'
  /** A box by dragging, a polygon by clicking. */
  | 'region'
  /** A click at each time, until it is finished. */
  | 'times';

export interface DrawTool {
  gesture: Gesture;
  shape: Shape;
  layer: LayerKind;
  measure?: 'length' | 'angle' | 'area' | 'statistics';
  /** As many points finish it. */
  most?: number;
  /** Fewer make nothing. */
  least: number;
  /** The box between the two points is made, not the line. */
  box?: boolean;
  closed?: boolean;
}

export const DRAW_TOOLS: Readonly<Partial<Record<Tool, DrawTool>>> = {
  points: { gesture: 'click', shape: 'point', layer: 'points', least: 1 },
  line: { gesture: 'span', shape: 'line', layer: 'shapes', least: 2 },
  polyline: { gesture: 'clicks', shape: 'polyline', layer: 'shapes', least: 2 },
  path: { gesture: 'freehand', shape: 'path', layer: 'shapes', least: 2 },
  vector: { gesture: 'span', shape: 'vector', layer: 'vectors', least: 2 },
  track: { gesture: 'times', shape: 'track', layer: 'tracks', least: 2 },
  polygon: { gesture: 'clicks', shape: 'polygon', layer: 'shapes', least: 3, closed: true },
  rectangle: { gesture: 'span', shape: 'rectangle', layer: 'shapes', least: 2, box: true },
  ellipse: { gesture: 'span', shape: 'ellipse', layer: 'shapes', least: 2, box: true },
  text: { gesture: 'click', shape: 'text', layer: 'shapes', least: 1 },
  ruler: { gesture: 'span', shape: 'line', layer: 'shapes', measure: 'length', least: 2 },
  angle: {
    gesture: 'clicks',
    shape: 'polyline',
    layer: 'shapes',
    measure: 'angle',
    least: 3,
    most: 3,
  },
  area: {
    gesture: 'region',
    shape: 'polygon',
    layer: 'shapes',
    measure: 'area',
    least: 3,
    closed: true,
  },
  statistics: {
    gesture: 'region',
    shape: 'polygon',
    layer: 'shapes',
    measure: 'statistics',
    least: 3,
    closed: true,
  },
};

export const PAINT_TOOLS: readonly PaintTool[] = ['brush', 'erase', 'fill'];

export const isPaintTool = (tool: Tool): tool is PaintTool =>
  (PAINT_TOOLS as readonly string[]).includes(tool);

/** Whether it changes what is drawn: needs the right to annotate. */
export const isEditing = (tool: Tool): boolean => tool in DRAW_TOOLS || isPaintTool(tool);

/** Shapes that are closed by themselves, and filled. */
export const isClosed = (shape: Shape): boolean =>
  shape === 'polygon' || shape === 'rectangle' || shape === 'ellipse';

/** Shapes whose single vertices may come and go. */
export const hasFreeVertices = (shape: Shape): boolean =>
  shape === 'polyline' || shape === 'path' || shape === 'polygon';

/** Fewest vertices of a shape. */
export const leastVertices = (shape: Shape): number => (shape === 'polygon' ? 3 : 2);
