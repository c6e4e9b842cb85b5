/** Chooses what fills the page. */

import type { Session } from '../app/session';
import { link, phase, place } from '../app/store';
import { InvitationPage } from './invitation-page';
import { FirstRun, NoLink, NoToken, Refused } from './pages';
import { SessionsPage } from './sessions-page';
import { Toasts } from './notes';
import { Tooltip } from './tooltip';
import { Workspace } from './workspace';

export function App({ session }: { session: Session | null }) {
  const { session: name } = link.value;
  const now = phase.value;
  if (name === null) return <WithToasts content={<Elsewhere />} />;
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

/** Pages that belong to no session. */
function Elsewhere() {
  const now = phase.value;
  const { token } = link.value;
  switch (place.value.at) {
    case 'invitation':
      return <InvitationPage secret={place.value.secret} />;
    case 'link':
      return now.at === 'stopped' ? <NoLink code={now.code} message={now.message} /> : <FirstRun />;
    default:
      return token ? <SessionsPage token={token} /> : <FirstRun />;
  }
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
