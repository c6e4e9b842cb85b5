/** `npm run dev`: the mock server and Vite, which reloads the page when a file changes. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const children = [];
if (!process.env.PARFOCAL_BACKEND) {
  const mock = fileURLToPath(new URL('mock-server.mjs', import.meta.url));
  children.push(spawn(process.execPath, [mock, ...process.argv.slice(2)], { stdio: 'inherit' }));
}
const vite = await createServer();
await vite.listen();
vite.printUrls();
console.log('Open /s/main#token=presenter:Ada%20Lind (or viewer:…, annotator:…)');
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    for (const child of children) child.kill();
    process.exit(0);
  });
