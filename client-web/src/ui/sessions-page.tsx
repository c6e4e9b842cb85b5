/** The sessions that a token opens: make, rename, archive, delete. */

import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import * as api from '../app/api';
import { strings } from '../strings';
import { since } from './format';
import * as Icons from './icons';
import { Page } from './pages';

const entries = signal<readonly api.SessionEntry[] | null>(null);
const mayCreate = signal(false);
const fault = signal<string | null>(null);

async function load(token: string): Promise<void> {
  try {
    const { sessions, may_create } = await api.listSessions(token);
    entries.value = sessions;
    mayCreate.value = may_create;
  } catch (error) {
    fault.value = (error as Error).message;
  }
}

/** Does something, says why it failed, and lists anew. */
async function run(token: string, what: () => Promise<unknown>): Promise<void> {
  fault.value = null;
  try {
    await what();
  } catch (error) {
    fault.value = (error as Error).message;
  }
  await load(token);
}

function Title({ token, entry }: { token: string; entry: api.SessionEntry }) {
  const [naming, setNaming] = useState(false);
  const done = (title: string | null) => {
    setNaming(false);
    const plain = title?.trim();
    if (plain && plain !== entry.title)
      void run(token, () => api.changeSession(token, entry.name, { title: plain }));
  };
  if (!naming)
    return (
      <>
        <a
          class="session-link"
          href={`/s/${encodeURIComponent(entry.name)}#token=${token}`}
          data-testid={`session-${entry.name}`}
        >
          {entry.title}
        </a>
        <button
          type="button"
          class="icon-button icon-small"
          aria-label={strings.sessions.rename(entry.title)}
          data-tip={strings.sessions.rename(entry.title)}
          data-testid={`session-rename-${entry.name}`}
          onClick={() => setNaming(true)}
        >
          <Icons.Pen size={13} />
        </button>
      </>
    );
  return (
    <input
      class="layer-rename"
      defaultValue={entry.title}
      maxLength={100}
      aria-label={strings.sessions.rename(entry.title)}
      data-testid="session-title"
      ref={(input) => input?.focus()}
      onBlur={(event) => done(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') done(event.currentTarget.value);
        if (event.key === 'Escape') done(null);
      }}
    />
  );
}

function Row({ token, entry }: { token: string; entry: api.SessionEntry }) {
  const text = strings.sessions;
  const [sure, setSure] = useState(false);
  const { name, archived, participants, annotations, created_ms } = entry;
  const facts = [
    archived ? text.archived : participants ? text.people(participants) : '',
    annotations ? text.annotations(annotations) : '',
    created_ms > 0 ? since(created_ms, Date.now()) : '',
  ].filter(Boolean);
  return (
    <li class={`session ${archived ? 'is-archived' : ''}`}>
      <span class="session-title">
        <Title token={token} entry={entry} />
        <span class="session-facts">{facts.join(' · ')}</span>
      </span>
      <button
        type="button"
        class="button button-small"
        data-testid={`session-archive-${name}`}
        onClick={() =>
          void run(token, () => api.changeSession(token, name, { archived: !archived }))
        }
      >
        {archived ? text.unarchive : text.archive}
      </button>
      <button
        type="button"
        class={`button button-small ${sure ? 'button-danger' : ''}`}
        data-testid={`session-delete-${name}`}
        onBlur={() => setSure(false)}
        onClick={() => {
          if (sure) void run(token, () => api.deleteSession(token, name));
          setSure(!sure);
        }}
      >
        {sure ? text.deleteSure : text.delete}
      </button>
    </li>
  );
}

/** A session that was taken home, here or elsewhere, as a new one. */
function ImportButton({ token }: { token: string }) {
  const text = strings.sessions;
  const [busy, setBusy] = useState(false);
  const bringIn = async (file: File) => {
    setBusy(true);
    await run(token, () => api.importSession(token, file));
    setBusy(false);
  };
  return (
    <span class="files">
      <label class="button" aria-busy={busy} data-tip={text.importTip}>
        {busy ? text.importing : text.import}
        <input
          type="file"
          class="sr-only"
          accept=".tar"
          disabled={busy}
          data-testid="session-import"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            event.currentTarget.value = '';
            if (file) void bringIn(file);
          }}
        />
      </label>
    </span>
  );
}

export function SessionsPage({ token }: { token: string }) {
  const text = strings.sessions;
  useEffect(() => void load(token), [token]);
  const all = entries.value;
  return (
    <Page title={text.title} testid="sessions">
      {mayCreate.value && (
        <form
          class="page-form"
          onSubmit={(event) => {
            event.preventDefault();
            const form = event.currentTarget;
            const title = String(new FormData(form).get('title') ?? '').trim();
            form.reset();
            if (title) void run(token, () => api.createSession(token, title));
          }}
        >
          <input
            name="title"
            class="page-input"
            maxLength={100}
            placeholder={text.newTitle}
            aria-label={text.newTitle}
            data-testid="session-new"
          />
          <button type="submit" class="button button-primary" data-testid="session-create">
            {text.create}
          </button>
          <ImportButton token={token} />
        </form>
      )}
      {fault.value && (
        <p class="refusal" role="alert">
          {fault.value}
        </p>
      )}
      {all === null ? (
        !fault.value && <span class="spinner" aria-hidden="true" />
      ) : (
        <ul class="sessions" data-testid="session-list">
          {all.map((entry) => (
            <Row key={entry.name} token={token} entry={entry} />
          ))}
          {all.length === 0 && <li class="session-facts">{text.none}</li>}
        </ul>
      )}
    </Page>
  );
}
