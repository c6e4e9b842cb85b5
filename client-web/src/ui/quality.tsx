/** The chip that says how the picture comes, and the panel behind it. */

import { fallback, phase, stats } from '../app/store';
import { strings } from '../strings';
import { Popover } from './controls/popover';
import { bitrate, milliseconds } from './format';
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
      role="img"
      aria-label={strings.quality.curve}
    >
      <line x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} class="curve-base" />
      {values.length > 1 && <polyline points={points} />}
    </svg>
  );
}

export function QualityDetails() {
  const text = strings.quality;
  const now = stats.value;
  const none = text.notYet;
  const codecs: Record<string, string> = { h264: 'H.264', jpeg: 'JPEG', png: 'PNG (lossless)' };
  const codec = codecs[now.codec] ?? none;
  const rows: [string, string, string?][] = [
    [text.format, now.config && now.codec === 'h264' ? `${codec} · ${now.config}` : codec],
    [text.size, now.width ? `${now.width} × ${now.height}` : none],
    [text.rate, now.framesPerSecond < 0.5 ? text.idle : `${now.framesPerSecond.toFixed(1)} fps`],
    [text.bitrate, bitrate(now.bitsPerSecond)],
    [text.roundTrip, milliseconds(now.roundTripMs)],
    [
      text.photon,
      now.photonP50Ms === null
        ? none
        : `${milliseconds(now.photonP50Ms)} · p95 ${milliseconds(now.photonP95Ms)}`,
      text.photonTip,
    ],
    [text.age, milliseconds(now.ageMs)],
    [text.render, milliseconds(now.renderMs)],
    [text.encode, milliseconds(now.encodeMs)],
    [text.decode, milliseconds(now.decodeMs)],
    [text.queue, String(now.queue)],
  ];
  return (
    <div class="quality" data-testid="quality-details">
      <h2 class="popover-title">{text.title}</h2>
      <Curve values={now.history} />
      <dl>
        {rows.map(([name, value, tip]) => (
          <div key={name} data-tip={tip}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
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
