/**
 * A server for work on the page without the real one: speaks protocol version 1 over a made-up
 * scene. `node dev/mock-server.mjs --help` lists what it can pretend.
 */

import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WebSocketServer } from 'ws';
import { api } from './mock/api.mjs';
import { MockAnnotations } from './mock/annotations.mjs';
import { Client } from './mock/client.mjs';
import { list as colormaps } from './mock/colormaps.mjs';
import { addSamples } from './mock/samples.mjs';
import { History } from './mock/history.mjs';
import { addPeople } from './mock/people.mjs';
import { MockScene } from './mock/scene.mjs';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '5190' },
    people: { type: 'string', default: '3' },
    latency: { type: 'string', default: '0' },
    empty: { type: 'boolean', default: false },
    'no-pictures': { type: 'boolean', default: false },
    annotations: { type: 'string', default: '0' },
    reject: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) {
  console.log(`--port N        default 5190
--people N      pretended participants, 0 to 5 (default 3)
--latency MS    added to every answer
--empty         a session without layers
--no-pictures   the first picture never comes
--annotations N points at random places, for trying many
--reject        refuses every change
While running: GET /mock?latency=400&reject=1&drop=1&down=SECONDS changes the same.
Tokens: ROLE or ROLE:NAME, e.g. presenter:Ada; expired and other are refused.`);
  process.exit(0);
}

const room = {
  scene: new MockScene(options.empty),
  annotations: new MockAnnotations(),
  history: new History(),
  clients: new Set(),
  people: new Map(),
  nextId: 1,
  latency: Number(options.latency),
  reject: options.reject,
  pictures: !options['no-pictures'],
  downUntil: 0,
  /** Sends a message to everybody, after the pretended latency. */
  tell(message) {
    for (const client of room.clients) client.send(message);
  },
  /** Writes the scene and tells everybody what changed. */
  commit(cause) {
    const update = room.scene.write();
    for (const client of room.clients) client.update(2, cause, update);
  },
  /** Writes annotations and tells everybody; gives what they were. */
  annotate(cause, changes) {
    const { update, before } = room.annotations.write(changes);
    room.scene.revision += 1;
    for (const client of room.clients) client.update(2, cause, update, 1);
    return before;
  },
  participants() {
    const participants = [...room.people.values()].map(
      ({ client: _, fake: __, answered: ___, ...shown }) => shown,
    );
    room.tell({ type: 'participants', participants });
  },
};
if (!options.empty) addSamples(room, Number(options.annotations));
addPeople(room, Math.min(5, Number(options.people)));

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const CSP =
  "default-src 'self'; img-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

function serve(request, response) {
  if (api(room, request, response)) return;
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/api/colormaps') {
    response.setHeader('content-type', 'application/json');
    return response.end(JSON.stringify(colormaps));
  }
  if (url.pathname === '/mock') {
    const { searchParams: given } = url;
    if (given.has('latency')) room.latency = Number(given.get('latency'));
    if (given.has('reject')) room.reject = given.get('reject') === '1';
    if (given.has('down')) room.downUntil = Date.now() + 1000 * Number(given.get('down'));
    if (given.has('drop') || given.has('down'))
      for (const client of room.clients) client.socket.close(1001, 'going_away');
    return response.end('ok\n');
  }
  const path = normalize(join(dist, url.pathname));
  const found = path.startsWith(dist) && existsSync(path) && statSync(path).isFile();
  const file = found ? path : join(dist, 'index.html');
  if (!existsSync(file))
    return response.writeHead(404).end('Run `npm run build`, or use `npm run dev`.\n');
  response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
  response.setHeader('content-security-policy', CSP);
  createReadStream(file).pipe(response);
}

const server = createServer(serve);
const sockets = new WebSocketServer({ noServer: true });
const tickets = new Map();
server.on('upgrade', (request, socket, head) => {
  if (Date.now() < room.downUntil) return socket.destroy();
  sockets.handleUpgrade(request, socket, head, (ws) => {
    if (request.url.startsWith('/v1/state')) new Client(room, tickets, ws);
    else
      ws.once('message', (text) => {
        const client = tickets.get(JSON.parse(text).ticket);
        if (client) client.attachPixels(ws);
        else ws.close(4409, 'bad_ticket');
      });
  });
});
server.listen(Number(options.port), '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${options.port}/s/main#token=presenter:Ada%20Lind`),
);
