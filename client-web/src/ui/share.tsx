/** Links: to the session, to this view; and this view as a document. */

import { signal } from '@preact/signals';
import type { KeptView } from '../app/api';
import { documentOfView, keptOfView } from '../app/bookmarks';
import { shareLink, viewLink } from '../app/link';
import { toast } from '../app/notes';
import { link, role } from '../app/store';
import type { ViewDocument } from '../core/view-document';
import { strings } from '../strings';
import { Popover } from './controls/popover';
import { explainCopy } from './copy';
import * as Icons from './icons';
import { Invite } from './invite';
import { narrow, popover } from './state';

const copied = signal(false);

async function copy(text: string): Promise<void> {
  popover.value = null;
  if (!(await explainCopy(text))) return;
  copied.value = true;
  setTimeout(() => (copied.value = false), 2_000);
}

async function copyView(make: (kept: KeptView, view: ViewDocument) => string | Promise<string>) {
  const [kept, view] = [keptOfView(), documentOfView()];
  if (!kept || !view) return toast('info', strings.share.notYet);
  await copy(await make(kept, view));
}

function Menu() {
  const text = strings.share;
  const who = strings.roles[role.value];
  const entries = [
    ['copy-session-link', text.session, text.sessionTip(who), () => copy(shareLink(link.value))],
    [
      'copy-view-link',
      text.view,
      text.viewTip(who),
      () => copyView((kept, view) => viewLink(link.value, kept, view, true)),
    ],
    [
      'copy-view-only',
      text.viewOnly,
      text.viewOnlyTip,
      () => copyView((kept, view) => viewLink(link.value, kept, view, false)),
    ],
    [
      'copy-view-json',
      text.json,
      text.jsonTip,
      () => copyView((_, view) => JSON.stringify(view, null, 2)),
    ],
  ] as const;
  return (
    <ul class="menu share-menu">
      {entries.map(([testid, label, tip, run]) => (
        <li key={testid}>
          <button type="button" data-testid={testid} onClick={() => void run()}>
            <span class="person-text">
              <span>{label}</span>
              <span class="person-where">{tip}</span>
            </span>
          </button>
        </li>
      ))}
      {role.value === 'owner' && <Invite />}
    </ul>
  );
}

export function Share() {
  const text = strings.header;
  return (
    <Popover
      id="share"
      label={text.copyLink}
      class="share"
      button={({ open, toggle }) => (
        <>
          <button
            type="button"
            class="button button-quiet copy-link"
            data-tip={text.linkTip(strings.roles[role.value])}
            data-testid="copy-link"
            aria-label={text.copyLink}
            onClick={() => void copy(shareLink(link.value))}
          >
            {copied.value ? <Icons.Check /> : <Icons.Link />}
            {!narrow.value && (
              <span aria-live="polite">{copied.value ? text.linkCopied : text.copyLink}</span>
            )}
          </button>
          <button
            type="button"
            class="icon-button share-more"
            aria-label={strings.share.more}
            aria-expanded={open}
            data-tip={strings.share.more}
            data-testid="share"
            onClick={toggle}
          >
            <Icons.Down size={12} />
          </button>
        </>
      )}
    >
      {() => <Menu />}
    </Popover>
  );
}
