/** The picture: the canvas that the worker paints, and what is drawn over it. */

import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { eye, space } from '../app/actions';
import { attachOrbit } from '../app/orbit';
import { attachPointer } from '../app/pointer';
import type { Session } from '../app/session';
import {
  flashes,
  frame,
  layers,
  leader,
  me,
  phase,
  ready,
  scene,
  view,
  viewport,
} from '../app/store';
import { tool } from '../app/tool-state';
import { canvasFor } from '../core/camera';
import { axisPosition, sliderAxes } from '../core/scene';
import { strings } from '../strings';
import { CopyLine } from './copy-line';
import { Cursors } from './cursors';
import { Drawings } from './drawings';
import { axisValue } from './format';
import { TextEntry } from './text-entry';

/** A canvas is asked for when the size has been still this long. */
const RESIZE_MS = 150;

/** Reports the size of the picture's place: at once to the painter, settled to the server. */
function watchSize(element: HTMLElement, session: Session): () => void {
  let timer = 0;
  let asked = '';
  const measure = () => {
    const { width, height } = element.getBoundingClientRect();
    if (width < 1 || height < 1) return;
    viewport.value = { width, height };
    const ratio = devicePixelRatio;
    const device = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
    session.resize(device.width, device.height);
    const canvas = canvasFor(device);
    const text = `${canvas.width}x${canvas.height}`;
    if (text === asked) return;
    clearTimeout(timer);
    const tell = () => {
      asked = text;
      session.canvas(canvas.width, canvas.height);
    };
    // Before the scene is there the sliders are missing, and the place is still too high.
    timer = window.setTimeout(tell, asked || !view.value ? RESIZE_MS : 0);
  };
  const observer = new ResizeObserver(measure);
  observer.observe(element);
  return () => {
    clearTimeout(timer);
    observer.disconnect();
  };
}

/** What a screen reader hears instead of the picture. */
function description(): string {
  const shown = [...layers.value].reverse().filter(({ visible }) => visible);
  const seen = view.value;
  const position = seen
    ? sliderAxes(scene.value, seen).map((axis) => {
        const info = scene.value.axes[axis]!;
        const at = axisPosition(info, seen.point[axis] ?? 0);
        const value = axisValue(info, seen.point[axis] ?? 0, at);
        return `${info.name} ${at + 1}${value ? ` (${value})` : ''}`;
      })
    : [];
  return strings.picture.label(shown.map(({ name }) => name).join(', '), position.join(', '));
}

function Empty() {
  const text = strings.picture;
  if (ready.value && scene.value.layers.length === 0)
    return (
      <div class="picture-note">
        <h2>{text.empty}</h2>
        <p>{text.emptyHint}</p>
        <CopyLine text={text.emptyCommand} />
      </div>
    );
  if (frame.value) return null;
  return (
    <div class="picture-note" role="status" data-testid="loading">
      <span class="spinner" aria-hidden="true" />
      <p>{phase.value.at === 'live' ? text.loading : text.connecting}</p>
    </div>
  );
}

export function Picture({ session }: { session: Session }) {
  const area = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = area.current!;
    // The canvas is made by hand: its control can be given to the worker only once.
    const canvas = document.createElement('canvas');
    canvas.className = 'picture-canvas';
    canvas.setAttribute('data-testid', 'canvas');
    canvas.setAttribute('aria-hidden', 'true');
    element.prepend(canvas);
    session.mount(canvas);
    const stop = [
      watchSize(element, session),
      attachPointer(element),
      attachOrbit(element),
      effect(() => session.look(eye.value)),
    ];
    return () => stop.forEach((each) => each());
  }, [session]);
  const who = leader.value;
  const moved = flashes.value.get('stage');
  const lost = phase.value.at === 'waiting' && frame.value !== null;
  return (
    <div
      class={`picture ${who ? 'is-following' : ''} ${moved ? 'is-moved' : ''} ${lost ? 'is-lost' : ''}`}
      style={who ? { '--who': who.color } : moved ? { '--who': moved.color } : {}}
      ref={area}
      role="application"
      aria-roledescription={strings.picture.role}
      tabIndex={0}
      aria-label={description()}
      data-testid="picture"
      data-frames={frame.value?.sequence ?? ''}
      data-me={me.value}
      data-tool={tool.value}
      data-ndisplay={space.value ? 3 : 2}
    >
      <Empty />
      <Drawings />
      <Cursors />
      <TextEntry />
    </div>
  );
}
