/**
 * Messages to JSON text, byte for byte as the server's own serialiser writes them: fields in the
 * order of the protocol, and floating point numbers always with a point or an exponent.
 */

import type { ClientMessage, Intent, LayerChange, Pair, PixelClientMessage, Query } from './types';

class Float {
  constructor(readonly value: number) {}
}

type Tree = string | number | boolean | null | Float | readonly Tree[] | { [name: string]: Tree };

const float = (value: number) => new Float(value);
const floats = (pair: Pair): Tree => [float(pair[0]), float(pair[1])];

function writeFloat(value: number): string {
  const text = String(value);
  if (/[.e]/.test(text)) return text.replace('e+', 'e');
  // The server writes whole numbers from 1e16 on with an exponent.
  return Math.abs(value) < 1e16
    ? `${Object.is(value, -0) ? '-0' : text}.0`
    : value.toExponential().replace('e+', 'e');
}

function write(tree: Tree): string {
  if (tree instanceof Float) return writeFloat(tree.value);
  if (Array.isArray(tree)) return `[${tree.map(write).join(',')}]`;
  if (typeof tree === 'object' && tree !== null) {
    const entries = Object.entries(tree as { [name: string]: Tree });
    return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${write(value)}`).join(',')}}`;
  }
  return JSON.stringify(tree);
}

function changeTree({ property, value }: LayerChange): Tree {
  if (typeof value === 'number') return { property, value: float(value) };
  if (typeof value === 'object') return { property, value: floats(value) };
  return { property, value };
}

function intentTree(intent: Intent): Tree {
  const { kind } = intent;
  switch (kind) {
    case 'set_layer':
      return { kind, layer: intent.layer, change: changeTree(intent.change) };
    case 'move_layer':
      return { kind, layer: intent.layer, index: intent.index };
    case 'set_settings':
      return { kind, change: { property: intent.change.property, value: intent.change.value } };
    case 'set_override':
      return { kind, view: intent.view, layer: intent.layer, change: changeTree(intent.change) };
    case 'clear_overrides':
      return { kind, view: intent.view, layer: intent.layer };
    case 'set_point':
      return { kind, view: intent.view, axis: intent.axis, value: float(intent.value) };
    case 'set_displayed':
      return { kind, view: intent.view, displayed: [intent.displayed[0], intent.displayed[1]] };
    case 'set_camera':
      return { kind, view: intent.view, center: floats(intent.center), zoom: float(intent.zoom) };
    case 'reset_view':
      return { kind, view: intent.view };
  }
}

function queryTree(query: Query): Tree {
  return query.kind === 'values'
    ? { kind: 'values', world: floats(query.world) }
    : { kind: 'histogram', layer: query.layer };
}

function clientTree(message: ClientMessage): Tree {
  const { type } = message;
  switch (type) {
    case 'hello': {
      const { version, session, token, client, codecs, resume } = message;
      const tree = { type, version, session, token, client, codecs };
      return resume === undefined ? tree : { ...tree, resume };
    }
    case 'intent':
      return { type, seq: message.seq, intent: intentTree(message.intent) };
    case 'watch': {
      const { target } = message;
      return {
        type,
        seq: message.seq,
        target: typeof target === 'string' ? target : { follow: target.follow },
      };
    }
    case 'canvas':
      return { type, width: message.width, height: message.height };
    case 'cursor':
      return { type, world: message.world && floats(message.world) };
    case 'ask':
      return { type, id: message.id, query: queryTree(message.query) };
    case 'ping':
      return { type, time: float(message.time) };
  }
}

function pixelTree(message: PixelClientMessage): Tree {
  const { type } = message;
  switch (type) {
    case 'attach':
      return { type, ticket: message.ticket };
    case 'shown':
      return { type, sequence: message.sequence, decode_us: message.decode_us };
    case 'keyframe':
      return { type };
    case 'codec':
      return { type, codec: message.codec };
  }
}

export const encodeClient = (message: ClientMessage): string => write(clientTree(message));
export const encodePixelClient = (message: PixelClientMessage): string => write(pixelTree(message));
