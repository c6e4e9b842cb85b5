/**
 * What the browser tests share: Chromium in front of the `parfocal` program, and evidence where a
 * test fails (the server's last words, a screenshot of each page).
 *
 * `scenario(name, options, work)` is a test with a fresh server and a fresh state folder. Nothing
 * sleeps: each wait is for an event, bounded by `PATIENCE`.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { launch } from './chromium.mjs';
import { Page } from './page.mjs';
import { evidence, PATIENCE, Server } from './server.mjs';

let browser = null;
/** One browser for each file of tests. */
async function theBrowser() {
  browser ??= launch();
  return browser;
}
after(async () => (await browser)?.close());

/** What a scenario works with. */
class Lab {
  pages = [];
  /** @param {Server} server */
  constructor(server) {
    this.server = server;
  }

  /** A page in a browser profile of its own. `options` are Playwright's for a context. */
  async open(url, options = {}) {
    const { noisy = false, ...rest } = options;
    const size = { viewport: { width: 1440, height: 900 }, ...rest };
    const context = await (await theBrowser()).newContext(size);
    context.setDefaultTimeout(PATIENCE);
    const page = new Page(await context.newPage(), context, this.server, noisy);
    this.pages.push(page);
    await page.raw.goto(url);
    return page;
  }

  /** A page of this role that shows the session. */
  async join(role, options = {}) {
    const { query = '', name, ...rest } = options;
    const link = name ? this.server.linkFor(name, role) : this.server.link(role);
    const page = await this.open(link.replace('#', `${query}#`), rest);
    await page.live();
    return page;
  }

  async close() {
    for (const page of this.pages) await page.context.close();
    await this.server.close();
  }
}

async function witness(name, lab, error) {
  mkdirSync(evidence, { recursive: true });
  const lines = [];
  for (const [index, page] of lab.pages.entries()) {
    const path = join(evidence, `${name.replace(/\W+/g, '-').slice(0, 80)}-${index + 1}.png`);
    const took = await page.raw.screenshot({ path, timeout: 5_000 }).catch(() => null);
    lines.push(`page ${index + 1}: ${took ? path : 'no screenshot'}`, ...page.said, ...page.wire);
  }
  lines.push('the server said last:', ...lab.server.log);
  error.message += `\n${lines.map((line) => `    ${line}`).join('\n')}`;
  return error;
}

/** A test with a server and a browser. `options` are the server's, and how long it may take. */
export function scenario(name, { timeout = 4 * PATIENCE, ...options }, work) {
  test(name, { timeout }, async (t) => {
    const server = new Server(options);
    const lab = new Lab(server);
    try {
      await server.start();
      await work(lab, t);
      for (const page of lab.pages) page.mustBeQuiet();
    } catch (error) {
      throw await witness(name, lab, error);
    } finally {
      await lab.close();
    }
  });
}

/** Tells a figure that is worth reading even where the test passes. */
export const report = (t, text) => t.diagnostic(text);
