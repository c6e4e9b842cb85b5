/** The two binary layouts: the mirror update and the header before each picture. Little endian. */

import { Malformed } from './check';
import type { PixelCodec } from './types';

export const UPDATE_HEADER_BYTES = 16;
export const PIXEL_HEADER_BYTES = 48;

/** Which of a session's two documents. */
export type Domain = 'scene' | 'annotations';

/** Bytes for a mirror. */
export interface Update {
  domain: Domain;
  /** All that the mirror lacks, one commit, or the whole document for a new mirror. */
  kind: 'sync' | 'update' | 'reset';
  /** Participant whose intent caused it; 0: the server. */
  cause: number;
  /** Revision of the session after it: commits of both documents are counted together. */
  revision: number;
  /** Yjs update, v1 encoding. */
  bytes: Uint8Array;
}

/** What a client must know about a picture before it decodes it. */
export interface PixelHeader {
  codec: PixelCodec;
  key: boolean;
  complete: boolean;
  exact: boolean;
  sequence: number;
  view: number;
  width: number;
  height: number;
  revision: number;
  /** When the scene was read, microseconds of the server's clock. */
  captured_us: number;
  render_us: number;
  encode_us: number;
  /** Where a tile of a still belongs on the canvas (x, y); null for a whole picture. */
  tile: readonly [number, number] | null;
  /** Width and height that the view was rendered at; a whole picture may be smaller. */
  canvas: readonly [number, number];
}

const UPDATE_KINDS = ['sync', 'update', 'reset'] as const;
const DOMAINS = ['scene', 'annotations'] as const;
const CODECS: readonly PixelCodec[] = ['jpeg', 'h264', 'png'];

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function decodeUpdate(bytes: Uint8Array): Update {
  if (bytes.byteLength < UPDATE_HEADER_BYTES) throw new Malformed('update is too short');
  const data = view(bytes);
  const kind = UPDATE_KINDS[data.getUint8(0) - 1];
  const domain = DOMAINS[data.getUint8(1)];
  if (kind === undefined || domain === undefined)
    throw new Malformed('kind or document of the update is unknown');
  return {
    domain,
    kind,
    cause: data.getUint32(4, true),
    revision: Number(data.getBigUint64(8, true)),
    bytes: bytes.subarray(UPDATE_HEADER_BYTES),
  };
}

export function decodePixelHeader(bytes: Uint8Array): PixelHeader {
  if (bytes.byteLength < PIXEL_HEADER_BYTES) throw new Malformed('picture is too short');
  const data = view(bytes);
  const codec = CODECS[data.getUint8(1)];
  if (data.getUint8(0) !== 2 || codec === undefined)
    throw new Malformed('layout or codec of the picture is unknown');
  const flags = data.getUint8(2);
  return {
    codec,
    key: (flags & 1) !== 0,
    complete: (flags & 2) !== 0,
    exact: (flags & 4) !== 0,
    sequence: data.getUint32(4, true),
    view: data.getUint32(8, true),
    width: data.getUint16(12, true),
    height: data.getUint16(14, true),
    revision: Number(data.getBigUint64(16, true)),
    captured_us: Number(data.getBigUint64(24, true)),
    render_us: data.getUint32(32, true),
    encode_us: data.getUint32(36, true),
    tile: (flags & 8) !== 0 ? [data.getUint16(40, true), data.getUint16(42, true)] : null,
    canvas: [data.getUint16(44, true), data.getUint16(46, true)],
  };
}
