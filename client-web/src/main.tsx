import { effect } from '@preact/signals';
import { render } from 'preact';
import { useSession } from './app/actions';
import { ApiError } from './app/api';
import { openLinkedView } from './app/bookmarks';
import { followLink, readLink, type Link } from './app/link';
import { Session } from './app/session';
import { colormaps, link, me, phase, place, ready, type Colormap } from './app/store';
import { exposeDebug } from './debug';
import { strings } from './strings';
import { App } from './ui/app';
import './ui/styles/index.css';

async function loadColormaps(): Promise<void> {
  try {
    const answer = await fetch('/api/colormaps');
    if (answer.ok) colormaps.value = (await answer.json()) as Colormap[];
  } catch {
    // Without them names are shown without strips; everything else works.
  }
}

/** The view of the link is opened once, when there is a scene to look at. */
function openLinked({ view }: Link): void {
  if (!view) return;
  const stop = effect(() => {
    if (phase.value.at !== 'live' || !ready.value || me.value < 0) return;
    queueMicrotask(() => {
      stop();
      openLinkedView(view);
    });
  });
}

function begin(to: Link): void {
  link.value = to;
  const { session: name, token } = to;
  const session = name !== null && token ? new Session(to) : null;
  if (name) document.title = `${name} · ${strings.product}`;
  exposeDebug(session);
  if (session) {
    useSession(session);
    void loadColormaps();
    openLinked(to);
  }
  render(<App session={session} />, document.getElementById('root')!);
  session?.start();
}

const read = readLink();
place.value = read.place;
if (read.place.at === 'link') {
  followLink(read.place.code, read.link.token).then(
    (to) => {
      place.value = { at: 'session', name: to.session ?? '' };
      begin(to);
    },
    (error: unknown) => {
      const code = error instanceof ApiError ? error.code : 'other';
      phase.value = { at: 'stopped', code, message: (error as Error).message };
      begin(read.link);
    },
  );
} else begin(read.link);
