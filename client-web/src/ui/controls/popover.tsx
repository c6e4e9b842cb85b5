/** A panel that hangs on its button; closes on Escape and on a click elsewhere. */

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { popover } from '../state';

interface Props {
  id: string;
  label: string;
  side?: 'below-left' | 'below-right' | 'below' | 'above' | 'above-left';
  button: (props: { open: boolean; toggle: () => void }) => ComponentChildren;
  children: () => ComponentChildren;
  class?: string;
}

export function Popover({ id, label, side = 'below-left', button, children, ...props }: Props) {
  const root = useRef<HTMLDivElement>(null);
  const open = popover.value === id;
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node) && popover.value === id)
        popover.value = null;
    };
    addEventListener('pointerdown', outside, true);
    return () => {
      removeEventListener('pointerdown', outside, true);
      // What had the focus is gone with the panel: it goes back to the button.
      if (document.activeElement === document.body) root.current?.querySelector('button')?.focus();
    };
  }, [open, id]);
  return (
    <div class={`popover-root ${props.class ?? ''}`} ref={root}>
      {button({ open, toggle: () => (popover.value = open ? null : id) })}
      {open && (
        <div class={`popover popover-${side}`} role="group" aria-label={label}>
          {children()}
        </div>
      )}
    </div>
  );
}
