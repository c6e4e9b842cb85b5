/** A panel over the picture: not modal, so that what it tells about stays in sight. */

import type { ComponentChildren } from 'preact';
import { strings } from '../strings';
import { Close } from './icons';

interface Props {
  /** Class of its own: where it stands, how large. */
  name: string;
  title: string;
  testid: string;
  onClose: () => void;
  children: ComponentChildren;
}

export function OverPicture({ name, title, testid, onClose, children }: Props) {
  return (
    <div class={`over-picture ${name}`} role="dialog" aria-label={title} data-testid={testid}>
      <header>
        <h2>{title}</h2>
        <button
          type="button"
          class="icon-button"
          aria-label={strings.mobile.close}
          ref={(node) => node?.focus()}
          onClick={onClose}
        >
          <Close />
        </button>
      </header>
      {children}
    </div>
  );
}
