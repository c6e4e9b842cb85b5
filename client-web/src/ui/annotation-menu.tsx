/** What can be done with an annotation, where it was right-clicked, or a finger was held on it. */

import { useEffect, useRef } from 'preact/hooks';
import { documentOfView, keptOfView } from '../app/bookmarks';
import { removeSelection } from '../app/drawing';
import { viewLink } from '../app/link';
import { toast } from '../app/notes';
import { link, viewport } from '../app/store';
import * as state from '../app/tool-state';
import { edit } from '../app/tools';
import { viewZoomedTo, zoomTo } from '../app/travel';
import type { Annotation } from '../protocol';
import { strings } from '../strings';
import { explainCopy } from './copy';
import * as Icons from './icons';

/** Room that the menu needs, so that it does not reach beyond the picture. */
const ROOM = { width: 216, height: 196 };

/** A link to this view, with the annotation large in its middle. */
async function copyLink(one: Annotation): Promise<void> {
  const view = viewZoomedTo(one);
  const [kept, document] = [keptOfView(view), documentOfView(view)];
  if (!view || !kept || !document) return toast('info', strings.share.notYet);
  const copied = await explainCopy(await viewLink(link.value, kept, document, true));
  if (copied) toast('info', strings.selection.linkCopied);
}

export function AnnotationMenu() {
  const root = useRef<HTMLUListElement>(null);
  const open = state.menu.value;
  useEffect(() => {
    if (!open) return;
    root.current?.querySelector('button')?.focus();
    const outside = ({ target }: Event) => {
      if (!root.current?.contains(target as Node)) state.menu.value = null;
    };
    addEventListener('pointerdown', outside, true);
    return () => {
      removeEventListener('pointerdown', outside, true);
      // What had the focus is gone with the menu.
      if (document.activeElement === document.body)
        document.querySelector<HTMLElement>('.picture')?.focus();
    };
  }, [open]);
  const one = open && state.annotationOf(open.id);
  if (!open || !one) return null;
  const text = strings.selection;
  const locked = state.lockedBecause(one);
  const count = state.selection.value.size;
  const { width, height } = viewport.value;
  const place = {
    left: `${Math.max(4, Math.min(open.x + 2, width - ROOM.width))}px`,
    top: `${Math.max(4, Math.min(open.y + 2, height - ROOM.height))}px`,
  };
  const corners = one.vertices.length > 1;
  const entries = [
    ...(corners || one.shape === 'text'
      ? [
          {
            id: 'edit',
            label: corners ? text.editCorners : text.editText,
            Icon: Icons.Pen,
            locked,
            run: () => edit(open.id),
          },
        ]
      : []),
    {
      id: 'link',
      label: text.copyLink,
      Icon: Icons.Link,
      locked: null,
      run: () => void copyLink(one),
    },
    { id: 'zoom', label: text.zoomTo, Icon: Icons.Fit, locked: null, run: () => zoomTo(one) },
    {
      id: 'remove',
      label: count > 1 ? text.removeAll(count) : text.remove,
      Icon: Icons.Trash,
      locked: count > 1 ? null : locked,
      run: removeSelection,
    },
  ];
  return (
    <ul
      class="popover menu tool-menu"
      style={place}
      ref={root}
      aria-label={text.shapes[one.shape]}
      data-testid="annotation-menu"
    >
      {entries.map(({ id, label, Icon, locked: why, run }) => (
        <li key={id}>
          <button
            type="button"
            aria-disabled={why !== null}
            data-tip={why ?? undefined}
            data-testid={`annotation-menu-${id}`}
            onClick={() => {
              if (why !== null) return;
              state.menu.value = null;
              run();
            }}
          >
            <Icon />
            <span>{label}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
