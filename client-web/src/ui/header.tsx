/** The bar on top: what session, who is here, how it goes. */

import { isUnsaved, unsaved } from '../app/saved';
import { isOldVersion, link } from '../app/store';
import { strings } from '../strings';
import { History } from './history';
import * as Icons from './icons';
import { Presence } from './presence';
import { Quality } from './quality';
import { Share } from './share';
import { helpOpen, narrow, panels, wide } from './state';
import { ModeSwitch } from './toolbar';

function PanelButton({ panel }: { panel: 'layers' | 'inspector' }) {
  const open = panels.value[panel];
  const text = strings.header[panel === 'layers' ? 'layersPanel' : 'inspectorPanel'];
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={text}
      aria-pressed={open}
      data-tip={text}
      data-testid={`panel-${panel}`}
      onClick={() => (panels.value = { ...panels.value, [panel]: !open })}
    >
      {panel === 'layers' ? <Icons.PanelLeft /> : <Icons.PanelRight />}
    </button>
  );
}

/** Says how many edits the server does not have yet; quiet while it answers as usual. */
function Saved() {
  const text = strings.saved;
  const shown = isUnsaved.value;
  const count = unsaved.value;
  const label = shown ? text.unsaved(count) : text.saved;
  return (
    <span
      class={`saved ${shown ? 'is-unsaved' : ''}`}
      role="status"
      tabIndex={0}
      aria-label={label}
      data-tip={shown ? text.unsavedTip : text.saved}
      data-testid="saved"
      data-count={count}
    >
      {shown ? <Icons.Cloud /> : <Icons.CloudCheck />}
      {shown && <span class="saved-text">{narrow.value ? count : label}</span>}
    </span>
  );
}

export function Header() {
  const text = strings.header;
  return (
    <header class="header">
      <div class="header-side">
        {!narrow.value && <PanelButton panel="layers" />}
        <span class="brand">
          <Icons.Logo />
          <span class="sr-only">{strings.product}</span>
        </span>
        <h1 class="session-name" data-testid="session-name">
          {link.value.session}
        </h1>
        {isOldVersion.value ? (
          <span class="old-version" data-testid="old-version">
            {strings.history.readOnly}
          </span>
        ) : (
          <Share />
        )}
      </div>
      {wide.value && <ModeSwitch />}
      <div class="header-side header-end">
        {(isUnsaved.value || !narrow.value) && <Saved />}
        {!narrow.value && <History />}
        <Presence />
        <Quality />
        {!narrow.value && (
          <>
            <button
              type="button"
              class="icon-button"
              aria-label={text.help}
              data-tip={`${text.help} (?)`}
              data-testid="help"
              onClick={() => (helpOpen.value = !helpOpen.value)}
            >
              <b aria-hidden="true">?</b>
            </button>
            <PanelButton panel="inspector" />
          </>
        )}
      </div>
    </header>
  );
}
