/**
 * The shell around the machine: carries out its outputs (socket, timer, worker) and copies its
 * state into the store. It decides nothing.
 */

import { batch, effect } from '@preact/signals';
import { Settling, overlayOf, subjectsOf } from '../core/annotations/wishes';
import { isDurable, key, keyOf, viewOf, type Ask } from '../core/keys';
import { Latency } from '../core/latency';
import { Machine, type Input, type Output } from '../core/machine';
import type { Eye } from '../core/camera';
import type { FromWorker, ToWorker } from '../pixels/messages';
import {
  PIXELS_PATH,
  STATE_PATH,
  type Answer,
  type Doing,
  type Intent,
  type PixelCodec,
  type Pointing,
  type Query,
} from '../protocol';
import { strings } from '../strings';
import { ceiling } from './ceiling';
import * as drawing from './drawing';
import * as lasers from './lasers';
import { forcedCodec, type Link } from './link';
import { Meter } from './meter';
import { flash, forgetRefusal, refuse, toast } from './notes';
import * as painting from './painting';
import { unsaved } from './saved';
import * as store from './store';

/** An acknowledged annotation is drawn by the page at most this long: then it is in no picture. */
const SETTLE_MS = 1_500;
/** Annotations of one update that are marked in the colour of who changed them. */
const MAX_FLASHES = 64;

const origin = () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`;

/** 32 hexadecimal digits that name this page's intents for ever. */
function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Session {
  private readonly codecs: PixelCodec[];
  private readonly machine: Machine;
  private readonly latency = new Latency();
  private readonly meter = new Meter();
  private socket: WebSocket | null = null;
  private timer: number | undefined;
  private worker: Worker | null = null;
  private sent = new Map<number, string>();
  private answers = new Map<number, (answer: Answer) => void>();
  private reads = new Map<number, (read: Extract<FromWorker, { type: 'pixels' }>) => void>();
  private readonly settling = new Settling();
  private nextId = 1;
  private lastLook = '';

  constructor(link: Link) {
    const forced = forcedCodec();
    const noVideo = typeof VideoDecoder === 'undefined';
    if (noVideo && !forced) store.fallback.value = strings.fallback.noWebCodecs;
    this.codecs = forced
      ? [...new Set<PixelCodec>([forced, 'png'])]
      : noVideo
        ? ['jpeg', 'png']
        : ['h264', 'jpeg', 'png'];
    const [session, token] = [link.session ?? '', link.token ?? ''];
    this.machine = new Machine({ session, token, client: randomName(), codecs: this.codecs });
    store.annotations.value = this.machine.annotations.annotations;
    addEventListener('online', () => this.input({ kind: 'start' }));
    addEventListener('pagehide', () => this.input({ kind: 'stop' }));
    addEventListener('pageshow', (event) => event.persisted && this.start());
    // What is not saved yet would be lost with the page.
    addEventListener('beforeunload', (event) => unsaved.value > 0 && event.preventDefault());
    setInterval(() => this.measure(), 500);
  }

  start(): void {
    this.input({ kind: 'start' });
  }

  ask(ask: Ask): void {
    forgetRefusal(keyOf(ask));
    this.post({ type: 'asked' });
    this.input({ kind: 'ask', ask });
  }

  query(query: Query): Promise<Answer> {
    const id = this.nextId++;
    return new Promise((resolve) => {
      this.answers.set(id, resolve);
      this.input({ kind: 'query', id, query });
    });
  }

  cursor(pointing: Pointing): void {
    this.input({ kind: 'cursor', ...pointing });
  }

  doing(doing: Doing): void {
    this.input({ kind: 'doing', doing });
  }

  canvas(width: number, height: number): void {
    this.input({ kind: 'canvas', width, height });
  }

  /** Gives the worker the canvas to paint on. */
  mount(canvas: HTMLCanvasElement): void {
    this.worker = new Worker(new URL('../pixels/worker.ts', import.meta.url), { type: 'module' });
    this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.onWorker(data);
    const offscreen = canvas.transferControlToOffscreen();
    this.post({ type: 'init', canvas: offscreen, url: origin() + PIXELS_PATH }, [offscreen]);
    effect(() => this.post({ type: 'ceiling', bitrateBps: ceiling.value }));
  }

  resize(width: number, height: number): void {
    this.post({ type: 'resize', width, height });
  }

  look(eye: Eye | null): void {
    const text = JSON.stringify(eye);
    if (text === this.lastLook) return;
    this.lastLook = text;
    this.post({ type: 'look', eye });
  }

  read(): Promise<Extract<FromWorker, { type: 'pixels' }>> {
    const id = this.nextId++;
    return new Promise((resolve) => {
      this.reads.set(id, resolve);
      this.post({ type: 'read', id });
    });
  }

  private post(message: ToWorker, transfer: Transferable[] = []): void {
    this.worker?.postMessage(message, transfer);
  }

  private input(input: Input): void {
    const outputs = this.machine.handle(input, performance.now());
    batch(() => {
      for (const output of outputs) this.carryOut(output);
    });
    clearTimeout(this.timer);
    const now = performance.now();
    const at = this.machine.deadline(now);
    if (at < Infinity)
      this.timer = window.setTimeout(() => this.input({ kind: 'timer' }), Math.max(0, at - now));
  }

  private carryOut(output: Output): void {
    switch (output.kind) {
      case 'connect':
        return this.connect();
      case 'send':
        return this.send(output.text);
      case 'close':
        return this.disconnect();
      case 'attach_pixels':
        return this.post({ type: 'attach', ticket: output.ticket });
      case 'detach_pixels':
        return this.post({ type: 'detach' });
      case 'changed':
        return this.copyState();
      case 'mirrored':
        if (output.whole) this.restart();
        return this.onMirrored(output.cause, output.revision, output.touched);
      case 'annotated':
        if (output.whole) this.restart();
        return this.onAnnotated(output);
      case 'acked':
        if (output.ask.what !== 'intent') return;
        this.onApplied(output.applied, output.revision);
        this.latency.acked(output.askedAt, output.revision);
        this.settling.acked(
          subjectsOf(output.ask.intent),
          output.revision,
          performance.now() + SETTLE_MS,
        );
        return;
      case 'rejected': {
        const { ask } = output;
        if (ask.what === 'intent') this.onRefused(ask.intent);
        return refuse(output.key, output.message);
      }
      case 'full':
        return toast('bad', strings.toast.full);
      case 'answered':
        this.answers.get(output.id)?.(output.answer);
        this.answers.delete(output.id);
        return;
      case 'cursors': {
        const next = new Map(store.cursors.value);
        for (const { participant, position, laser } of output.cursors)
          if (laser && position && participant !== store.me.value)
            lasers.point(participant, position);
        for (const cursor of output.cursors)
          if (cursor.position) next.set(cursor.participant, { ...cursor, at: performance.now() });
          else next.delete(cursor.participant);
        store.cursors.value = next;
        return;
      }
      case 'notice':
        return toast('info', output.message);
    }
  }

  /** What waited for a name that only the server gives goes on. */
  private onApplied(intent: Intent | undefined, revision: number): void {
    if (intent?.kind === 'add_layer') drawing.layerMade(intent);
    if (intent?.kind === 'new_label') painting.labelMade(intent);
    if (intent?.kind === 'paint') painting.acked(intent.stroke, revision, performance.now());
  }

  private onRefused(intent: Intent): void {
    if (intent.kind === 'add_layer') drawing.layerRefused(intent.layer_kind);
    if (intent.kind === 'new_label') painting.labelRefused(intent.layer);
    if (intent.kind === 'paint') painting.refused(intent.stroke);
  }

  private connect(): void {
    this.disconnect();
    const socket = new WebSocket(origin() + STATE_PATH);
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    const mine = (input: Input) => this.socket === socket && this.input(input);
    socket.onopen = () => mine({ kind: 'opened' });
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) =>
      mine(
        typeof data === 'string'
          ? { kind: 'text', text: data }
          : { kind: 'binary', bytes: new Uint8Array(data) },
      );
    socket.onclose = ({ code, reason }) => mine({ kind: 'closed', code, reason });
  }

  /** What a closing socket would lose is sent again after the reconnect, or was of the moment. */
  private send(text: string): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(text);
  }

  private disconnect(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
    this.answers.clear();
  }

  private copyState(): void {
    const { machine } = this;
    store.phase.value = machine.phase;
    store.welcome.value = machine.welcome;
    store.participants.value = machine.participants;
    store.servedView.value = machine.view;
    const wishes = new Map<string, store.Wish>();
    for (const { key: name, ask, late } of machine.outbox.pending) wishes.set(name, { ask, late });
    store.wishes.value = wishes;
    store.steps.value = machine.steps;
    const durable = machine.outbox.pending.filter(({ ask }) => isDurable(ask));
    store.unconfirmed.value = durable.length;
    store.isLate.value = durable.some(({ late }) => late);
    this.copyOverlay();
    store.moves.value = machine.outbox.pending.flatMap(({ ask }) =>
      ask.what === 'intent' && ask.intent.kind === 'move_layer' ? ask.intent : [],
    );
    if (machine.phase.at !== 'live') store.cursors.value = new Map();
  }

  /** What is drawn by the page: wishes, and what no picture shows yet. */
  private copyOverlay(): void {
    const { annotations, outbox } = this.machine;
    const intents = outbox.pending.flatMap(({ ask }) => (ask.what === 'intent' ? ask.intent : []));
    const painted = intents.flatMap((one) => (one.kind === 'paint' ? one.stroke : []));
    if (painted.length > 0 || painting.pendingStrokes.value.size > 0)
      painting.pendingStrokes.value = new Set(painted);
    drawing.forgetAnswered(intents);
    const overlay = overlayOf(intents, (id) => annotations.annotations.get(id));
    const { ids } = this.settling;
    if (overlay.size > 0 || store.overlay.value.size > 0) store.overlay.value = overlay;
    if (ids.size > 0 || store.settling.value.size > 0) store.settling.value = ids;
  }

  private restart(): void {
    this.settling.clear();
    this.latency.restart();
    this.sent.clear();
    store.changed.value = new Map();
    this.post({ type: 'forget' });
  }

  private onAnnotated({ cause, ids, revision }: Extract<Output, { kind: 'annotated' }>): void {
    store.revision.value = revision;
    store.annotated.value = this.machine.annotations.annotations.version;
    this.noteChanges(revision, ids.length > 0 ? ['annotation'] : []);
    const author = store.people.value.get(cause);
    if (!author || cause === store.me.value || ids.length > MAX_FLASHES) return;
    for (const id of ids) flash(`annotation:${id}`, author);
  }

  private onMirrored(cause: number, revision: number, touched: string[]): void {
    const { scene, ready } = this.machine.mirror;
    store.scene.value = scene;
    store.revision.value = revision;
    store.ready.value = ready;
    for (const [id, view] of Object.entries(scene.views)) {
      const { camera, canvas, displayed } = view;
      const text = JSON.stringify([camera, canvas, displayed]);
      if (this.sent.get(Number(id)) === text) continue;
      this.sent.set(Number(id), text);
      const eye = { ...camera, canvas, displayed };
      this.post({ type: 'eye', view: Number(id), revision, eye });
    }
    this.noteChanges(revision, touched);
    const author = store.people.value.get(cause);
    if (author && cause !== store.me.value)
      for (const name of touched) if (!name.endsWith(':camera')) flash(name, author);
    if (!author || cause === store.me.value) return;
    const stageMoved = touched.includes(key.camera(0));
    if (stageMoved) flash('stage', author);
  }

  private noteChanges(revision: number, touched: readonly string[]): void {
    const views = touched.map(viewOf).filter((view) => view !== null);
    if (views.length === 0) return;
    const changed = new Map(store.changed.value);
    for (const view of views) changed.set(view, { revision, at: performance.now() });
    store.changed.value = changed;
  }

  private onWorker(message: FromWorker): void {
    switch (message.type) {
      case 'frame': {
        const now = performance.now();
        this.latency.shown(message.header.revision, now);
        this.meter.frame(message, now, this.machine.clockOffset);
        store.frame.value = message.header;
        if (this.settling.shown(message.header.revision, now)) this.copyOverlay();
        painting.shown(message.header.revision, now);
        // Not to the machine alone: what it wants to send by now must go out.
        return this.input({ kind: 'picture_shown' });
      }
      case 'still':
        this.meter.still(message, performance.now());
        store.frame.value = message.header;
        return this.input({ kind: 'picture_shown' });
      case 'stream':
        return this.meter.stream(message);
      case 'link':
        return this.meter.link(message.link);
      case 'fallback':
        this.codecs.splice(0, this.codecs.length, 'jpeg', 'png');
        store.fallback.value = strings.fallback.decoderFailed(message.reason);
        return;
      case 'closed':
        return this.input({ kind: 'pixels_closed', code: message.code });
      case 'pixels':
        this.reads.get(message.id)?.(message);
        this.reads.delete(message.id);
        return;
    }
  }

  private measure(): void {
    if (this.settling.shown(-1, performance.now())) this.copyOverlay();
    painting.shown(store.frame.value?.revision ?? -1, performance.now());
    store.stats.value = this.meter.read(performance.now(), {
      roundTripMs: this.machine.roundTrip,
      photonP50Ms: this.latency.percentile(0.5),
      photonP95Ms: this.latency.percentile(0.95),
    });
  }
}
