/** The screen of a session: panels around the picture, or sheets over it on a phone. */

import { useEffect, useState } from 'preact/hooks';
import * as actions from '../app/actions';
import type { Session } from '../app/session';
import { actionOf, loadKeys } from '../keys';
import { strings, type ActionName } from '../strings';
import { Dims } from './dims';
import { Header } from './header';
import { Help } from './help';
import { Inspector } from './inspector';
import { LayerList } from './layer-list';
import { Banner, Toasts } from './notes';
import { Picture } from './picture';
import { SceneSettings } from './scene-settings';
import { BottomSheet, ThumbBar } from './sheets';
import { closeTop, helpOpen, narrow, panels } from './state';
import { Status } from './status';
import { CameraTools, ModeSwitch } from './toolbar';
import { selectedLayer } from '../app/store';

const RUN: Readonly<Record<ActionName, () => boolean | void>> = {
  previous: () => actions.step(actions.currentAxis.value, -1),
  next: () => actions.step(actions.currentAxis.value, 1),
  axisUp: () => actions.switchAxis(-1),
  axisDown: () => actions.switchAxis(1),
  reset: actions.resetView,
  transpose: actions.transpose,
  roll: actions.roll,
  zoomIn: () => actions.zoomBy(1.4),
  zoomOut: () => actions.zoomBy(1 / 1.4),
  visible: () => {
    const layer = selectedLayer.value;
    if (layer) actions.toggleVisible(layer.id);
  },
  nextLayer: actions.selectNext,
  stage: () => actions.watch('stage'),
  mine: () => actions.watch('own'),
  help: () => void (helpOpen.value = !helpOpen.value),
  close: closeTop,
};

/** Whether a key belongs to what has the focus: text fields take all, sliders the arrows. */
function belongsToFocus(event: KeyboardEvent, action: ActionName): boolean {
  const focus = event.target as HTMLElement;
  if (focus.matches('input:not([type="range"]), textarea')) return true;
  const steps = ['previous', 'next', 'axisUp', 'axisDown', 'reset'];
  if (focus.matches('input[type="range"], [role="slider"]')) return steps.includes(action);
  // Tab goes through layers only from the picture (Shift+Tab leaves it); elsewhere it moves the focus.
  return action === 'nextLayer' && !focus.matches('.picture');
}

function useKeys(keys: Readonly<Record<ActionName, readonly string[]>>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const action = actionOf(event, keys);
      if (!action || event.defaultPrevented || belongsToFocus(event, action)) return;
      if (action === 'nextLayer' && event.shiftKey) return;
      if (RUN[action]() !== false) event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [keys]);
}

export function Workspace({ session }: { session: Session }) {
  const [keys] = useState(loadKeys);
  useKeys(keys);
  const small = narrow.value;
  const { layers, inspector } = panels.value;
  return (
    <div class={`app ${small ? 'app-narrow' : ''}`}>
      <Header />
      {!small && layers && (
        <aside class="panel panel-left" aria-label={strings.header.layersPanel}>
          <h2 class="panel-title">{strings.layers.title}</h2>
          <LayerList />
          <SceneSettings />
        </aside>
      )}
      <main class="middle">
        <Picture session={session} />
        <Banner />
        <div class="floating">
          <Toasts />
          <ModeSwitch />
        </div>
        <CameraTools />
        <Help keys={keys} />
      </main>
      {!small && inspector && (
        <aside class="panel panel-right" aria-label={strings.header.inspectorPanel}>
          <Inspector />
        </aside>
      )}
      <Dims />
      {small ? <ThumbBar /> : <Status />}
      {small && <BottomSheet />}
    </div>
  );
}
