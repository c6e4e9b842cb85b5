import { render } from 'preact';
import { effect } from '@preact/signals';
import { useSession } from './app/actions';
import { openDocument } from './app/bookmarks';
import { readLink } from './app/link';
import { Session } from './app/session';
import { colormaps, link, me, phase, ready, type Colormap } from './app/store';
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

link.value = readLink();
const { session: name, token } = link.value;
const session = name !== null && token ? new Session(link.value) : null;
if (name) document.title = `${name} · ${strings.product}`;
exposeDebug(session);
if (session) {
  useSession(session);
  void loadColormaps();
}
/** The view of the link is opened once, when there is a scene to look at. */
function openLinked(): void {
  const { view } = link.value;
  if (!view) return;
  const stop = effect(() => {
    if (phase.value.at !== 'live' || !ready.value || me.value < 0) return;
    queueMicrotask(() => {
      stop();
      openDocument(view);
    });
  });
}

if (session) openLinked();
render(<App session={session} />, document.getElementById('root')!);
session?.start();
