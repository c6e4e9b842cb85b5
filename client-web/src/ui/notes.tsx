/** Toasts, and the banner while the connection is lost. */

import { retry } from '../app/actions';
import { dismiss } from '../app/notes';
import { unsaved } from '../app/saved';
import { phase, ready, toasts } from '../app/store';
import { strings } from '../strings';
import { Close, Warn } from './icons';

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite" data-testid="toasts">
      {toasts.value.map(({ id, tone, text, action }) => (
        <div key={id} class={`toast toast-${tone}`}>
          {tone === 'bad' && <Warn />}
          <span>{text}</span>
          {action && (
            <button
              type="button"
              class="button button-accent"
              data-testid="toast-action"
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
          <button
            type="button"
            class="icon-button"
            aria-label={strings.toast.close}
            onClick={() => dismiss(id)}
          >
            <Close />
          </button>
        </div>
      ))}
    </div>
  );
}

export function Banner() {
  const now = phase.value;
  const text = strings.banner;
  // The first tries to come back are quicker than the eye; they are not announced.
  const lost =
    (now.at === 'waiting' && now.attempt > 1) ||
    (ready.value && now.at === 'connecting' && unsaved.value > 0);
  if (!lost) return null;
  return (
    <div class="banner" role="status" data-testid="banner">
      <span class="spinner spinner-small" aria-hidden="true" />
      <span>
        {text.reconnecting}
        {now.at === 'waiting' && <span class="banner-detail"> {text.attempt(now.attempt)}</span>}
      </span>
      {unsaved.value > 0 && (
        <span class="banner-unsaved" data-testid="unsaved">
          {text.unsaved(unsaved.value)}
        </span>
      )}
      <button type="button" class="button" onClick={retry}>
        {text.now}
      </button>
    </div>
  );
}
