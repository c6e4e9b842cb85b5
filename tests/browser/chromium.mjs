/** Chromium, headless; also for programs that are no tests. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

/** The web client's own development dependencies: nothing else is installed for these tests. */
const dependency = createRequire(new URL('../../client-web/package.json', import.meta.url));
export const { WebSocket } = dependency('ws');
const { chromium } = dependency('playwright-core');

/** Flags with which Chromium runs headless, as any user, and calls nobody on the network. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Chromium by the variable `CHROMIUM`, else by the names under which it is installed. */
function chromiumPath() {
  const folders = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)];
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const installed = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = [process.env.CHROMIUM, ...installed].find((path) => path && existsSync(path));
  if (found) return found;
  throw new Error('no chromium: install it, or name it in the variable CHROMIUM');
}

export const launch = () =>
  chromium.launch({ executablePath: chromiumPath(), headless: true, args: FLAGS });
