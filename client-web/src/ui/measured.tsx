/** What the server measured. */

import { layerOf } from '../app/tool-state';
import type { Annotation, Measured } from '../protocol';
import { strings } from '../strings';
import { quantity, sample, unitSymbol } from './format';

const WIDTH = 240;
const HEIGHT = 40;

function Histogram({ counts }: { counts: readonly number[] }) {
  const top = Math.max(...counts, 1);
  const step = WIDTH / Math.max(1, counts.length);
  const bars = counts.map((count, at) => {
    const height = (count / top) * (HEIGHT - 2);
    return `M${(at * step).toFixed(1)} ${HEIGHT} v${-height.toFixed(1)} h${step.toFixed(1)} v${height.toFixed(1)} Z`;
  });
  return (
    <svg
      class="measured-histogram"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={bars.join(' ')} />
    </svg>
  );
}

/** Lines of names and values. */
function linesOf(measured: Measured): [string, string][] {
  const text = strings.measure;
  switch (measured.of) {
    case 'length':
      return [[text.length, quantity(measured.value, unitSymbol(measured.unit) || 'px')]];
    case 'angle':
      return [[text.angle, `${measured.value.toFixed(1)}°`]];
    case 'area': {
      const unit = unitSymbol(measured.unit) || 'px';
      return [
        [text.area, quantity(measured.value, `${unit}²`)],
        [text.perimeter, quantity(measured.perimeter, unit)],
      ];
    }
    case 'statistics':
      return [
        [text.count, String(measured.count)],
        [text.mean, `${sample(measured.mean)} ± ${sample(measured.std)}`],
        [text.range, `${sample(measured.min)} – ${sample(measured.max)}`],
      ];
    case 'failed':
      return [];
  }
}

/** The outcome in short, for a line beside the shape. */
export function measuredText(measured: Measured | undefined): string {
  if (!measured || measured.of === 'failed') return '';
  if (measured.of === 'statistics') return `${strings.measure.mean} ${sample(measured.mean)}`;
  return linesOf(measured)[0]?.[1] ?? '';
}

export function MeasuredBlock({ one }: { one: Annotation }) {
  const text = strings.measure;
  const { measure, measured } = one;
  if (!measure) return null;
  if (!measured) return <p class="note">{text.waiting}</p>;
  if (measured.of === 'failed') return <p class="refusal">{measured.reason}</p>;
  const of = measured.of === 'statistics' ? layerOf(measured.layer)?.name : null;
  return (
    <div class="measured" data-testid="measured" data-of={measured.of}>
      {of && <p class="measured-of">{text.statisticsOf(of)}</p>}
      <dl>
        {linesOf(measured).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {measured.of === 'statistics' && <Histogram counts={measured.histogram} />}
    </div>
  );
}
