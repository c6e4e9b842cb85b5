/** Chooses what fills the page. */

import type { Session } from '../app/session';
import { link, phase } from '../app/store';
import { FirstRun, NoToken, Refused } from './pages';
import { Toasts } from './notes';
import { Tooltip } from './tooltip';
import { Workspace } from './workspace';

export function App({ session }: { session: Session | null }) {
  const { session: name } = link.value;
  const now = phase.value;
  if (name === null) return <WithToasts content={<FirstRun />} />;
  if (!session) return <WithToasts content={<NoToken session={name} />} />;
  return (
    <>
      {/* The picture stays mounted while refused: its canvas belongs to the worker for good. */}
      <div class="app-frame" hidden={now.at === 'stopped'}>
        <Workspace session={session} />
      </div>
      {now.at === 'stopped' && <Refused code={now.code} message={now.message} />}
      <Tooltip />
    </>
  );
}

function WithToasts({ content }: { content: preact.JSX.Element }) {
  return (
    <>
      {content}
      <div class="floating floating-page">
        <Toasts />
      </div>
      <Tooltip />
    </>
  );
}
