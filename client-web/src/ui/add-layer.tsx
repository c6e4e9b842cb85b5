/** A new layer to draw or paint in. */

import { makeLayer } from '../app/drawing';
import { drawingLocked } from '../app/tool-state';
import { strings } from '../strings';
import { Popover } from './controls/popover';
import * as Icons from './icons';
import { KindIcon } from './kind';
import { popover } from './state';

const NEW_KINDS = ['points', 'shapes', 'vectors', 'tracks', 'labels'] as const;

export function AddLayer() {
  const text = strings.layers;
  const locked = drawingLocked.value;
  return (
    <Popover
      id="add-layer"
      label={text.add}
      side="below-right"
      button={({ open, toggle }) => (
        <button
          type="button"
          class="icon-button"
          aria-label={text.add}
          aria-expanded={open}
          aria-disabled={locked !== null}
          data-tip={locked ?? text.add}
          data-testid="add-layer"
          onClick={() => locked === null && toggle()}
        >
          <Icons.Plus />
        </button>
      )}
    >
      {() => (
        <ul class="menu tool-menu">
          {NEW_KINDS.map((kind) => (
            <li key={kind}>
              <button
                type="button"
                data-testid={`add-${kind}`}
                onClick={() => {
                  popover.value = null;
                  makeLayer(kind, 'chosen');
                }}
              >
                <KindIcon kind={kind} />
                <span>{text.kinds[kind]}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  );
}
