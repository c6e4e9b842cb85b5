/** The chip that says how the picture comes, and the panel behind it. */

import { CEILINGS, ceiling } from '../app/ceiling';
import { fallback, phase, stats, type Stats } from '../app/store';
import type { LinkMessage } from '../protocol';
import { strings } from '../strings';
import { Popover } from './controls/popover';
import { bitrate, CODECS, milliseconds } from './format';
import { Warn } from './icons';

type Tone = 'good' | 'fair' | 'bad' | 'busy';

/** Round trips above these are felt: dragging lags, then hurts. */
const FAIR_MS = 120;
const BAD_MS = 350;

function summary(): { tone: Tone; text: string } {
  const text = strings.quality;
  const at = phase.value.at;
  if (at === 'waiting') return { tone: 'bad', text: text.reconnecting };
  if (at !== 'live') return { tone: 'busy', text: text.connecting };
  const { framesPerSecond, photonP50Ms, roundTripMs } = stats.value;
  const felt = photonP50Ms ?? roundTripMs ?? 0;
  const tone = felt > BAD_MS ? 'bad' : felt > FAIR_MS || fallback.value ? 'fair' : 'good';
  const rate = framesPerSecond >= 1 ? `${Math.round(framesPerSecond)} fps` : text.live;
  const latency = photonP50Ms ?? roundTripMs;
  return { tone, text: latency === null ? rate : `${rate} · ${milliseconds(latency)}` };
}

function Curve({ values }: { values: readonly number[] }) {
  const width = 240;
  const height = 36;
  const top = Math.max(50, ...values);
  const x = (at: number) => width - (values.length - 1 - at) * (width / 119);
  const y = (value: number) => height - 1 - (value / top) * (height - 4);
  const points = values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  return (
    <svg
      class="curve"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={strings.quality.curve}
    >
      <line x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} class="curve-base" />
      {values.length > 1 && <polyline points={points} />}
    </svg>
  );
}

/** Why the picture is what it is, in a sentence. */
function whyText({ state, why, estimate_bps, bitrate_bps, viewers }: LinkMessage): string {
  const text = strings.quality.why;
  if (state === 'stalled') return text.stalled;
  switch (why) {
    case 'link':
      return text.link(bitrate(estimate_bps));
    case 'ceiling':
      return text.ceiling(bitrate(ceiling.value ?? bitrate_bps));
    case 'decoder':
      return text.decoder;
    case 'shared':
      return text.shared(viewers - 1);
    default:
      return text.none;
  }
}

/** What did not come, by reason, most first. */
function drops(link: LinkMessage | null, byPage: number): [count: number, why: string][] {
  const text = strings.quality.drops;
  const names = Object.keys(text) as (keyof typeof text)[];
  const of = (name: keyof typeof text) => (name === 'page' ? byPage : (link?.dropped[name] ?? 0));
  const counted = names.map((name): [number, string] => [of(name), text[name]]);
  return counted.filter(([count]) => count > 0).sort(([a], [b]) => b - a);
}

interface Row {
  name: string;
  value: string;
  /** A second, quieter line. */
  note?: string | undefined;
  tip?: string;
  testid?: string;
}

function Rows({ rows }: { rows: readonly Row[] }) {
  return (
    <dl>
      {rows.map(({ name, value, note, tip, testid }) => (
        <div key={name} data-tip={tip} data-testid={testid}>
          <dt>{name}</dt>
          <dd>
            {value}
            {note && <span class="quality-more">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** What is seen, what the link does, and what became of the rest. */
function mainRows(now: Stats): Row[] {
  const text = strings.quality;
  const { link } = now;
  const photon = now.photonP50Ms;
  const left = drops(link, now.dropped);
  const rows: Row[] = [
    {
      name: text.photon,
      value:
        photon === null
          ? text.notYet
          : `${milliseconds(photon)} · p95 ${milliseconds(now.photonP95Ms)}`,
      tip: text.photonTip,
      testid: 'quality-photon',
    },
  ];
  if (link) {
    const size = `${link.width} × ${link.height}`;
    rows.push(
      {
        name: text.picture,
        value: text.pictureOf(size, link.fps, bitrate(link.bitrate_bps)),
        note: link.viewers > 1 ? text.shared(link.viewers) : text.alone,
        testid: 'quality-picture',
      },
      {
        name: text.link,
        value: text.linkOf(bitrate(link.estimate_bps)),
        note: text.states[link.state],
        testid: 'quality-link',
      },
      {
        name: text.waiting,
        value: milliseconds(link.queue_ms),
        tip: text.waitingTip,
        testid: 'quality-queue',
      },
    );
  }
  rows.push(
    {
      name: text.held,
      value: milliseconds(now.heldMs),
      tip: text.heldTip,
      testid: 'quality-held',
    },
    {
      name: text.dropped,
      value: left.length > 0 ? String(left.reduce((sum, [count]) => sum + count, 0)) : text.none,
      note: left.map(([count, why]) => `${count} · ${why}`).join('\n'),
      tip: text.droppedTip,
      testid: 'quality-dropped',
    },
  );
  return rows;
}

function detailRows(now: Stats): Row[] {
  const text = strings.quality;
  const codec = CODECS[now.codec] ?? text.notYet;
  return [
    { name: text.format, value: now.config ? `${codec} · ${now.config}` : codec },
    {
      name: text.rate,
      value: now.framesPerSecond < 0.5 ? text.idle : `${now.framesPerSecond.toFixed(1)} fps`,
    },
    { name: text.bitrate, value: bitrate(now.bitsPerSecond) },
    { name: text.roundTrip, value: milliseconds(now.roundTripMs) },
    { name: text.age, value: milliseconds(now.ageMs) },
    { name: text.render, value: milliseconds(now.renderMs) },
    { name: text.encode, value: milliseconds(now.encodeMs) },
    { name: text.decode, value: milliseconds(now.decodeMs) },
    { name: text.queue, value: String(now.queue) },
  ];
}

/** The user's own limit. */
function Ceiling() {
  const text = strings.quality;
  return (
    <label class="quality-ceiling" data-tip={text.ceilingTip}>
      <span>{text.ceiling}</span>
      <select
        class="native-select"
        data-testid="ceiling"
        value={String(ceiling.value ?? '')}
        onChange={({ currentTarget: { value } }) =>
          (ceiling.value = CEILINGS.find((one) => String(one) === value) ?? null)
        }
      >
        {CEILINGS.map((one) => (
          <option key={one} value={String(one ?? '')}>
            {one === null ? text.noLimit : `${one / 1e6} Mbit/s`}
          </option>
        ))}
      </select>
    </label>
  );
}

export function QualityDetails() {
  const text = strings.quality;
  const now = stats.value;
  return (
    <div class="quality" data-testid="quality-details">
      <h2 class="popover-title">{text.title}</h2>
      {now.link && (
        <p class="quality-why" data-testid="quality-why">
          {whyText(now.link)}
        </p>
      )}
      <Curve values={now.history} />
      <Rows rows={mainRows(now)} />
      <Ceiling />
      <details>
        <summary>{text.details}</summary>
        <Rows rows={detailRows(now)} />
      </details>
      {fallback.value ? (
        <p class="quality-note">
          <Warn size={14} />
          {fallback.value}
        </p>
      ) : (
        now.framesPerSecond < 0.5 && <p class="quality-note">{text.idleNote}</p>
      )}
    </div>
  );
}

export function Quality() {
  const { tone, text } = summary();
  return (
    <Popover
      id="quality"
      label={strings.quality.title}
      side="below-right"
      button={({ open, toggle }) => (
        <button
          type="button"
          class={`chip chip-${tone}`}
          aria-expanded={open}
          aria-label={`${strings.quality.title}: ${text}`}
          data-testid="quality"
          data-phase={phase.value.at}
          onClick={toggle}
        >
          <span class="chip-dot" aria-hidden="true" />
          <span class="chip-text">{text}</span>
        </button>
      )}
    >
      {() => <QualityDetails />}
    </Popover>
  );
}
