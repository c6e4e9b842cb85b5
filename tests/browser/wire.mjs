/** Somebody who speaks the protocol without the page: `docs/protocol.md`. */

import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';

import { WebSocket } from './chromium.mjs';
import { PATIENCE } from './server.mjs';

/** A connection with this token, let in. */
export async function intruder(server, token) {
  const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/v1/state`);
  const said = [];
  socket.on('message', (data, binary) => {
    if (!binary) said.push(JSON.parse(data.toString()));
    socket.emit('said');
  });
  const hear = async (wanted) => {
    const end = AbortSignal.timeout(PATIENCE);
    for (;;) {
      const found = said.find(wanted);
      if (found) return found;
      await once(socket, 'said', { signal: end });
    }
  };
  await once(socket, 'open');
  const client = randomBytes(16).toString('hex');
  const hello = { type: 'hello', version: 2, session: 'main', token, client, codecs: [] };
  socket.send(JSON.stringify(hello));
  await hear(({ type }) => type === 'welcome');
  let seq = 0;
  return {
    /** The answer to an intent. */
    ask(intent) {
      const mine = ++seq;
      socket.send(JSON.stringify({ type: 'intent', seq: mine, intent }));
      return hear((message) => ['ack', 'reject'].includes(message.type) && message.seq === mine);
    },
    close: () => socket.close(),
  };
}

/** A token as the server makes them, but with these claims. */
export function forged(secret, claims) {
  const now = Math.floor(Date.now() / 1000);
  const usual = {
    iss: 'parfocal',
    aud: 'parfocal',
    sub: 'eve',
    name: 'eve',
    session: 'main',
    role: 'owner',
    iat: now,
    exp: now + 600,
  };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ ...usual, ...claims })}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/** Asks the HTTP API, by the token of a role: `docs/api.md`. */
export async function call(server, role, method, path, body) {
  const headers = { authorization: `Bearer ${server.token(role)}` };
  const said = await fetch(`${server.origin}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await said.text();
  return { status: said.status, answer: text ? JSON.parse(text) : null };
}
