/** Contrast limits: a histogram with two handles, numbers, auto and full range. */

import { useEffect, useRef, useState } from 'preact/hooks';
import * as actions from '../app/actions';
import { colormaps, phase, view } from '../app/store';
import type { Layer } from '../core/scene';
import type { Answer, Pair } from '../protocol';
import { strings } from '../strings';
import { gradient } from './colormap';
import { markOf, MarkDot, markProps, Refusal } from './controls/mark';
import { NumberField } from './controls/number-field';
import { sample } from './format';

type Histogram = Extract<Answer, { kind: 'histogram' }>;

const WIDTH = 240;
const HEIGHT = 64;
/** Bars drawn, whatever the number of bins. */
const BARS = 80;
/** The histogram is asked again this long after the last move through the data. */
const SETTLE_MS = 300;
/** Below this part of the whole range the plot shows only the surroundings of the limits. */
const ZOOM_BELOW = 0.3;

/** The values that the plot spans. */
export function plotDomain(layer: Layer, limits: Pair): Pair {
  const [low, high] = layer.contrast_limits_range;
  const auto = layer.contrast_limits_auto;
  const span = Math.max(auto[1], limits[1]) - Math.min(auto[0], limits[0]);
  let from = Math.min(low, limits[0]);
  let to = Math.max(high, limits[1]);
  if (span > 0 && span < ZOOM_BELOW * (to - from)) {
    from = Math.max(from, Math.min(auto[0], limits[0]) - 0.15 * span);
    to = Math.min(to, Math.max(auto[1], limits[1]) + 0.6 * span);
  }
  return to > from ? [from, to] : [from, from + 1];
}

function useHistogram(layer: Layer): Histogram | null {
  const [histogram, setHistogram] = useState<Histogram | null>(null);
  const point = JSON.stringify(view.value?.point);
  const live = phase.value.at === 'live';
  useEffect(() => setHistogram(null), [layer.id]);
  useEffect(() => {
    if (!live) return;
    let wanted = true;
    const timer = setTimeout(
      () =>
        void actions.histogram(layer.id).then((answer) => {
          if (wanted && answer?.layer === layer.id) setHistogram(answer);
        }),
      SETTLE_MS,
    );
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [layer.id, point, live]);
  return histogram;
}

/** Heights from 0 to 1 of the bars over a domain; logarithmic, so that rare values are seen. */
export function bars(histogram: Histogram, [from, to]: Pair): number[] {
  const { counts, range } = histogram;
  const perBin = (range[1] - range[0]) / Math.max(1, counts.length);
  const sums = new Array<number>(BARS).fill(0);
  counts.forEach((count, bin) => {
    const middle = range[0] + (bin + 0.5) * perBin;
    const bar = Math.floor(((middle - from) / (to - from)) * BARS);
    if (bar >= 0 && bar < BARS) sums[bar]! += count;
  });
  const filled = perBin > (to - from) / BARS ? spread(sums) : sums;
  const logs = filled.map((sum) => Math.log1p(sum));
  const top = Math.max(...logs, 1e-9);
  return logs.map((log) => log / top);
}

/** Where bins are wider than bars, empty bars repeat the one before. */
function spread(sums: readonly number[]): number[] {
  let last = 0;
  return sums.map((sum) => (last = sum > 0 ? sum : last));
}

function area(heights: readonly number[]): string {
  const step = WIDTH / heights.length;
  const points = heights.map(
    (height, at) =>
      `${((at + 0.5) * step).toFixed(1)},${(HEIGHT - height * (HEIGHT - 6)).toFixed(1)}`,
  );
  return `M0,${HEIGHT} L${points.join(' L')} L${WIDTH},${HEIGHT} Z`;
}

interface HandleProps {
  which: 0 | 1;
  limits: Pair;
  domain: Pair;
  locked: boolean;
  set: (limits: Pair) => void;
  plot: () => HTMLElement | null;
}

function moved(limits: Pair, which: 0 | 1, value: number, least: number): Pair {
  return which === 0
    ? [Math.min(value, limits[1] - least), limits[1]]
    : [limits[0], Math.max(value, limits[0] + least)];
}

function Handle({ which, limits, domain, locked, set, plot }: HandleProps) {
  const least = (domain[1] - domain[0]) / 1000;
  const part = (limits[which] - domain[0]) / (domain[1] - domain[0]);
  const label = which === 0 ? strings.inspector.low : strings.inspector.high;
  const dragging = useRef(false);
  return (
    <div
      class={`handle handle-${which}`}
      style={{ '--at': String(Math.min(Math.max(part, 0), 1)) }}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={domain[0]}
      aria-valuemax={domain[1]}
      aria-valuenow={limits[which]}
      aria-valuetext={sample(limits[which])}
      aria-disabled={locked}
      data-testid={which === 0 ? 'contrast-low' : 'contrast-high'}
      onPointerDown={(event) => {
        if (locked) return;
        event.preventDefault();
        event.currentTarget.focus();
        event.currentTarget.setPointerCapture(event.pointerId);
        dragging.current = true;
      }}
      onPointerMove={(event) => {
        const box = plot()?.getBoundingClientRect();
        if (!dragging.current || !box) return;
        const at = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
        const raw = domain[0] + at * (domain[1] - domain[0]);
        set(moved(limits, which, domain[1] - domain[0] > 200 ? Math.round(raw) : raw, least));
      }}
      onPointerUp={() => (dragging.current = false)}
      onPointerCancel={() => (dragging.current = false)}
      onKeyDown={(event) => {
        const by = {
          ArrowRight: 1,
          ArrowUp: 1,
          ArrowLeft: -1,
          ArrowDown: -1,
          PageUp: 10,
          PageDown: -10,
        };
        const steps = by[event.key as keyof typeof by];
        if (steps === undefined || locked) return;
        event.preventDefault();
        event.stopPropagation();
        const step = (domain[1] - domain[0]) / 100;
        set(
          moved(limits, which, limits[which] + steps * (step > 2 ? Math.round(step) : step), least),
        );
      }}
    >
      <span />
    </div>
  );
}

export function Contrast({ layer, locked }: { layer: Layer; locked: string | null }) {
  const text = strings.inspector;
  const plot = useRef<HTMLDivElement>(null);
  const name = actions.lookKey(layer.id, 'contrast_limits');
  const limits = actions.wished<Pair>(name, layer.contrast_limits);
  const histogram = useHistogram(layer);
  const domain = plotDomain(layer, limits);
  const mark = markOf(name);
  const { class: names, style } = markProps(mark);
  const set = (value: Pair) => {
    if (!locked) actions.changeLook(layer.id, { property: 'contrast_limits', value });
  };
  const part = (value: number) =>
    Math.min(Math.max((value - domain[0]) / (domain[1] - domain[0]), 0), 1);
  const map = colormaps.value.find((one) => one.name === layer.colormap);
  const span = domain[1] - domain[0];
  const step = span > 200 ? 1 : Number((span / 200).toPrecision(1));
  const sides = { '--low': String(part(limits[0])), '--high': String(part(limits[1])) };
  return (
    <div class={`field contrast ${names}`} style={style} data-tip={locked ?? undefined}>
      <div class="field-head">
        <span class="field-label">{text.contrast}</span>
        <MarkDot mark={mark} />
        <span class="spacer" />
        <button
          type="button"
          class="button button-small"
          data-tip={locked ? undefined : text.autoTip}
          aria-disabled={locked !== null}
          data-testid="contrast-auto"
          onClick={() => set(layer.contrast_limits_auto)}
        >
          {text.auto}
        </button>
        <button
          type="button"
          class="button button-small"
          data-tip={locked ? undefined : text.fullTip}
          aria-disabled={locked !== null}
          data-testid="contrast-full"
          onClick={() => set(layer.contrast_limits_range)}
        >
          {text.full}
        </button>
      </div>
      <div
        class="plot"
        ref={plot}
        style={sides}
        onDblClick={() => set(layer.contrast_limits_auto)}
        data-testid="histogram"
        data-ready={histogram !== null}
      >
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {histogram && <path d={area(bars(histogram, domain))} />}
        </svg>
        <div class="plot-shade plot-shade-low" />
        <div class="plot-shade plot-shade-high" />
        <div class="plot-ramp" style={{ background: gradient(map) }} />
        <Handle
          which={0}
          {...{ limits, domain, set }}
          locked={!!locked}
          plot={() => plot.current}
        />
        <Handle
          which={1}
          {...{ limits, domain, set }}
          locked={!!locked}
          plot={() => plot.current}
        />
      </div>
      <div class="contrast-numbers">
        <NumberField
          label={text.low}
          value={limits[0]}
          step={step}
          disabled={locked !== null}
          onChange={(value) => set(moved(limits, 0, value, Number.MIN_VALUE))}
          testid="contrast-low-number"
        />
        <NumberField
          label={text.high}
          value={limits[1]}
          step={step}
          disabled={locked !== null}
          onChange={(value) => set(moved(limits, 1, value, Number.MIN_VALUE))}
          testid="contrast-high-number"
        />
      </div>
      <Refusal mark={mark} />
    </div>
  );
}
