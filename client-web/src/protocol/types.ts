/** The messages of protocol version 1, as `docs/protocol.md` describes them. */

import type { AnnotationChange, AnnotationStyle, NewAnnotation, Paint } from './annotation';

export const PROTOCOL_VERSION = 2;
export const STATE_PATH = '/v1/state';
export const PIXELS_PATH = '/v1/pixels';

export type PixelCodec = 'h264' | 'jpeg' | 'png';
export type Role = 'viewer' | 'annotator' | 'presenter' | 'owner';
/** (vertical, horizontal), or (smallest, largest). */
export type Pair = readonly [number, number];

/** Whose view somebody looks at. */
export type Watch = 'stage' | 'own' | { readonly follow: number };

export type Blending = 'opaque' | 'translucent' | 'additive' | 'minimum';
export type Interpolation = 'nearest' | 'linear';
/** How samples along a ray become a colour, where three axes are shown. */
export type Rendering = 'mip' | 'minip' | 'average' | 'attenuated_mip' | 'translucent' | 'iso';
/** (depth, vertical, horizontal), or angles in degrees. */
export type Triple = readonly [number, number, number];

export type LayerKind = 'image' | 'labels' | 'points' | 'shapes' | 'vectors' | 'tracks';
/** Whose annotations an annotator may change in a layer. */
export type EditScope = 'all' | 'own';

/** Attenuation of a layer that says none. */
export const ATTENUATION = 0.05;

/** How a layer looks; every field can be overridden in a view. */
export interface Look {
  visible: boolean;
  opacity: number;
  blending: Blending;
  interpolation2d: Interpolation;
  colormap: string;
  contrast_limits: Pair;
  gamma: number;
  rendering: Rendering;
  attenuation: number;
  /** `null`: the middle of the contrast limits. */
  iso_threshold: number | null;
  interpolation3d: Interpolation;
}

/** `center` is world (vertical, horizontal) at the middle of the canvas; `zoom` canvas pixels per unit. */
export interface Camera {
  center: Pair;
  zoom: number;
}

/** A camera of three axes: `zoom` is at the distance of `center`, `angles` are napari's. */
export interface Camera3d {
  depth: number;
  center: Triple;
  zoom: number;
  angles: Triple;
  perspective: number;
}

/** What one eye looks at. */
export interface View {
  point: readonly number[];
  displayed: Pair;
  camera: Camera;
  /** Where three axes are shown. */
  camera3d?: Camera3d;
  canvas: Pair;
  overrides: Readonly<Record<number, readonly LayerChange[]>>;
}

/** A view that was kept. */
export interface Bookmark {
  name: string;
  author: string;
  view: View;
  looks: Readonly<Record<number, Look>>;
}

export type LayerChange =
  | { property: 'name'; value: string }
  | { property: 'visible'; value: boolean }
  | { property: 'opacity'; value: number }
  | { property: 'blending'; value: Blending }
  | { property: 'interpolation2d'; value: Interpolation }
  | { property: 'colormap'; value: string }
  | { property: 'contrast_limits'; value: Pair }
  | { property: 'gamma'; value: number }
  | { property: 'rendering'; value: Rendering }
  | { property: 'attenuation'; value: number }
  | { property: 'iso_threshold'; value: number | null }
  | { property: 'interpolation3d'; value: Interpolation }
  | { property: 'style'; value: AnnotationStyle }
  | { property: 'locked'; value: boolean }
  | { property: 'edit_scope'; value: EditScope };

export type SettingsProperty = 'scale_bar_visible' | 'axes_visible' | 'dims_label_visible';
export type SettingsChange = { property: SettingsProperty; value: boolean };

export type Intent =
  | { kind: 'set_layer'; layer: number; change: LayerChange }
  | { kind: 'move_layer'; layer: number; index: number }
  | { kind: 'set_settings'; change: SettingsChange }
  | { kind: 'add_layer'; layer_kind: LayerKind; name?: string; layer?: number }
  | { kind: 'remove_layer'; layer: number }
  | { kind: 'add_annotations'; annotations: readonly NewAnnotation[] }
  | { kind: 'change_annotation'; annotation: string; change: AnnotationChange }
  | { kind: 'move_annotations'; annotations: readonly string[]; by: readonly number[] }
  | { kind: 'remove_annotations'; annotations: readonly string[] }
  | ({ kind: 'paint' } & Paint)
  | { kind: 'new_label'; layer: number; label?: number }
  | { kind: 'undo' }
  | { kind: 'redo' }
  | { kind: 'set_bookmark'; bookmark: Bookmark }
  | { kind: 'remove_bookmark'; name: string }
  | { kind: 'set_override'; view: number; layer: number; change: LayerChange }
  | { kind: 'clear_overrides'; view: number; layer: number | null }
  | { kind: 'set_point'; view: number; axis: number; value: number }
  | { kind: 'set_displayed'; view: number; displayed: Pair }
  | { kind: 'set_camera'; view: number; center: Pair; zoom: number }
  | { kind: 'set_ndisplay'; view: number; ndisplay: number }
  | {
      kind: 'set_camera3d';
      view: number;
      center: Triple;
      zoom: number;
      angles: Triple;
      perspective: number;
    }
  | { kind: 'reset_view'; view: number };

export type Query = { kind: 'values'; world: Pair } | { kind: 'histogram'; layer: number };

/** What somebody is busy with, for the others to see. */
export interface Doing {
  /** Name of their tool; empty: none. */
  tool: string;
  layer?: number;
  selected?: readonly string[];
  /** The annotation that they are changing just now. */
  editing?: string;
}

export type ClientMessage =
  | {
      type: 'hello';
      version: number;
      session: string;
      token: string;
      client: string;
      codecs: readonly PixelCodec[];
      resume?: string;
      resume_annotations?: string;
    }
  | { type: 'intent'; seq: number; intent: Intent }
  | { type: 'watch'; seq: number; target: Watch }
  | { type: 'canvas'; width: number; height: number }
  | ({ type: 'cursor' } & Pointing)
  | ({ type: 'doing' } & Doing)
  | { type: 'ask'; id: number; query: Query }
  | { type: 'ping'; time: number };

export type Answer =
  | { kind: 'values'; world: Pair; values: { layer: number; value: number | null }[] }
  | { kind: 'histogram'; layer: number; range: Pair; counts: number[] }
  | { kind: 'unavailable'; message: string };

/** Where somebody points: a world coordinate for each axis of the scene; `null`: nowhere. */
export interface Pointing {
  position: readonly number[] | null;
  /** A laser pointer: what it shows fades. */
  laser?: boolean;
}

export interface Participant extends Doing {
  id: number;
  name: string;
  /** The user, as annotations name their authors. */
  subject: string;
  color: string;
  role: Role;
  watch: Watch;
}

export interface Cursor extends Pointing {
  participant: number;
  view: number;
}

/** What `undo` and `redo` would do for this participant now, as words. */
export interface Steps {
  undo: string | null;
  redo: string | null;
}

export interface Welcome {
  type: 'welcome';
  version: number;
  session: string;
  participant: number;
  role: Role;
  subject: string;
  reset: boolean;
  answered: number;
  ticket: string;
  heartbeat_ms: number;
}

export type ServerMessage =
  | Welcome
  | { type: 'refused'; code: string; message: string }
  | { type: 'ack'; seq: number; revision: number; applied?: Intent }
  | { type: 'resend' }
  | ({ type: 'steps' } & Steps)
  | { type: 'reject'; seq: number; code: string; message: string }
  | { type: 'participants'; participants: Participant[] }
  | { type: 'cursors'; cursors: Cursor[] }
  | { type: 'watching'; view: number }
  | { type: 'answer'; id: number; answer: Answer }
  | { type: 'pong'; time: number; server_us: number }
  | { type: 'notice'; code: string; message: string };

export type PixelClientMessage =
  | { type: 'attach'; ticket: string }
  /** At once, before it is decoded. */
  | { type: 'received'; sequence: number }
  | { type: 'shown'; sequence: number; decode_us: number; held_us: number }
  /** The user's own limit; null: none. */
  | { type: 'ceiling'; bitrate_bps: number | null }
  | { type: 'keyframe' }
  | { type: 'codec'; codec: PixelCodec };

/** How a link does. */
export type LinkState = 'idle' | 'steady' | 'growing' | 'congested' | 'stalled';
/** What keeps pictures from being larger or smoother. */
export type Limit = 'link' | 'ceiling' | 'decoder' | 'shared';
/** Why a picture that was painted did not come. */
export type DropReason = 'pictures' | 'bytes' | 'late' | 'slow_start' | 'decoder' | 'paced';

/** How this client's link does, and what it gets; about once a second while pictures flow. */
export interface LinkMessage {
  type: 'link';
  /** What the link carries. */
  estimate_bps: number;
  /** How long messages wait on the way. */
  queue_ms: number;
  state: LinkState;
  /** Absent where nothing does. */
  why?: Limit;
  width: number;
  height: number;
  fps: number;
  bitrate_bps: number;
  /** Who gets this stream, this client too. */
  viewers: number;
  /** How many pictures did not come since the connection began, by reason. */
  dropped: Readonly<Partial<Record<DropReason, number>>>;
}

export interface StreamMessage {
  type: 'stream';
  view: number;
  codec: PixelCodec;
  config: string;
  width: number;
  height: number;
}

export type PixelServerMessage = StreamMessage | LinkMessage;
