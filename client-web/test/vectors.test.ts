/** The recorded bytes of the protocol, shared with the server's tests. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  decodeClient,
  decodePixelClient,
  decodePixelHeader,
  decodePixelServer,
  decodeServer,
  decodeUpdate,
  encodeClient,
  encodePixelClient,
  isPermanent,
  Malformed,
  PIXEL_HEADER_BYTES,
} from '../src/protocol';

const load = <T>(name: string): T[] =>
  JSON.parse(readFileSync(new URL(`../../sync/vectors/${name}.json`, import.meta.url), 'utf8'));

type MessageVector = {
  direction: 'client' | 'server' | 'pixel-client' | 'pixel-server';
  json: string;
  name: string;
  bad?: boolean;
};

const decoders = {
  client: decodeClient,
  server: decodeServer,
  'pixel-client': decodePixelClient,
  'pixel-server': decodePixelServer,
};

describe('messages', () => {
  const vectors = load<MessageVector>('messages');

  it.each(vectors.filter(({ bad }) => !bad))('$direction $name is understood', (vector) => {
    const message = decoders[vector.direction](vector.json);
    expect(JSON.parse(JSON.stringify(message))).toEqual(JSON.parse(vector.json));
  });

  it.each(vectors.filter(({ bad }) => bad))('$direction $name is refused', (vector) => {
    expect(() => decoders[vector.direction](vector.json)).toThrow(Malformed);
  });

  it.each(vectors.filter(({ bad, direction }) => !bad && direction === 'client'))(
    '$name is written byte for byte',
    ({ json }) => expect(encodeClient(decodeClient(json))).toBe(json),
  );

  it.each(vectors.filter(({ bad, direction }) => !bad && direction === 'pixel-client'))(
    'pixel $name is written byte for byte',
    ({ json }) => expect(encodePixelClient(decodePixelClient(json))).toBe(json),
  );
});

type BinaryVector = {
  hex: string;
  kind: 'pixel-header' | 'update';
  name: string;
  value: Record<string, unknown>;
  bad?: boolean;
};

const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('binary messages', () => {
  const vectors = load<BinaryVector>('binary');
  const decode = ({ hex, kind }: BinaryVector) => {
    const bytes = fromHex(hex);
    if (kind === 'update') {
      const update = decodeUpdate(bytes);
      return { ...update, bytes: toHex(update.bytes) };
    }
    return { ...decodePixelHeader(bytes), picture: toHex(bytes.subarray(PIXEL_HEADER_BYTES)) };
  };

  it.each(vectors.filter(({ bad }) => !bad))('$kind $name is understood', (vector) => {
    expect(decode(vector)).toEqual(vector.value);
  });

  it.each(vectors.filter(({ bad }) => bad))('$kind $name is refused', (vector) => {
    expect(() => decode(vector)).toThrow(Malformed);
  });
});

describe('close codes', () => {
  it.each(load<{ code: number; name: string; permanent: boolean }>('close'))(
    '$code $name: permanent $permanent',
    ({ code, permanent }) => expect(isPermanent(code)).toBe(permanent),
  );
});
