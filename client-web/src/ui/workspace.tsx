/** The screen of a session: panels around the picture, or sheets over it on a phone. */

import { useEffect, useState } from 'preact/hooks';
import * as actions from '../app/actions';
import * as history from '../app/history';
import { toast } from '../app/notes';
import * as painting from '../app/painting';
import type { Session } from '../app/session';
import { selectAll } from '../app/selecting';
import { drawingLocked } from '../app/tool-state';
import * as tools from '../app/tools';
import { TOOLS, type Tool } from '../core/tools/names';
import { actionOf, loadKeys } from '../keys';
import { strings, type ActionName } from '../strings';
import { Bookmarks } from './bookmarks';
import { Dims } from './dims';
import { Header } from './header';
import { Help } from './help';
import { Inspector } from './inspector';
import { AddLayer } from './add-layer';
import { AnnotationMenu } from './annotation-menu';
import { LayerList } from './layer-list';
import { Banner, Toasts } from './notes';
import { Picture } from './picture';
import { SceneSettings } from './scene-settings';
import { BottomSheet, ThumbBar } from './sheets';
import { closeTop, helpOpen, narrow, panels, wide } from './state';
import { Status } from './status';
import { Streams } from './streams';
import { TablePanel } from './table';
import { pickTool, ToolBar } from './tool-bar';
import { ToolOptions } from './tool-options';
import { CameraTools, ModeSwitch } from './toolbar';
import { selectedLayer } from '../app/store';

const RUN: Readonly<Record<ActionName, () => boolean | void>> = {
  previous: () => actions.step(actions.currentAxis.value, -1),
  next: () => actions.step(actions.currentAxis.value, 1),
  axisUp: () => actions.switchAxis(-1),
  axisDown: () => actions.switchAxis(1),
  reset: actions.resetView,
  transpose: actions.transpose,
  ndisplay: actions.toggleSpace,
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
  undo: history.undo,
  redo: history.redo,
  finish: tools.finish,
  cancel: () => closeTop() || tools.cancel(),
  remove: tools.back,
  selectAll: selectAll,
  brushSmaller: () => painting.resize(-1),
  brushLarger: () => painting.resize(1),
  newLabel: () => {
    const locked = drawingLocked.value;
    if (locked) toast('info', locked);
    else painting.newLabel();
  },
  help: () => void (helpOpen.value = !helpOpen.value),
  ...(Object.fromEntries(TOOLS.map((tool) => [`tool_${tool}`, () => pickTool(tool)])) as Record<
    `tool_${Tool}`,
    () => void
  >),
};

const TEXT_FIELDS = 'input:not([type="range"]), textarea, select';

/** Whether a key belongs to what has the focus: text fields take all, sliders the arrows. */
function belongsToFocus(event: KeyboardEvent, action: ActionName): boolean {
  const focus = event.target as HTMLElement;
  if (focus.matches(TEXT_FIELDS)) return true;
  // Enter presses the button that has the focus.
  if (action === 'finish') return focus.matches('button, [role="slider"]');
  const steps = ['previous', 'next', 'axisUp', 'axisDown', 'reset'];
  if (focus.matches('input[type="range"], [role="slider"]')) return steps.includes(action);
  // Tab goes through layers only from the picture (Shift+Tab leaves it); elsewhere it moves the focus.
  return action === 'nextLayer' && !focus.matches('.picture');
}

function useKeys(keys: Readonly<Record<ActionName, readonly string[]>>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const action = actionOf(event, keys);
      // Escape leaves a text field, and does nothing else.
      if (action === 'cancel' && (event.target as HTMLElement).matches(TEXT_FIELDS))
        return (event.target as HTMLElement).blur();
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
  useEffect(tools.tellDoing, []);
  const small = narrow.value;
  const { layers, inspector } = panels.value;
  return (
    <div class={`app ${small ? 'app-narrow' : wide.value ? 'app-wide' : ''}`}>
      <Header />
      {!small && layers && (
        <aside class="panel panel-left" aria-label={strings.header.layersPanel}>
          <div class="panel-head">
            <h2 class="panel-title">{strings.layers.title}</h2>
            <AddLayer />
          </div>
          <LayerList />
          <Bookmarks />
          <SceneSettings />
        </aside>
      )}
      <div class="centre">
        <main class="middle">
          <Picture session={session} />
          <AnnotationMenu />
          <Banner />
          <div class="floating">
            <Toasts />
            <ToolOptions />
            <ToolBar />
          </div>
          {!wide.value && (
            <div class="floating floating-top">
              <ModeSwitch />
            </div>
          )}
          <CameraTools />
          <Help keys={keys} />
          <Streams />
        </main>
        {!small && <TablePanel />}
      </div>
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
