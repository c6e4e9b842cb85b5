/** Who is here: avatars in the header, and the list behind them. */

import { useState } from 'preact/hooks';
import { watch as watchAsk } from '../app/actions';
import { withdraw } from '../app/api';
import { toast } from '../app/notes';
import { leader, link, me, participants, people, role, watch } from '../app/store';
import { layerOf } from '../app/tool-state';
import { mayManage } from '../core/roles';
import { isEditing, TOOLS } from '../core/tools/names';
import type { Participant } from '../protocol';
import { strings } from '../strings';
import { initials } from './format';
import * as Icons from './icons';
import { Popover } from './controls/popover';
import { narrow, openStreams, pointedPerson, roomy, sheet } from './state';

/** Avatars in the header, and where it has less room; the others are counted. */
const SHOWN = 5;
const SHOWN_TIGHT = 2;

export function whereText({ watch: target }: Participant): string {
  const text = strings.header.looksAt;
  if (target === 'stage') return text.stage;
  if (target === 'own') return text.own;
  return text.follow(people.value.get(target.follow)?.name ?? '?');
}

/** What somebody is busy with, in words; empty for looking around. */
export function doingText({ tool, layer, editing, selected = [] }: Participant): string {
  const text = strings.header.doing;
  const name = layerOf(layer ?? -1)?.name;
  const known = TOOLS.find((one) => one === tool);
  if (editing) return text.editing(name ?? '');
  if (!known || known === 'pan') return '';
  if (known === 'select') return selected.length > 0 ? text.selected(selected.length) : '';
  if (known === 'laser') return text.pointing;
  return text.using(strings.tool[known][0].toLowerCase(), isEditing(known) ? (name ?? '') : '');
}

function WhereBadge({ one }: { one: Participant }) {
  if (one.watch === 'stage') return null;
  return (
    <span class="avatar-badge">
      {one.watch === 'own' ? <Icons.Eye size={10} /> : <Icons.Follow size={10} />}
    </span>
  );
}

export function Avatar({ one, plain = false }: { one: Participant; plain?: boolean }) {
  return (
    <span class="avatar" style={{ '--who': one.color }} aria-hidden="true">
      {initials(one.name)}
      {!plain && <WhereBadge one={one} />}
    </span>
  );
}

export function follow(one: Participant): void {
  watchAsk(leader.value?.id === one.id ? 'stage' : { follow: one.id });
}

/** Takes somebody's access away, at once; with a second press to be sure. */
function Withdraw({ one }: { one: Participant }) {
  const text = strings.header;
  const [sure, setSure] = useState(false);
  const run = () => {
    const { session, token } = link.value;
    if (session && token)
      withdraw(token, session, one.id).catch((error: Error) => toast('bad', error.message));
  };
  return (
    <button
      type="button"
      class={`button ${sure ? 'button-danger' : 'button-quiet'}`}
      data-tip={sure ? undefined : text.withdrawTip(one.name)}
      data-testid={`withdraw-${one.id}`}
      onBlur={() => setSure(false)}
      onClick={() => {
        if (sure) run();
        setSure(!sure);
      }}
    >
      {sure ? text.withdrawSure : text.withdraw}
    </button>
  );
}

export function PeopleList() {
  const text = strings.header;
  const all = participants.value;
  return (
    <ul class="people" data-testid="people-list">
      {all.map((one) => {
        const mine = one.id === me.value;
        const following = leader.value?.id === one.id;
        return (
          <li key={one.id} class="person" data-participant={one.id}>
            <Avatar one={one} plain />
            <span class="person-text">
              <span class="person-name">
                {one.name}
                {mine && <span class="person-you"> · {text.you}</span>}
              </span>
              <span class="person-where">
                {strings.roles[one.role]} · {whereText(one)}
              </span>
              {doingText(one) && (
                <span class="person-where person-doing" data-testid={`doing-${one.id}`}>
                  {doingText(one)}
                </span>
              )}
            </span>
            {!mine && role.value === 'owner' && <Withdraw one={one} />}
            {!mine && (
              <button
                type="button"
                class={`button ${following ? 'button-on' : ''}`}
                aria-pressed={following}
                data-testid={`follow-${one.id}`}
                onClick={() => follow(one)}
              >
                {following ? text.stopFollowing : strings.modes.follow}
              </button>
            )}
          </li>
        );
      })}
      {all.length < 2 && <li class="people-alone">{text.onlyYou}</li>}
      {mayManage(role.value) && (
        <li class="people-more">
          <button type="button" class="button" data-testid="streams-open" onClick={openStreams}>
            <Icons.Pulse />
            {strings.streams.open}
          </button>
        </li>
      )}
    </ul>
  );
}

export function Presence() {
  const text = strings.header;
  const others = participants.value.filter(({ id }) => id !== me.value);
  const mine = people.value.get(me.value);
  const shown = others.slice(0, narrow.value ? 0 : roomy.value ? SHOWN : SHOWN_TIGHT);
  const rest = participants.value.length - shown.length - (mine && !narrow.value ? 1 : 0);
  const target = watch.value;
  return (
    <div class="presence">
      {shown.map((one) => {
        const following = typeof target === 'object' && target.follow === one.id;
        const tip = following ? text.stopFollowing : text.follow(one.name);
        return (
          <button
            key={one.id}
            type="button"
            class={`avatar-button ${following ? 'is-followed' : ''}`}
            style={{ '--who': one.color }}
            aria-label={`${one.name}, ${whereText(one)}. ${tip}`}
            aria-pressed={following}
            data-tip={`${[one.name, whereText(one), doingText(one)].filter(Boolean).join(' · ')}. Click: ${tip.toLowerCase()}`}
            onPointerEnter={() => (pointedPerson.value = one.id)}
            onPointerLeave={() => (pointedPerson.value = null)}
            data-testid={`avatar-${one.id}`}
            onClick={() => follow(one)}
          >
            <Avatar one={one} />
          </button>
        );
      })}
      <Popover
        id="people"
        label={text.people}
        side="below-right"
        button={({ open, toggle }) => (
          <button
            type="button"
            class="avatar-button avatar-me"
            aria-expanded={open}
            aria-label={`${text.people}: ${participants.value.length}`}
            data-tip={text.people}
            data-testid="people"
            onClick={() => (narrow.value ? (sheet.value = 'people') : toggle())}
          >
            {mine && <Avatar one={mine} />}
            {narrow.value ? (
              <span class="avatar-count">{participants.value.length}</span>
            ) : (
              rest > 0 && <span class="avatar-count">+{rest}</span>
            )}
            <Icons.Down size={12} />
          </button>
        )}
      >
        {() => <PeopleList />}
      </Popover>
    </div>
  );
}
