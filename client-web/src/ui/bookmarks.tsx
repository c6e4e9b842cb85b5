/** Kept views: go there, keep this one, forget one. */

import { signal } from '@preact/signals';
import * as bookmarks from '../app/bookmarks';
import { scene } from '../app/store';
import { drawingLocked } from '../app/tool-state';
import { key } from '../core/keys';
import { strings } from '../strings';
import { markOf, MarkDot, Refusal } from './controls/mark';
import * as Icons from './icons';
import { nameOf } from './selection-panel';

const naming = signal(false);

function NewName() {
  const text = strings.bookmarks;
  const done = (name: string | null) => {
    if (!naming.value) return;
    naming.value = false;
    if (name !== null) bookmarks.keepView(name);
  };
  return (
    <input
      class="layer-rename bookmark-name"
      aria-label={text.name}
      maxLength={100}
      defaultValue={bookmarks.freeName(text.usual)}
      data-testid="bookmark-name"
      ref={(input) => {
        if (!input || document.activeElement === input) return;
        input.focus();
        input.select();
      }}
      onBlur={(event) => done(event.currentTarget.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Enter') done(event.currentTarget.value);
        if (event.key === 'Escape') done(null);
      }}
    />
  );
}

export function Bookmarks() {
  const text = strings.bookmarks;
  const all = Object.values(scene.value.bookmarks);
  const locked = drawingLocked.value;
  const pending = markOf(key.bookmark(''));
  return (
    <section class="bookmarks" aria-label={text.title} data-testid="bookmarks">
      <div class="panel-head">
        <h2 class="panel-title">{text.title}</h2>
        <button
          type="button"
          class="icon-button"
          aria-label={text.keep}
          aria-disabled={locked !== null}
          data-tip={locked ?? text.keep}
          data-testid="bookmark-add"
          onClick={() => locked === null && (naming.value = true)}
        >
          <Icons.Plus />
        </button>
      </div>
      {naming.value && <NewName />}
      <ul>
        {all.map((bookmark) => {
          const { name, author } = bookmark;
          const mark = markOf(key.bookmark(name));
          return (
            <li key={name} class="bookmark">
              <button
                type="button"
                class="bookmark-go"
                data-tip={text.by(nameOf(author))}
                data-testid={`bookmark-${name}`}
                onClick={() => bookmarks.goToBookmark(bookmark)}
              >
                <Icons.Bookmark size={14} />
                <span>{name}</span>
                <MarkDot mark={mark} />
              </button>
              {locked === null && (
                <button
                  type="button"
                  class="icon-button icon-small"
                  aria-label={text.forget(name)}
                  data-tip={text.forget(name)}
                  data-testid={`bookmark-remove-${name}`}
                  onClick={() => bookmarks.forgetView(name)}
                >
                  <Icons.Close size={12} />
                </button>
              )}
              <Refusal mark={mark} />
            </li>
          );
        })}
      </ul>
      <Refusal mark={pending} />
    </section>
  );
}
