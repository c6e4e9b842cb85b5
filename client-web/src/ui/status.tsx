/** The line at the bottom: where the pointer is, what is there, and how true the picture is. */

import { eye, space } from '../app/actions';
import {
  changed,
  frame,
  layers,
  leader,
  phase,
  pointer,
  revision,
  scene,
  stageLocked,
  stats,
  underPointer,
  view,
  viewId,
  viewport,
  wishes,
} from '../app/store';
import { tool } from '../app/tool-state';
import { fit } from '../core/camera';
import { isSeenIn } from '../core/keys';
import type { PixelHeader } from '../protocol';
import { strings } from '../strings';
import { coordinate, sample } from './format';
import { Check, Clock } from './icons';
import { targetText } from './tool-options';

function Coordinates() {
  const world = pointer.value;
  const seen = view.value;
  const camera = eye.value;
  if (!world || !seen || !camera) return null;
  const perPixel = 1 / (camera.zoom * fit(camera.canvas, viewport.value).scale);
  return (
    <span class="status-coordinates" data-testid="coordinates">
      {seen.displayed.map((axis, at) => {
        const info = scene.value.axes[axis];
        if (!info) return null;
        return (
          <span key={axis}>
            <i>{info.name}</i> {coordinate(info, world[at as 0 | 1], perPixel)}
          </span>
        );
      })}
    </span>
  );
}

function Values() {
  const answer = underPointer.value;
  if (!answer || !pointer.value) return null;
  return (
    <span class="status-values" data-testid="values">
      {answer.values.map(({ layer, value }) => {
        const info = layers.value.find(({ id }) => id === layer);
        if (!info) return null;
        const shown = value === null ? strings.status.noValue : sample(value);
        return (
          <span key={layer} data-layer={layer}>
            <i>{info.name}</i> <b>{info.kind === 'labels' && value ? `#${shown}` : shown}</b>
          </span>
        );
      })}
    </span>
  );
}

/** A change that has brought no picture by now has altered nothing that is seen. */
const PICTURE_MS = 1_500;

function isOutdated({ view, revision }: PixelHeader): boolean {
  void stats.value; // twice a second: time passes here
  if (view !== viewId.value) return true;
  return (['all', viewId.value] as const).some((which) => {
    const last = changed.value.get(which);
    return last && revision < last.revision && performance.now() < last.at + PICTURE_MS;
  });
}

function Truth() {
  const text = strings.status;
  const header = frame.value;
  if (!header) return null;
  const moving =
    phase.value.at !== 'live' ||
    [...wishes.value.keys()].some((name) => isSeenIn(viewId.value, name)) ||
    isOutdated(header);
  if (moving)
    return (
      <span class="truth" data-testid="truth" data-state="moving">
        {phase.value.at === 'live' ? text.moving : text.offline}
      </span>
    );
  const [state, label, tip] = header.exact
    ? ['exact', text.exact, text.exactTip]
    : header.complete
      ? ['complete', text.complete, text.completeTip]
      : ['loading', text.loading, text.loadingTip];
  return (
    <span
      class={`truth truth-${state}`}
      data-tip={tip}
      data-testid="truth"
      data-state={state}
      data-revision={revision.value}
    >
      {state === 'loading' ? <Clock size={13} /> : <Check size={13} />}
      {label}
    </span>
  );
}

export function Status() {
  const text = strings.status;
  const who = leader.value;
  const hint =
    tool.value !== 'pan' && !space.value
      ? [strings.tool[tool.value][1], targetText()].filter(Boolean).join(' · ')
      : who
        ? text.hintFollowing(who.name)
        : stageLocked.value
          ? text.hintLocked
          : space.value
            ? strings.space.hint
            : text.hint;
  return (
    <footer class="status" data-testid="status">
      <Coordinates />
      <Values />
      <span class="status-hint" data-testid="hint">
        {hint}
      </span>
      <Truth />
    </footer>
  );
}
