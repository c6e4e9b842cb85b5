/**
 * Hocuspocus as its documentation sets it up, storing each document in a file: `node server.mjs
 * FOLDER`. Prints `VERSION ADDRESS` when it listens, on a free port of this machine.
 */

import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { Server } from '@hocuspocus/server';
import { applyUpdate, encodeStateAsUpdate } from 'yjs';

const [folder] = process.argv.slice(2);
const { version } = JSON.parse(
  readFileSync(
    createRequire(import.meta.url)
      .resolve('@hocuspocus/server')
      .replace(/dist.*/, 'package.json'),
  ),
);
const file = (name) => join(folder, `${encodeURIComponent(name)}.yjs`);

const server = new Server({
  address: '127.0.0.1',
  port: 0,
  quiet: true,
  async onLoadDocument({ document, documentName }) {
    const path = file(documentName);
    if (existsSync(path)) applyUpdate(document, readFileSync(path));
  },
  async onStoreDocument({ document, documentName }) {
    await writeFile(file(documentName), encodeStateAsUpdate(document));
  },
});
await server.listen();
console.log(`${version} 127.0.0.1:${server.address.port}`);
