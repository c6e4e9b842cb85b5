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
  record,
  text,
  u32,
  type Check,
} from './check';
import type {
  Answer,
  ClientMessage,
  Intent,
  LayerChange,
  Participant,
  PixelClientMessage,
  Query,
  ServerMessage,
  SettingsChange,
  StreamMessage,
  Watch,
} from './types';

const codec = oneOf('h264', 'jpeg', 'png');
const role = oneOf('viewer', 'annotator', 'presenter', 'owner');
const world = nullable(pair);

const watch: Check<Watch> = (value, path) =>
  value === 'stage' || value === 'own'
    ? value
    : { follow: natural(fields(value, path)['follow'], `${path}.follow`) };

const layerChange: Check<LayerChange> = (value, path) => {
  const from = fields(value, path);
  const at = `${path}.value`;
  const raw = from['value'];
  switch (from['property']) {
    case 'name':
    case 'colormap':
      return { property: from['property'], value: text(raw, at) };
    case 'visible':
      return { property: 'visible', value: bool(raw, at) };
    case 'opacity':
    case 'gamma':
      return { property: from['property'], value: number(raw, at) };
    case 'contrast_limits':
      return { property: 'contrast_limits', value: pair(raw, at) };
    case 'blending':
      return {
        property: 'blending',
        value: oneOf('opaque', 'translucent', 'additive', 'minimum')(raw, at),
      };
    case 'interpolation2d':
      return { property: 'interpolation2d', value: oneOf('nearest', 'linear')(raw, at) };
    default:
      throw new Malformed(`${path}.property is unknown`);
  }
};

const settingsChange: Check<SettingsChange> = record<SettingsChange>({
  property: oneOf('scale_bar_visible', 'axes_visible', 'dims_label_visible'),
  value: bool,
});

export const intent: Check<Intent> = (value, path) => {
  const from = fields(value, path);
  const num = (name: string) => natural(from[name], `${path}.${name}`);
  switch (from['kind']) {
    case 'set_layer':
      return {
        kind: 'set_layer',
        layer: num('layer'),
        change: layerChange(from['change'], `${path}.change`),
      };
    case 'move_layer':
      return { kind: 'move_layer', layer: num('layer'), index: num('index') };
    case 'set_settings':
      return {
        kind: 'set_settings',
        change: settingsChange(from['change'], `${path}.change`),
      };
    case 'set_override':
      return {
        kind: 'set_override',
        view: num('view'),
        layer: num('layer'),
        change: layerChange(from['change'], `${path}.change`),
      };
    case 'clear_overrides':
      return {
        kind: 'clear_overrides',
        view: num('view'),
        layer: nullable(natural)(from['layer'], `${path}.layer`),
      };
    case 'set_point':
      return {
        kind: 'set_point',
        view: num('view'),
        axis: num('axis'),
        value: number(from['value'], `${path}.value`),
      };
    case 'set_displayed':
      return {
        kind: 'set_displayed',
        view: num('view'),
        displayed: pair(from['displayed'], `${path}.displayed`),
      };
    case 'set_camera':
      return {
        kind: 'set_camera',
        view: num('view'),
        center: pair(from['center'], `${path}.center`),
        zoom: number(from['zoom'], `${path}.zoom`),
      };
    case 'reset_view':
      return { kind: 'reset_view', view: num('view') };
    default:
      throw new Malformed(`${path}.kind is unknown`);
  }
};

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

const participant = record<Participant>({ id: natural, name: text, color: text, role, watch });

type Shapes<M extends { type: string }> = {
  [T in M['type']]: Check<Omit<Extract<M, { type: T }>, 'type'>>;
};

const serverShapes: Shapes<ServerMessage> = {
  welcome: record({
    version: natural,
    session: text,
    participant: natural,
    role,
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
  cursors: record({ cursors: list(record({ participant: natural, view: natural, world })) }),
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

const clientShapes: Shapes<ClientMessage> = {
  hello: (value, path) => {
    const from = fields(value, path);
    const base = record({
      version: natural,
      session: text,
      token: text,
      client: clientName,
      codecs: list(codec),
    })(from, path);
    return from['resume'] === undefined
      ? base
      : { ...base, resume: text(from['resume'], `${path}.resume`) };
  },
  intent: record({ seq: counter, intent }),
  watch: record({ seq: counter, target: watch }),
  canvas: record({ width: natural, height: natural }),
  cursor: record({ world }),
  ask: record({ id: natural, query }),
  ping: record({ time: number }),
};

const pixelClientShapes: Shapes<PixelClientMessage> = {
  attach: record({ ticket: text }),
  shown: record({ sequence: u32, decode_us: u32 }),
  keyframe: () => ({}),
  codec: record({ codec }),
};

const pixelServerShapes: Shapes<StreamMessage> = {
  stream: record({ view: natural, codec, config: text, width: natural, height: natural }),
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
export const decodePixelServer = decoder<StreamMessage>(pixelServerShapes);
