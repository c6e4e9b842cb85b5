/** The sheet of keys, which can be tried while it is open. */

import { TOOLS } from '../core/tools/names';
import { strings, type ActionName } from '../strings';
import { OverPicture } from './over-picture';
import { helpOpen } from './state';

const GROUPS: Readonly<Record<keyof typeof strings.help.groups, readonly ActionName[]>> = {
  move: ['previous', 'next', 'axisUp', 'axisDown'],
  view: ['reset', 'zoomIn', 'zoomOut', 'transpose', 'roll', 'ndisplay', 'stage', 'mine'],
  tools: TOOLS.map((tool) => `tool_${tool}` as const),
  edit: [
    'undo',
    'redo',
    'finish',
    'cancel',
    'remove',
    'selectAll',
    'brushSmaller',
    'brushLarger',
    'newLabel',
  ],
  layers: ['visible', 'nextLayer'],
  app: ['help'],
};

const PRETTY: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
};

function Chord({ chord }: { chord: string }) {
  const parts = chord === '+' ? ['+'] : chord.split('+').filter(Boolean);
  return (
    <span class="chord">
      {parts.map((part) => (
        <kbd key={part}>{PRETTY[part] ?? part}</kbd>
      ))}
    </span>
  );
}

export function Help({ keys }: { keys: Readonly<Record<ActionName, readonly string[]>> }) {
  const text = strings.help;
  if (!helpOpen.value) return null;
  return (
    <OverPicture
      name="help"
      title={text.title}
      testid="help-sheet"
      onClose={() => (helpOpen.value = false)}
    >
      <div class="help-columns">
        {Object.entries(GROUPS).map(([group, actions]) => (
          <section key={group}>
            <h3>{text.groups[group as keyof typeof GROUPS]}</h3>
            <dl>
              {actions.map((action) => (
                <div key={action}>
                  <dt>{strings.actions[action]}</dt>
                  <dd>
                    {keys[action].map((chord) => (
                      <Chord key={chord} chord={chord} />
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>{text.gestures}</h3>
          <dl>
            {text.gestureList.map(([gesture, what]) => (
              <div key={gesture}>
                <dt>{what}</dt>
                <dd>{gesture}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </OverPicture>
  );
}
