/** What people draw, paint and keep, as it is on the wire and in the annotations document. */

import type { Pair } from './types';

export const SHAPES = [
  'point',
  'line',
  'polyline',
  'path',
  'polygon',
  'rectangle',
  'ellipse',
  'text',
  'vector',
  'track',
] as const;
export type Shape = (typeof SHAPES)[number];

export const SYMBOLS = [
  'disc',
  'ring',
  'square',
  'diamond',
  'cross',
  'x',
  'triangle_up',
  'triangle_down',
  'star',
] as const;
export type Symbol = (typeof SYMBOLS)[number];

export type Feature = boolean | number | string;

/** World coordinates, one for each axis of the annotation's layer. */
export type Vertex = readonly number[];

export type Measure =
  { of: 'length' } | { of: 'angle' } | { of: 'area' } | { of: 'statistics'; layer: number };

/** The outcome of a measure; the server alone writes it. */
export type Measured =
  | { of: 'length'; value: number; unit: string | null }
  | { of: 'angle'; value: number }
  | { of: 'area'; value: number; perimeter: number; unit: string | null }
  | {
      of: 'statistics';
      layer: number;
      count: number;
      min: number;
      max: number;
      mean: number;
      std: number;
      histogram: readonly number[];
    }
  | { of: 'failed'; reason: string };

/** One annotation; absent properties are those of its layer's style. */
export interface Annotation {
  layer: number;
  shape: Shape;
  vertices: readonly Vertex[];
  /** `#rrggbb` or `#rrggbbaa`. */
  face_color?: string;
  edge_color?: string;
  /** Canvas pixels. */
  edge_width?: number;
  /** Diameter of a point in world units. */
  size?: number;
  symbol?: Symbol;
  text?: string;
  features?: Readonly<Record<string, Feature>>;
  measure?: Measure;
  measured?: Measured;
  /** Subject of the token of who made it; written by the server, as is `created`. */
  author: string;
  /** Milliseconds since 1970. */
  created: number;
}

export type NewAnnotation = Annotation & { id: string };

export interface ColorBy {
  feature: string;
  colormap: string;
  limits?: Pair;
}

/** How the annotations of a layer look that do not say otherwise. */
export interface AnnotationStyle {
  face_color: string;
  edge_color: string;
  edge_width: number;
  size: number;
  symbol: Symbol;
  text_size: number;
  out_of_slice_display: boolean;
  tail_length: number;
  color_by: ColorBy | null;
}

export type AnnotationChange =
  | { property: 'vertices'; value: readonly Vertex[] }
  | { property: 'move_vertex'; value: { index: number; to: Vertex } }
  /** Before the vertex that is at `index` now. */
  | { property: 'insert_vertex'; value: { index: number; at: Vertex } }
  | { property: 'remove_vertex'; value: { index: number } }
  | { property: 'face_color' | 'edge_color' | 'text'; value: string | null }
  | { property: 'edge_width' | 'size'; value: number | null }
  | { property: 'symbol'; value: Symbol | null }
  | { property: 'feature'; value: { name: string; value: Feature | null } }
  | { property: 'measure'; value: Measure | null };

export type PaintTool = 'brush' | 'erase' | 'fill';

/** A stroke, or a part of one: parts of one stroke have the same number. */
export interface Paint {
  layer: number;
  stroke: number;
  tool: PaintTool;
  label: number;
  /** Diameter in voxels. */
  brush_size: number;
  displayed: Pair;
  n_edit_dimensions: number;
  path: readonly Vertex[];
}

/** Names that annotations may have. */
export const ANNOTATION_ID = /^[A-Za-z0-9_-]{1,40}$/;
