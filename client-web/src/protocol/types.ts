/** The messages of protocol version 1, as `docs/protocol.md` describes them. */

export const PROTOCOL_VERSION = 1;
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

export type LayerChange =
  | { property: 'name'; value: string }
  | { property: 'visible'; value: boolean }
  | { property: 'opacity'; value: number }
  | { property: 'blending'; value: Blending }
  | { property: 'interpolation2d'; value: Interpolation }
  | { property: 'colormap'; value: string }
  | { property: 'contrast_limits'; value: Pair }
  | { property: 'gamma'; value: number };

export type SettingsProperty = 'scale_bar_visible' | 'axes_visible' | 'dims_label_visible';
export type SettingsChange = { property: SettingsProperty; value: boolean };

export type Intent =
  | { kind: 'set_layer'; layer: number; change: LayerChange }
  | { kind: 'move_layer'; layer: number; index: number }
  | { kind: 'set_settings'; change: SettingsChange }
  | { kind: 'set_override'; view: number; layer: number; change: LayerChange }
  | { kind: 'clear_overrides'; view: number; layer: number | null }
  | { kind: 'set_point'; view: number; axis: number; value: number }
  | { kind: 'set_displayed'; view: number; displayed: Pair }
  | { kind: 'set_camera'; view: number; center: Pair; zoom: number }
  | { kind: 'reset_view'; view: number };

export type Query = { kind: 'values'; world: Pair } | { kind: 'histogram'; layer: number };

export type ClientMessage =
  | {
      type: 'hello';
      version: number;
      session: string;
      token: string;
      client: string;
      codecs: readonly PixelCodec[];
      resume?: string;
    }
  | { type: 'intent'; seq: number; intent: Intent }
  | { type: 'watch'; seq: number; target: Watch }
  | { type: 'canvas'; width: number; height: number }
  | { type: 'cursor'; world: Pair | null }
  | { type: 'ask'; id: number; query: Query }
  | { type: 'ping'; time: number };

export type Answer =
  | { kind: 'values'; world: Pair; values: { layer: number; value: number | null }[] }
  | { kind: 'histogram'; layer: number; range: Pair; counts: number[] }
  | { kind: 'unavailable'; message: string };

export interface Participant {
  id: number;
  name: string;
  color: string;
  role: Role;
  watch: Watch;
}

export interface Cursor {
  participant: number;
  view: number;
  world: Pair | null;
}

export interface Welcome {
  type: 'welcome';
  version: number;
  session: string;
  participant: number;
  role: Role;
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
  | { type: 'reject'; seq: number; code: string; message: string }
  | { type: 'participants'; participants: Participant[] }
  | { type: 'cursors'; cursors: Cursor[] }
  | { type: 'watching'; view: number }
  | { type: 'answer'; id: number; answer: Answer }
  | { type: 'pong'; time: number; server_us: number }
  | { type: 'notice'; code: string; message: string };

export type PixelClientMessage =
  | { type: 'attach'; ticket: string }
  | { type: 'shown'; sequence: number; decode_us: number }
  | { type: 'keyframe' }
  | { type: 'codec'; codec: PixelCodec };

export interface StreamMessage {
  type: 'stream';
  view: number;
  codec: PixelCodec;
  config: string;
  width: number;
  height: number;
}
