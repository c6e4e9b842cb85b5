/** The bar on top: what session, who is here, how it goes. */

import { signal } from '@preact/signals';
import { explainCopy } from './copy';
import { link, role } from '../app/store';
import { shareLink } from '../app/link';
import { strings } from '../strings';
import * as Icons from './icons';
import { Presence } from './presence';
import { Quality } from './quality';
import { helpOpen, narrow, panels, wide } from './state';
import { ModeSwitch } from './toolbar';

const copied = signal(false);

async function copyLink(): Promise<void> {
  if (!(await explainCopy(shareLink(link.value)))) return;
  copied.value = true;
  setTimeout(() => (copied.value = false), 2_000);
}

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
        <button
          type="button"
          class="button button-quiet copy-link"
          data-tip={text.linkTip(strings.roles[role.value])}
          data-testid="copy-link"
          aria-label={text.copyLink}
          onClick={() => void copyLink()}
        >
          {copied.value ? <Icons.Check /> : <Icons.Link />}
          <span aria-live="polite">{copied.value ? text.linkCopied : text.copyLink}</span>
        </button>
      </div>
      {wide.value && <ModeSwitch />}
      <div class="header-side header-end">
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
