/** The HTTP interface of the mock, as far as the page asks it; everything is forgotten at the end. */

import { streamsOf } from './streams.mjs';

const links = new Map();
const versions = [];
const sessions = new Map(
  [
    { name: 'main', title: 'Embryo, day 3', created_ms: Date.now() - 86_400_000 },
    { name: 'lab', title: 'Lab meeting', created_ms: Date.now() - 5_400_000 },
    { name: 'old', title: 'Pilot', created_ms: Date.now() - 9e9, archived: true },
  ].map((one) => [one.name, one]),
);

const listed = (room) =>
  [...sessions.values()].map((one) => ({
    archived: false,
    created_by: 'ada.lind',
    role: 'owner',
    participants: one.name === 'main' ? room.people.size : null,
    annotations: one.name === 'main' ? room.annotations.map.size : null,
    bytes: 4096,
    versions: 0,
    revision: 1,
    ...one,
  }));

function answer(room, method, parts, body) {
  const [what, name, part, id] = parts;
  if (what === 'links') {
    const view = links.get(name);
    return view ? [200, { session: 'main', view, created_by: 'ada', created_ms: 1 }] : [404];
  }
  if (what === 'invitations')
    return [200, { path: `/s/main#token=annotator:${encodeURIComponent(body.name)}` }];
  if (what !== 'sessions') return [404];
  if (part === 'links') {
    const code = `view${links.size + 1}`;
    links.set(code, body);
    return [201, { code, path: `/l/${code}` }];
  }
  if (part === 'streams') return [200, { streams: streamsOf(room) }];
  if (part === 'invitations') return [201, { path: '/i#invitation=secret' }];
  if (part === 'versions') {
    if (method === 'GET') return [200, { versions }];
    const at_ms = Date.now();
    const path = `/s/main@${versions.length + 1}`;
    if (method === 'POST' && !id)
      versions.push({ number: versions.length + 1, name: body.name, author: 'ada', at_ms, path });
    return [method === 'POST' && !id ? 201 : 200, {}];
  }
  if (part === 'participants') {
    for (const client of room.clients)
      if (client.id === Number(id)) client.socket.close(4402, 'revoked');
    return [204];
  }
  if (method === 'GET') return [200, { sessions: listed(room), may_create: true }];
  if (method === 'POST') {
    const made = `${body.title.toLowerCase().replaceAll(/\W+/g, '-')}-${sessions.size}`;
    sessions.set(made, { name: made, title: body.title, created_ms: Date.now() });
    return [201, { name: made, token: 'owner', path: `/s/${made}#token=owner` }];
  }
  if (method === 'PATCH') Object.assign(sessions.get(name), body);
  if (method === 'DELETE') sessions.delete(name);
  return [204];
}

/** Answers `/v1/…`; false for other addresses. */
export function api(room, request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  if (!pathname.startsWith('/v1/')) return false;
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks)) : {};
    const parts = pathname.split('/').slice(2).map(decodeURIComponent);
    const [status, content = { code: 'unknown', message: 'There is no such thing.' }] = answer(
      room,
      request.method,
      parts,
      body,
    );
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(status === 204 ? undefined : JSON.stringify(content));
  });
  return true;
}
