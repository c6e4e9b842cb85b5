/** For the owner: who gets which picture over which link, and why. */

import { useEffect, useState } from 'preact/hooks';
import { listStreams, type Pictures, type StreamEntry } from '../app/api';
import { link, me, people } from '../app/store';
import { strings } from '../strings';
import { bitrate, CODECS, initials, milliseconds } from './format';
import { OverPicture } from './over-picture';
import { streamsOpen } from './state';

/** The table is asked for this often while it is open. */
const EVERY_MS = 1_500;

/** Who gets what, kept fresh while the component is there; and why it is not, if so. */
function useStreams(): [rows: readonly StreamEntry[] | null, trouble: string | null] {
  const [rows, setRows] = useState<readonly StreamEntry[] | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => {
    let timer: number | undefined;
    let open = true;
    const look = async () => {
      const { session, token } = link.value;
      try {
        const found = await listStreams(token ?? '', session ?? '');
        if (!open) return;
        setRows(found);
        setTrouble(null);
      } catch (error) {
        if (open) setTrouble((error as Error).message);
      }
      if (open) timer = window.setTimeout(look, EVERY_MS);
    };
    void look();
    return () => {
      open = false;
      clearTimeout(timer);
    };
  }, []);
  return [rows, trouble];
}

/** How it goes, in a few words and a colour. */
function judgement({ state, why }: Pictures): { tone: 'good' | 'fair' | 'bad'; text: string } {
  const text = strings.streams.why;
  if (state === 'stalled') return { tone: 'bad', text: text.stalled };
  if (why) return { tone: 'fair', text: text[why] };
  if (state === 'congested') return { tone: 'fair', text: text.congested };
  return { tone: 'good', text: text.none };
}

function Who({ one }: { one: StreamEntry }) {
  return (
    <span class="stream-who">
      <span
        class="avatar"
        style={{ '--who': people.value.get(one.participant)?.color ?? 'var(--text-3)' }}
        aria-hidden="true"
      >
        {initials(one.name)}
      </span>
      <span class="stream-name">
        <span>
          {one.name}
          {one.participant === me.value && <span class="person-you"> · {strings.header.you}</span>}
        </span>
        <small>{strings.roles[one.role]}</small>
      </span>
    </span>
  );
}

function Row({ one }: { one: StreamEntry }) {
  const text = strings.streams;
  const { pictures } = one;
  const props = { 'data-testid': `stream-${one.participant}` };
  if (!pictures)
    return (
      <tr {...props}>
        <th scope="row">
          <Who one={one} />
        </th>
        <td class="stream-none" colSpan={7}>
          {text.noPictures}
        </td>
      </tr>
    );
  const { codec, width, height, fps, viewers } = pictures;
  const { tone, text: how } = judgement(pictures);
  const cell = (name: 'rate' | 'link' | 'queue' | 'decode' | 'held', value: string) => (
    <td class="stream-number" data-label={text.columns[name]}>
      {value}
    </td>
  );
  return (
    <tr {...props} data-state={pictures.state} data-why={pictures.why ?? ''}>
      <th scope="row">
        <Who one={one} />
      </th>
      <td class="stream-picture">
        {width} × {height} · {fps} fps
        <small>
          <span data-tip={pictures.renderer_why} data-renderer={pictures.renderer}>
            {text.renderers[pictures.renderer]}
          </span>
          {' · '}
          <span data-tip={pictures.encoder_why} data-encoder={pictures.encoder}>
            {CODECS[codec]}, {text.encoders[pictures.encoder]}
          </span>
          {' · '}
          {viewers > 1 ? text.shared(viewers) : text.alone}
        </small>
      </td>
      {cell('rate', bitrate(pictures.bitrate_bps))}
      {cell('link', bitrate(pictures.estimate_bps))}
      {cell('queue', milliseconds(pictures.queue_ms))}
      {cell('decode', milliseconds(pictures.decode_ms))}
      {cell('held', milliseconds(pictures.held_ms))}
      <td class="stream-why">
        <span class={`chip-${tone}`}>
          <span class="chip-dot" aria-hidden="true" />
        </span>
        {how}
      </td>
    </tr>
  );
}

export function StreamTable() {
  const text = strings.streams;
  const [rows, trouble] = useStreams();
  const tips: Readonly<Record<string, string>> = text.tips;
  return (
    <div class="streams" data-testid="streams">
      {trouble && (
        <p class="streams-trouble" role="alert">
          {rows && text.frozen}
          {trouble}
        </p>
      )}
      {!rows && !trouble && <p class="people-alone">{text.loading}</p>}
      {rows && (
        <table>
          <thead>
            <tr>
              {Object.entries(text.columns).map(([name, label]) => (
                <th
                  key={name}
                  scope="col"
                  data-tip={tips[name]}
                  class={tips[name] && 'stream-number'}
                >
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <Row key={one.participant} one={one} />
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

/** The table over the picture. */
export function Streams() {
  if (!streamsOpen.value) return null;
  return (
    <OverPicture
      name="streams-panel"
      title={strings.streams.title}
      testid="streams-panel"
      onClose={() => (streamsOpen.value = false)}
    >
      <StreamTable />
    </OverPicture>
  );
}
