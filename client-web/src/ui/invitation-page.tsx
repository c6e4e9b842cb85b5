/** Who was invited says their name, and is let in. */

import { useState } from 'preact/hooks';
import { redeem } from '../app/api';
import { strings } from '../strings';
import { Page } from './pages';

/** Longest name, characters. */
const MAX_NAME = 60;

export function InvitationPage({ secret }: { secret: string }) {
  const text = strings.invitation;
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const enter = async (name: string) => {
    if (!name || busy) return;
    setBusy(true);
    try {
      location.assign(await redeem(secret, name));
    } catch (error) {
      setFault((error as Error).message);
      setBusy(false);
    }
  };
  return (
    <Page title={text.title} testid="invitation">
      <p>{text.text}</p>
      <form
        class="page-form"
        onSubmit={(event) => {
          event.preventDefault();
          void enter(String(new FormData(event.currentTarget).get('name') ?? '').trim());
        }}
      >
        <input
          name="name"
          class="page-input"
          maxLength={MAX_NAME}
          autocomplete="name"
          placeholder={text.name}
          aria-label={text.name}
          data-testid="invitation-name"
          ref={(input) => input?.focus()}
        />
        <button
          type="submit"
          class="button button-primary"
          aria-disabled={busy}
          data-testid="invitation-enter"
        >
          {text.enter}
        </button>
      </form>
      {fault && (
        <p class="refusal" role="alert">
          {fault}
        </p>
      )}
    </Page>
  );
}
