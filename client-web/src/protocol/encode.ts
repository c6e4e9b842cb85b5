/**
 * Messages to JSON text, byte for byte as the server's own serialiser writes them: fields in the
 * order of the protocol.
 */

import { intentTree } from './encode-intent';
import { float, floats, write, type Tree } from './json';
import type { ClientMessage, PixelClientMessage, Query } from './types';

function queryTree(query: Query): Tree {
  return query.kind === 'values'
    ? { kind: 'values', world: floats(query.world) }
    : { kind: 'histogram', layer: query.layer };
}

function clientTree(message: ClientMessage): Tree {
  const { type } = message;
  switch (type) {
    case 'hello': {
      const { version, session, token, client, codecs, resume, resume_annotations } = message;
      const tree: Tree = { type, version, session, token, client, codecs };
      if (resume !== undefined) tree['resume'] = resume;
      if (resume_annotations !== undefined) tree['resume_annotations'] = resume_annotations;
      return tree;
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
      return {
        type,
        position: message.position && floats(message.position),
        ...(message.laser && { laser: true }),
      };
    case 'doing':
      return {
        type,
        tool: message.tool,
        ...(message.layer !== undefined && { layer: message.layer }),
        ...(message.selected?.length && { selected: message.selected }),
        ...(message.editing !== undefined && { editing: message.editing }),
      };
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
    case 'received':
      return { type, sequence: message.sequence };
    case 'shown': {
      const { sequence, decode_us, held_us } = message;
      return { type, sequence, decode_us, held_us };
    }
    case 'ceiling':
      return { type, bitrate_bps: message.bitrate_bps };
    case 'keyframe':
      return { type };
    case 'codec':
      return { type, codec: message.codec };
  }
}

export const encodeClient = (message: ClientMessage): string => write(clientTree(message));
export const encodePixelClient = (message: PixelClientMessage): string => write(pixelTree(message));
