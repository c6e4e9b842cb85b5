/** An invitation: a link that lets people in under names of their own, in a role, for a while. */

import { signal } from '@preact/signals';
import { invite } from '../app/api';
import { toast } from '../app/notes';
import { link } from '../app/store';
import type { Role } from '../protocol';
import { strings } from '../strings';
import { explainCopy } from './copy';

const ROLES: readonly Role[] = ['viewer', 'annotator', 'presenter', 'owner'];
const DAY = 86_400;
const DAYS = [1, 7, 30] as const;
/** People who may use one invitation: a course, not the world. */
const USES = 25;

const role = signal<Role>('annotator');
const days = signal<number>(7);
const busy = signal(false);

async function make(): Promise<void> {
  const { session, token } = link.value;
  if (!session || !token || busy.value) return;
  busy.value = true;
  try {
    const invitation = { role: role.value, expires_s: days.value * DAY, uses: USES };
    const path = await invite(token, session, invitation);
    if (await explainCopy(location.origin + path)) toast('info', strings.invite.copied);
  } catch (error) {
    toast('bad', (error as Error).message);
  } finally {
    busy.value = false;
  }
}

export function Invite() {
  const text = strings.invite;
  return (
    <li class="invite" data-testid="invite">
      <p class="person-text">
        <span>{text.title}</span>
        <span class="person-where">{text.tip(USES)}</span>
      </p>
      <div class="invite-row">
        <select
          class="native-select"
          aria-label={text.role}
          value={role.value}
          data-testid="invite-role"
          onChange={(event) => (role.value = event.currentTarget.value as Role)}
        >
          {ROLES.map((one) => (
            <option key={one} value={one}>
              {strings.roles[one]}
            </option>
          ))}
        </select>
        <select
          class="native-select"
          aria-label={text.days}
          value={String(days.value)}
          data-testid="invite-days"
          onChange={(event) => (days.value = Number(event.currentTarget.value))}
        >
          {DAYS.map((one) => (
            <option key={one} value={String(one)}>
              {text.forDays(one)}
            </option>
          ))}
        </select>
        <button
          type="button"
          class="button button-on"
          aria-disabled={busy.value}
          data-testid="invite-copy"
          onClick={() => void make()}
        >
          {text.copy}
        </button>
      </div>
    </li>
  );
}
