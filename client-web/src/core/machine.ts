/**
 * The client without sockets and clock: what comes in (socket events, the user's asks, time) is
 * turned into what goes out (messages, events for the screen). The shell calls `handle` for each
 * input, carries out the outputs in order, and calls again with `timer` at `deadline()`.
 */

import {
  decodeServer,
  decodeUpdate,
  encodeClient,
  HEARTBEAT_MS,
  isPermanent,
  Malformed,
  MAX_CLIENT_MESSAGE_BYTES,
  PROTOCOL_VERSION,
  SILENCE_MS,
  type Answer,
  type ClientMessage,
  type Cursor,
  type Doing,
  type Intent,
  type Participant,
  type PixelCodec,
  type Pointing,
  type Query,
  type ServerMessage,
  type Steps,
  type Watch,
  type Welcome,
} from '../protocol';
import { AnnotationMirror } from './annotations/mirror';
import { keyOf, type Ask } from './keys';
import { Mirror } from './mirror';
import { Outbox } from './outbox';
import { sizeOf, tooLarge } from './size';
import { Told } from './told';

/** First pause before coming back; doubles with each failure. */
export const BACK_OFF_MS = 100;
export const MAX_BACK_OFF_MS = 5_000;
/** From the attempt to connect to the first mirror; then the attempt has failed. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** Pings are more frequent than the heartbeat asks, so that the round trip shown is fresh. */
export const PING_MS = 2_000;
/** Cursor positions are sent at most this often. */
export const CURSOR_MS = 40;
/** What somebody is busy with is sent at most this often; the server takes ten a second. */
export const DOING_MS = 150;

export type Phase =
  | { at: 'idle' }
  | { at: 'connecting' }
  | { at: 'greeting' }
  | { at: 'syncing' }
  | { at: 'live' }
  | { at: 'waiting'; until: number; attempt: number }
  | { at: 'stopped'; code: string; message: string };

export type Input =
  | { kind: 'start' }
  | { kind: 'stop' }
  | { kind: 'opened' }
  | { kind: 'text'; text: string }
  | { kind: 'binary'; bytes: Uint8Array }
  | { kind: 'closed'; code: number; reason: string }
  | { kind: 'pixels_closed'; code: number }
  | { kind: 'picture_shown' }
  | { kind: 'timer' }
  | { kind: 'ask'; ask: Ask }
  | { kind: 'canvas'; width: number; height: number }
  | ({ kind: 'cursor' } & Pointing)
  | { kind: 'doing'; doing: Doing }
  | { kind: 'query'; id: number; query: Query };

export type Output =
  | { kind: 'connect' }
  | { kind: 'send'; text: string }
  | { kind: 'close' }
  | { kind: 'attach_pixels'; ticket: string }
  | { kind: 'detach_pixels' }
  /** Something that the screen shows has changed; read it from the machine. */
  | { kind: 'changed' }
  /** `whole`: revisions may have gone back. */
  | { kind: 'mirrored'; whole: boolean; cause: number; revision: number; touched: string[] }
  /** The same of the annotations, by name. */
  | { kind: 'annotated'; whole: boolean; cause: number; revision: number; ids: string[] }
  /** `applied`: the intent with what the server clamped, or gave. */
  | { kind: 'acked'; ask: Ask; askedAt: number; revision: number; applied?: Intent }
  | { kind: 'rejected'; key: string; ask: Ask; code: string; message: string }
  | { kind: 'full' }
  | { kind: 'answered'; id: number; answer: Answer }
  | { kind: 'cursors'; cursors: Cursor[] }
  | { kind: 'notice'; code: string; message: string };

export interface Config {
  session: string;
  token: string;
  /** 32 hexadecimal digits, made at random when the page starts. */
  client: string;
  codecs: readonly PixelCodec[];
}

export class Machine {
  phase: Phase = { at: 'idle' };
  readonly mirror = new Mirror();
  readonly annotations = new AnnotationMirror();
  readonly outbox = new Outbox();
  welcome: Welcome | null = null;
  participants: Participant[] = [];
  steps: Steps = { undo: null, redo: null };
  /** The view that pictures show. */
  view = 0;
  roundTrip: number | null = null;
  /** Server clock minus ours, microseconds, from the fastest recent round trip. */
  clockOffset: number | null = null;

  private out: Output[] = [];
  private failures = 0;
  private pixelFailures = 0;
  private heardAt = 0;
  private phaseSince = 0;
  private pingAt = Infinity;
  private bestTrip = Infinity;
  private canvas: { width: number; height: number } | null = null;
  private cursor = new Told<Pointing>({ position: null }, CURSOR_MS);
  private doing = new Told<Doing>({ tool: '' }, DOING_MS);
  /** What to watch again when the server has forgotten it. */
  private watched: Watch | null = null;
  private watchChecked = false;

  constructor(private readonly config: Config) {}

  get live(): boolean {
    return this.phase.at === 'live';
  }

  handle(input: Input, now: number): Output[] {
    this.out = [];
    this.step(input, now);
    if (this.live) this.flush(now);
    return this.out;
  }

  /** When `timer` is due, milliseconds; `Infinity`: never. */
  deadline(now: number): number {
    const at = this.outbox.deadline(this.live, now);
    switch (this.phase.at) {
      case 'connecting':
      case 'greeting':
      case 'syncing':
        return Math.min(at, this.phaseSince + CONNECT_TIMEOUT_MS);
      case 'live':
        return Math.min(
          at,
          this.pingAt,
          this.heardAt + SILENCE_MS,
          this.cursor.due(),
          this.doing.due(),
        );
      case 'waiting':
        return Math.min(at, this.phase.until);
      default:
        return at;
    }
  }

  private step(input: Input, now: number): void {
    switch (input.kind) {
      case 'start':
        if (['idle', 'waiting', 'stopped'].includes(this.phase.at)) this.connect(now);
        return;
      case 'stop':
        this.out.push({ kind: 'detach_pixels' }, { kind: 'close' });
        return this.enter({ at: 'idle' }, now);
      case 'opened':
        if (this.phase.at === 'connecting') this.greet(now);
        return;
      case 'text':
        return this.onText(input.text, now);
      case 'binary':
        return this.onUpdate(input.bytes, now);
      case 'closed':
        return this.onClosed(input.code, input.reason, now);
      case 'pixels_closed':
        // A ticket opens the pixel channel once; a new one comes only with a new welcome.
        if (!this.live) return;
        this.pixelFailures += 1;
        return this.fail(now);
      case 'picture_shown':
        this.pixelFailures = 0;
        return;
      case 'timer':
        return this.onTimer(now);
      case 'ask':
        return this.onAsk(input.ask, now);
      case 'canvas':
        this.canvas = { width: input.width, height: input.height };
        if (this.live) this.send({ type: 'canvas', ...this.canvas });
        return;
      case 'cursor':
        return this.cursor.set(
          input.laser ? { position: input.position, laser: true } : { position: input.position },
        );
      case 'doing':
        return this.doing.set(input.doing);
      case 'query':
        if (this.live) this.send({ type: 'ask', id: input.id, query: input.query });
        return;
    }
  }

  private enter(phase: Phase, now: number): void {
    this.phase = phase;
    this.phaseSince = now;
    this.out.push({ kind: 'changed' });
  }

  private connect(now: number): void {
    this.out.push({ kind: 'connect' });
    this.enter({ at: 'connecting' }, now);
  }

  private greet(now: number): void {
    const resume = this.mirror.resume();
    const annotations = this.annotations.resume();
    const { session, token, client, codecs } = this.config;
    const hello = {
      type: 'hello',
      version: PROTOCOL_VERSION,
      session,
      token,
      client,
      codecs,
    } as const;
    this.send({
      ...hello,
      ...(resume !== undefined && { resume }),
      ...(annotations !== undefined && { resume_annotations: annotations }),
    });
    this.enter({ at: 'greeting' }, now);
  }

  private onText(text: string, now: number): void {
    this.heardAt = now;
    let message: ServerMessage;
    try {
      message = decodeServer(text);
    } catch (error) {
      if (error instanceof Malformed) return; // a newer server may say more than this client knows
      throw error;
    }
    this.onMessage(message, now);
  }

  private onMessage(message: ServerMessage, now: number): void {
    switch (message.type) {
      case 'welcome':
        if (this.phase.at === 'greeting') this.onWelcome(message, now);
        return;
      case 'refused':
        this.out.push({ kind: 'detach_pixels' }, { kind: 'close' });
        return this.enter({ at: 'stopped', code: message.code, message: message.message }, now);
      case 'ack': {
        const entry = this.outbox.answer(message.seq);
        if (!entry) return;
        if (entry.ask.what === 'watch') this.watched = entry.ask.target;
        const { revision, applied } = message;
        const { ask, askedAt } = entry;
        const acked = { kind: 'acked', ask, askedAt, revision } as const;
        this.out.push(applied ? { ...acked, applied } : acked);
        this.out.push({ kind: 'changed' });
        return;
      }
      case 'resend':
        return this.resend(0);
      case 'reject': {
        const entry = this.outbox.answer(message.seq);
        if (!entry) return;
        const { key, ask } = entry;
        const { code } = message;
        this.out.push({ kind: 'rejected', key, ask, code, message: message.message });
        this.out.push({ kind: 'changed' });
        return;
      }
      case 'participants':
        this.participants = message.participants;
        this.watchAgain(now);
        this.out.push({ kind: 'changed' });
        return;
      case 'cursors':
        this.out.push({ kind: 'cursors', cursors: message.cursors });
        return;
      case 'steps':
        this.steps = { undo: message.undo, redo: message.redo };
        this.out.push({ kind: 'changed' });
        return;
      case 'watching':
        this.view = message.view;
        this.out.push({ kind: 'changed' });
        return;
      case 'answer':
        this.out.push({ kind: 'answered', id: message.id, answer: message.answer });
        return;
      case 'pong':
        return this.onPong(message.time, message.server_us, now);
      case 'notice':
        this.out.push({ kind: 'notice', code: message.code, message: message.message });
        return;
    }
  }

  private onWelcome(welcome: Welcome, now: number): void {
    if (welcome.version !== PROTOCOL_VERSION) {
      this.out.push({ kind: 'close' });
      const message = `The server speaks protocol version ${welcome.version}, this page version ${PROTOCOL_VERSION}.`;
      return this.enter({ at: 'stopped', code: 'version_mismatch', message }, now);
    }
    this.welcome = welcome;
    if (welcome.reset) this.forget();
    this.enter({ at: 'syncing' }, now);
  }

  private onUpdate(bytes: Uint8Array, now: number): void {
    this.heardAt = now;
    if (this.phase.at !== 'syncing' && this.phase.at !== 'live') return;
    try {
      const update = decodeUpdate(bytes);
      const { cause, domain, revision } = update;
      const whole = update.kind !== 'update';
      if (domain === 'annotations') {
        const ids = this.annotations.apply(update);
        this.out.push({ kind: 'annotated', whole, cause, revision, ids });
        return;
      }
      const touched = this.mirror.apply(update);
      this.out.push({ kind: 'mirrored', whole, cause, revision, touched });
      // The scene comes last.
      if (this.phase.at === 'syncing' && whole) this.goLive(now);
    } catch {
      // The mirrors can no longer be trusted: begin again with new ones.
      this.forget();
      this.fail(now);
    }
  }

  private forget(): void {
    this.mirror.reset();
    this.annotations.reset();
  }

  private goLive(now: number): void {
    const { answered, ticket } = this.welcome!;
    this.failures = 0;
    this.watchChecked = false;
    this.bestTrip = Infinity;
    this.pingAt = now;
    this.enter({ at: 'live' }, now);
    this.out.push({ kind: 'attach_pixels', ticket });
    if (this.canvas) this.send({ type: 'canvas', ...this.canvas });
    if (this.doing.value.tool) this.doing.set(this.doing.value);
    this.resend(answered);
  }

  /** Everything that has no answer is sent again, in order, with its number. */
  private resend(answered: number): void {
    if (this.live) this.outbox.replay(answered);
  }

  /** After a reconnect: looks at what was watched before, if the server has forgotten it. */
  private watchAgain(now: number): void {
    if (this.watchChecked || !this.live) return;
    this.watchChecked = true;
    const me = this.participants.find(({ id }) => id === this.welcome?.participant);
    if (!me || this.watched === null || this.outbox.wish('watch')) return;
    if (JSON.stringify(me.watch) === JSON.stringify(this.watched)) return;
    if (typeof this.watched === 'object') {
      const leader = this.watched.follow;
      if (!this.participants.some(({ id }) => id === leader)) return;
    }
    this.outbox.add({ what: 'watch', target: this.watched }, now);
  }

  private onClosed(code: number, reason: string, now: number): void {
    if (['idle', 'stopped', 'waiting'].includes(this.phase.at)) return;
    if (!isPermanent(code)) return this.fail(now);
    this.out.push({ kind: 'detach_pixels' });
    this.enter({ at: 'stopped', code: `close_${code}`, message: reason }, now);
  }

  /** Ends this connection and comes back later. */
  private fail(now: number): void {
    this.out.push({ kind: 'detach_pixels' }, { kind: 'close' });
    this.failures += 1;
    const attempt = Math.max(this.failures, this.pixelFailures);
    const pause = Math.min(BACK_OFF_MS * 2 ** (attempt - 1), MAX_BACK_OFF_MS);
    this.roundTrip = null;
    this.enter({ at: 'waiting', until: now + pause, attempt }, now);
  }

  private onTimer(now: number): void {
    if (this.outbox.markLate(now)) this.out.push({ kind: 'changed' });
    switch (this.phase.at) {
      case 'connecting':
      case 'greeting':
      case 'syncing':
        if (now >= this.phaseSince + CONNECT_TIMEOUT_MS) this.fail(now);
        return;
      case 'waiting':
        if (now >= this.phase.until) this.connect(now);
        return;
      case 'live':
        if (now >= this.heardAt + SILENCE_MS) this.fail(now);
        return;
      default:
        return;
    }
  }

  private onAsk(ask: Ask, now: number): void {
    const bytes = ask.what === 'intent' ? sizeOf(ask.intent) : 0;
    if (bytes > MAX_CLIENT_MESSAGE_BYTES) {
      // The server would end the connection, and get it again after the reconnect, for ever.
      const message = tooLarge(bytes);
      this.out.push({ kind: 'rejected', key: keyOf(ask), ask, code: 'too_large', message });
    } else if (!this.outbox.add(ask, now)) this.out.push({ kind: 'full' });
    this.out.push({ kind: 'changed' });
  }

  private onPong(time: number, serverUs: number, now: number): void {
    const trip = now - time;
    if (!(trip >= 0)) return;
    this.roundTrip = trip;
    // The fastest round trip bounds the error of the clock best; let it age, as clocks drift.
    this.bestTrip *= 1.05;
    if (trip > this.bestTrip) return;
    this.bestTrip = trip;
    this.clockOffset = serverUs - (time + trip / 2) * 1000;
  }

  /** Sends what is due while live. */
  private flush(now: number): void {
    for (const { seq, ask } of this.outbox.takeDue(now)) if (seq !== null) this.sendAsk(seq, ask);
    if (this.cursor.take(now)) this.send({ type: 'cursor', ...this.cursor.value });
    if (this.doing.take(now)) this.send({ type: 'doing', ...this.doing.value });
    if (now >= this.pingAt) {
      const every = Math.min(PING_MS, this.welcome?.heartbeat_ms ?? HEARTBEAT_MS);
      this.pingAt = now + Math.max(every, 250);
      this.send({ type: 'ping', time: now });
    }
  }

  private sendAsk(seq: number, ask: Ask): void {
    this.send(
      ask.what === 'watch'
        ? { type: 'watch', seq, target: ask.target }
        : { type: 'intent', seq, intent: ask.intent },
    );
  }

  private send(message: ClientMessage): void {
    this.out.push({ kind: 'send', text: encodeClient(message) });
  }
}
