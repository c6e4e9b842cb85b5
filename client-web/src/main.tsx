import { render } from 'preact';
import { useSession } from './app/actions';
import { readLink } from './app/link';
import { Session } from './app/session';
import { colormaps, link, type Colormap } from './app/store';
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
render(<App session={session} />, document.getElementById('root')!);
session?.start();
