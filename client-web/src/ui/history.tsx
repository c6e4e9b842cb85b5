/** Named versions of the session: keep one, look at one, go back to one. */

import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import * as api from '../app/api';
import { saveSession } from '../app/files';
import { toast } from '../app/notes';
import { isOldVersion, link, role } from '../app/store';
import { mayAnnotate, mayManage, mayPresent } from '../core/roles';
import { strings } from '../strings';
import { Popover } from './controls/popover';
import { since } from './format';
import * as Icons from './icons';
import { nameOf } from './selection-panel';

const versions = signal<readonly api.Version[] | null>(null);

async function load(): Promise<void> {
  const { session, token } = link.value;
  if (!session || !token) return;
  try {
    versions.value = [...(await api.listVersions(token, session))].reverse();
  } catch (error) {
    toast('bad', (error as Error).message);
    versions.value = [];
  }
}

async function run(what: (token: string, session: string) => Promise<unknown>): Promise<void> {
  const { session, token } = link.value;
  if (!session || !token) return;
  try {
    await what(token, session);
  } catch (error) {
    toast('bad', (error as Error).message);
  }
  await load();
}

function Row({ version }: { version: api.Version }) {
  const text = strings.history;
  const [sure, setSure] = useState<'restore' | 'delete' | null>(null);
  const { number, name, author, at_ms, path } = version;
  const token = link.value.token ?? '';
  const press = (what: 'restore' | 'delete', then: () => void) => () => {
    if (sure === what) then();
    setSure(sure === what ? null : what);
  };
  return (
    <li class="version" data-testid={`version-${number}`}>
      <span class="person-text">
        <span class="person-name">{name}</span>
        <span class="person-where">
          {nameOf(author)} · {since(at_ms, Date.now())}
        </span>
      </span>
      <a
        class="button button-small"
        href={`${path.split('#')[0]}#token=${token}`}
        target="_blank"
        rel="noopener"
        data-testid={`version-open-${number}`}
      >
        {text.look}
      </a>
      {mayPresent(role.value) && (
        <button
          type="button"
          class={`button button-small ${sure === 'restore' ? 'button-danger' : ''}`}
          data-tip={text.restoreTip}
          data-testid={`version-restore-${number}`}
          onBlur={() => setSure(null)}
          onClick={press(
            'restore',
            () => void run((key, session) => api.restoreVersion(key, session, number)),
          )}
        >
          {sure === 'restore' ? text.restoreSure : text.restore}
        </button>
      )}
      {mayManage(role.value) && (
        <button
          type="button"
          class={`icon-button icon-small ${sure === 'delete' ? 'button-danger' : ''}`}
          aria-label={text.delete(name)}
          data-tip={sure === 'delete' ? text.deleteSure : text.delete(name)}
          data-testid={`version-delete-${number}`}
          onBlur={() => setSure(null)}
          onClick={press(
            'delete',
            () => void run((key, session) => api.deleteVersion(key, session, number)),
          )}
        >
          <Icons.Trash size={13} />
        </button>
      )}
    </li>
  );
}

export function HistoryList() {
  const text = strings.history;
  useEffect(() => void load(), []);
  const all = versions.value;
  return (
    <div class="history" data-testid="history-list">
      {mayAnnotate(role.value) && !isOldVersion.value && (
        <form
          class="page-form"
          onSubmit={(event) => {
            event.preventDefault();
            const form = event.currentTarget;
            const name = String(new FormData(form).get('name') ?? '').trim();
            form.reset();
            if (name) void run((token, session) => api.saveVersion(token, session, name));
          }}
        >
          <input
            name="name"
            class="page-input"
            maxLength={100}
            placeholder={text.name}
            aria-label={text.name}
            data-testid="version-name"
          />
          <button type="submit" class="button button-on" data-testid="version-save">
            {text.save}
          </button>
        </form>
      )}
      <ul>
        {all?.map((version) => (
          <Row key={version.number} version={version} />
        ))}
        {all?.length === 0 && <li class="people-alone">{text.none}</li>}
      </ul>
      <button
        type="button"
        class="button button-quiet"
        data-tip={text.fileTip}
        data-testid="session-file"
        onClick={() => void saveSession()}
      >
        <Icons.Down />
        {text.file}
      </button>
    </div>
  );
}

export function History() {
  const text = strings.history;
  return (
    <Popover
      id="history"
      label={text.title}
      side="below-right"
      button={({ open, toggle }) => (
        <button
          type="button"
          class="icon-button"
          aria-label={text.title}
          aria-expanded={open}
          data-tip={text.title}
          data-testid="history"
          onClick={toggle}
        >
          <Icons.Clock />
        </button>
      )}
    >
      {() => <HistoryList />}
    </Popover>
  );
}
