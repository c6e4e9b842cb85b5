/**
 * The pixel worker: owns the pixel socket, the decoder and the canvas, so that pictures flow while
 * the page is busy. See `messages.ts` for what it hears and says.
 */

import { KeyframeGate } from '../core/keyframe-gate';
import {
  decodePixelHeader,
  decodePixelServer,
  encodePixelClient,
  PIXEL_HEADER_BYTES,
  type PixelClientMessage,
  type PixelHeader,
} from '../protocol';
import { decodeImage, Decoder, type Encoded, type Picture } from './decoder';
import type { FromWorker, ToWorker } from './messages';
import { Pacer } from './pacer';
import { Painter } from './painter';
import type { Tile } from './stills';

/** Failures of the H.264 decoder after which JPEG is asked for. */
const MAX_DECODER_FAILURES = 2;

let socket: WebSocket | null = null;
let url = '';
let painter: Painter | null = null;
let failures = 0;
let fallen = false;
/**
 * So long after the user asked for something, pictures are shown as soon as they are decoded: a hand
 * feels each millisecond, and whoever watches others feels the rhythm. On slow links the answer comes
 * as late as this.
 */
const OWN_MS = 1_000;
let askedAt = -Infinity;
/** The user's own limit, bits a second. */
let ceiling: number | null = null;
const gate = new KeyframeGate();
const pacer = new Pacer(show);
/** Tiles are decoded side by side, and drawn one after the other. */
let tiles = Promise.resolve();
let stillBytes = 0;

const decoder = new Decoder({
  picture: onPicture,
  lost: (pictures) => pictures.forEach(({ header }) => giveBack(header.sequence, 0)),
  failed: (reason) => {
    failures += 1;
    if (failures >= MAX_DECODER_FAILURES || typeof VideoDecoder === 'undefined') fallBack(reason);
    else if (gate.broken()) tell({ type: 'keyframe' });
  },
});

function say(message: FromWorker, transfer: Transferable[] = []): void {
  postMessage(message, { transfer });
}

function tell(message: PixelClientMessage): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(encodePixelClient(message));
}

function fallBack(reason: string): void {
  if (fallen) return;
  fallen = true;
  tell({ type: 'codec', codec: 'jpeg' });
  say({ type: 'fallback', reason });
}

/** Every picture gives its place in flight back, shown or not: else the server waits for ever. */
function giveBack(sequence: number, decodeMs: number): void {
  const decode_us = Math.round(decodeMs * 1000);
  tell({ type: 'shown', sequence, decode_us, held_us: pacer.report().delayUs });
}

function limit(bitrateBps: number | null): void {
  ceiling = bitrateBps;
  tell({ type: 'ceiling', bitrate_bps: ceiling });
}

function attach(ticket: string): void {
  detach();
  const mine = new WebSocket(url);
  socket = mine;
  mine.binaryType = 'arraybuffer';
  mine.onopen = () => {
    tell({ type: 'attach', ticket });
    if (fallen) tell({ type: 'codec', codec: 'jpeg' });
    limit(ceiling);
  };
  mine.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (mine !== socket) return;
    if (typeof data === 'string') onStream(data);
    else onBytes(new Uint8Array(data));
  };
  mine.onclose = ({ code }) => {
    if (mine !== socket) return;
    detach();
    say({ type: 'closed', code });
  };
  gate.restart();
  painter?.restart();
}

function detach(): void {
  const old = socket;
  socket = null;
  old?.close();
  decoder.close();
  pacer.restart();
}

function onStream(json: string): void {
  try {
    const message = decodePixelServer(json);
    if (message.type === 'link') return say({ type: 'link', link: message });
    const { type: _, view: __, ...stream } = message;
    gate.restart();
    if (stream.codec === 'h264') decoder.configure(stream.config);
    say({ type: 'stream', ...stream });
  } catch {
    // A message of a newer server: pictures go on.
  }
}

function onBytes(bytes: Uint8Array<ArrayBuffer>): void {
  let header;
  try {
    header = decodePixelHeader(bytes);
  } catch {
    return;
  }
  tell({ type: 'received', sequence: header.sequence });
  const verdict = gate.admit(header);
  if (header.tile) return onTile(header, header.tile, bytes.subarray(PIXEL_HEADER_BYTES));
  // Video that was on its way when this client gave it up.
  if (fallen && header.codec === 'h264') return giveBack(header.sequence, 0);
  if (verdict === 'decode')
    return decoder.decode({
      header,
      payload: bytes.subarray(PIXEL_HEADER_BYTES),
      arrivedAt: performance.now(),
    });
  giveBack(header.sequence, 0);
  if (verdict === 'ask_key') tell({ type: 'keyframe' });
}

interface Decoded {
  picture: Picture;
  header: PixelHeader;
  bytes: number;
  decodeMs: number;
}

function onPicture(picture: Picture, { header, payload, arrivedAt }: Encoded): void {
  const { sequence, captured_us, codec, key, exact } = header;
  const decodeMs = performance.now() - arrivedAt;
  const bytes = payload.byteLength + PIXEL_HEADER_BYTES;
  const own = performance.now() < askedAt + OWN_MS;
  const atOnce = own || codec !== 'h264' || key || exact;
  pacer.take({ picture, header, bytes, decodeMs }, sequence, captured_us, atOnce);
  giveBack(sequence, decodeMs);
}

function show({ picture, header, bytes, decodeMs }: Decoded): void {
  if (!painter) return picture.close();
  const { delayUs, dropped } = pacer.report();
  const heldMs = delayUs / 1000;
  // A tile of a still may have come before its time.
  if (!painter.show(picture, header)) return;
  say({ type: 'frame', header, bytes, decodeMs, heldMs, dropped, queue: decoder.queue });
}

function onTile(
  header: PixelHeader,
  at: readonly [number, number],
  payload: Uint8Array<ArrayBuffer>,
): void {
  const arrivedAt = performance.now();
  const mine = socket;
  const image = payload.byteLength > 0 ? decodeImage(payload, 'png') : Promise.resolve(null);
  // Whoever waits for its turn must not be the first to hear of a failure.
  image.catch(() => {});
  tiles = tiles.then(async () => {
    const tile: Tile | null = await image.then(
      (image) => ({ header, at, image }),
      () => null,
    );
    if (mine !== socket) return tile?.image?.close();
    const placed = tile && painter ? painter.tile(tile) : 'lost';
    giveBack(header.sequence, performance.now() - arrivedAt);
    stillBytes += payload.byteLength + PIXEL_HEADER_BYTES;
    // The server sends the whole still once more, after a key picture.
    if (placed === 'lost') tell({ type: 'keyframe' });
    if (placed !== 'whole') return;
    const [width, height] = header.canvas;
    say({ type: 'still', header: { ...header, tile: null, width, height }, bytes: stillBytes });
    stillBytes = 0;
  });
}

function read(id: number): void {
  const image = painter?.read() ?? null;
  if (!image) return say({ type: 'pixels', id, width: 0, height: 0, data: null });
  const data = image.data.buffer as ArrayBuffer;
  say({ type: 'pixels', id, width: image.width, height: image.height, data }, [data]);
}

onmessage = ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case 'init':
      url = data.url;
      painter = new Painter(data.canvas);
      return;
    case 'attach':
      return attach(data.ticket);
    case 'detach':
      return detach();
    case 'resize':
      return painter?.resize(data.width, data.height);
    case 'eye':
      return painter?.remember(data.view, data.revision, data.eye);
    case 'forget':
      return painter?.forget();
    case 'look':
      return painter?.lookThrough(data.eye);
    case 'asked':
      askedAt = performance.now();
      return;
    case 'ceiling':
      return limit(data.bitrateBps);
    case 'read':
      return read(data.id);
  }
};
