/** JSON text to messages. Unknown fields are ignored; anything else unknown is {@link Malformed}. */

import {
  bool,
  counter,
  fields,
  list,
  Malformed,
  natural,
  nullable,
  number,
  oneOf,
  pair,
  partly,
  record,
  text,
  u32,
  type Check,
} from './check';
import { annotationId } from './decode-annotation';
import { intent } from './decode-intent';
import type {
  Answer,
  ClientMessage,
  Cursor,
  Doing,
  LinkMessage,
  Participant,
  PixelClientMessage,
  PixelServerMessage,
  Query,
  ServerMessage,
  Watch,
} from './types';

export const codec = oneOf('h264', 'jpeg', 'png');
export const role = oneOf('viewer', 'annotator', 'presenter', 'owner');
const position = nullable(list(number));

const watch: Check<Watch> = (value, path) =>
  value === 'stage' || value === 'own'
    ? value
    : { follow: natural(fields(value, path)['follow'], `${path}.follow`) };

const query: Check<Query> = (value, path) => {
  const from = fields(value, path);
  if (from['kind'] === 'values')
    return { kind: 'values', world: pair(from['world'], `${path}.world`) };
  if (from['kind'] === 'histogram')
    return { kind: 'histogram', layer: natural(from['layer'], `${path}.layer`) };
  throw new Malformed(`${path}.kind is unknown`);
};

const answer: Check<Answer> = (value, path) => {
  const from = fields(value, path);
  switch (from['kind']) {
    case 'values':
      return {
        kind: 'values',
        world: pair(from['world'], `${path}.world`),
        values: list(record({ layer: natural, value: nullable(number) }))(
          from['values'],
          `${path}.values`,
        ),
      };
    case 'histogram':
      return {
        kind: 'histogram',
        layer: natural(from['layer'], `${path}.layer`),
        range: pair(from['range'], `${path}.range`),
        counts: list(number)(from['counts'], `${path}.counts`),
      };
    case 'unavailable':
      return { kind: 'unavailable', message: text(from['message'], `${path}.message`) };
    default:
      throw new Malformed(`${path}.kind is unknown`);
  }
};

type Busy = Omit<Doing, 'tool'>;
const busy: { [K in keyof Busy]-?: Check<NonNullable<Busy[K]>> } = {
  layer: natural,
  selected: list(annotationId),
  editing: annotationId,
};

/** Longest name of a tool, and most selected annotations that are told. */
const MAX_TOOL = 32;
const MAX_SELECTED = 64;

const doing: Check<Doing> = (value, path) => {
  const result = partly<Pick<Doing, 'tool'>, Busy>({ tool: text }, busy)(value, path);
  if (result.tool.length > MAX_TOOL || /\p{Cc}/u.test(result.tool))
    throw new Malformed(`${path}.tool is not the name of a tool`);
  if ((result.selected?.length ?? 0) > MAX_SELECTED)
    throw new Malformed(`${path}.selected is too long`);
  return result;
};

const participant: Check<Participant> = (value, path) => ({
  ...record({ id: natural, name: text, subject: text, color: text, role, watch })(value, path),
  ...doing(value, path),
});

const laser = { laser: bool };
const cursor = partly<Omit<Cursor, 'laser'>, Pick<Cursor, 'laser'>>(
  { participant: natural, view: natural, position },
  laser,
);

type Shapes<M extends { type: string }> = {
  [T in M['type']]: Check<Omit<Extract<M, { type: T }>, 'type'>>;
};

const serverShapes: Shapes<ServerMessage> = {
  welcome: record({
    version: natural,
    session: text,
    participant: natural,
    role,
    subject: text,
    reset: bool,
    answered: natural,
    ticket: text,
    heartbeat_ms: natural,
  }),
  refused: record({ code: text, message: text }),
  ack: (value, path) => {
    const from = fields(value, path);
    const base = record({ seq: counter, revision: natural })(from, path);
    return from['applied'] === undefined || from['applied'] === null
      ? base
      : { ...base, applied: intent(from['applied'], `${path}.applied`) };
  },
  resend: () => ({}),
  reject: record({ seq: counter, code: text, message: text }),
  participants: record({ participants: list(participant) }),
  cursors: record({ cursors: list(cursor) }),
  steps: record({ undo: nullable(text), redo: nullable(text) }),
  watching: record({ view: natural }),
  answer: record({ id: natural, answer }),
  pong: record({ time: number, server_us: natural }),
  notice: record({ code: text, message: text }),
};

const clientName: Check<string> = (value, path) => {
  const name = text(value, path);
  if (!/^[0-9a-f]{32}$/.test(name)) throw new Malformed(`${path} is not 32 hexadecimal digits`);
  return name;
};

type Hello = Omit<Extract<ClientMessage, { type: 'hello' }>, 'type'>;
type HelloResume = Pick<Hello, 'resume' | 'resume_annotations'>;
type HelloAlways = Omit<Hello, keyof HelloResume>;

const clientShapes: Shapes<ClientMessage> = {
  hello: partly<HelloAlways, HelloResume>(
    { version: natural, session: text, token: text, client: clientName, codecs: list(codec) },
    { resume: text, resume_annotations: text },
  ),
  intent: record({ seq: counter, intent }),
  watch: record({ seq: counter, target: watch }),
  canvas: record({ width: natural, height: natural }),
  cursor: partly<{ position: readonly number[] | null }, { laser?: boolean }>({ position }, laser),
  doing,
  ask: record({ id: natural, query }),
  ping: record({ time: number }),
};

const pixelClientShapes: Shapes<PixelClientMessage> = {
  attach: record({ ticket: text }),
  received: record({ sequence: u32 }),
  shown: record({ sequence: u32, decode_us: u32, held_us: u32 }),
  ceiling: record({ bitrate_bps: nullable(u32) }),
  keyframe: () => ({}),
  codec: record({ codec }),
};

export const linkState = oneOf('idle', 'steady', 'growing', 'congested', 'stalled');
export const limit = oneOf('link', 'ceiling', 'decoder', 'shared');
export const dropped: Check<LinkMessage['dropped']> = partly<object, LinkMessage['dropped']>(
  {},
  {
    pictures: natural,
    bytes: natural,
    late: natural,
    slow_start: natural,
    decoder: natural,
    paced: natural,
  },
);

const pixelServerShapes: Shapes<PixelServerMessage> = {
  stream: record({ view: natural, codec, config: text, width: natural, height: natural }),
  link: partly<Omit<LinkMessage, 'type' | 'why'>, Pick<LinkMessage, 'why'>>(
    {
      estimate_bps: u32,
      queue_ms: u32,
      state: linkState,
      width: u32,
      height: u32,
      fps: u32,
      bitrate_bps: u32,
      viewers: u32,
      dropped,
    },
    { why: limit },
  ),
};

function decoder<M extends { type: string }>(shapes: Shapes<M>): (json: string) => M {
  return (json) => {
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch {
      throw new Malformed('message is not JSON');
    }
    const from = fields(value, '');
    const type = from['type'];
    if (typeof type !== 'string' || !Object.hasOwn(shapes, type))
      throw new Malformed(`message type ${JSON.stringify(type)} is unknown`);
    return { type, ...shapes[type as M['type']](from, type) } as unknown as M;
  };
}

export const decodeServer = decoder<ServerMessage>(serverShapes);
export const decodeClient = decoder<ClientMessage>(clientShapes);
export const decodePixelClient = decoder<PixelClientMessage>(pixelClientShapes);
export const decodePixelServer = decoder<PixelServerMessage>(pixelServerShapes);
