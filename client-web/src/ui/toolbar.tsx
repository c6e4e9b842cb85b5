/** Whose view is looked at, and the camera. */

import * as actions from '../app/actions';
import { leader, me, participants, stageLocked, viewport, watch } from '../app/store';
import { fit } from '../core/camera';
import { strings } from '../strings';
import { Popover } from './controls/popover';
import * as Icons from './icons';
import { Avatar, whereText } from './presence';
import { narrow, popover } from './state';

function FollowMenu() {
  const text = strings.modes;
  const others = participants.value.filter(({ id }) => id !== me.value);
  const target = leader.value;
  if (others.length === 0)
    return (
      <button
        type="button"
        role="radio"
        aria-checked={false}
        aria-disabled
        data-tip={text.nobody}
        data-testid="mode-follow"
      >
        <Icons.Follow />
        {text.follow}
      </button>
    );
  return (
    <Popover
      id="follow"
      label={text.follow}
      side="below"
      button={({ open, toggle }) => (
        <button
          type="button"
          role="radio"
          aria-checked={target !== null}
          aria-expanded={open}
          class={target ? 'mode-following' : ''}
          style={target ? { '--who': target.color } : {}}
          data-tip={text.followTip}
          data-testid="mode-follow"
          onClick={toggle}
        >
          <Icons.Follow />
          <span class="mode-text">
            {target
              ? text.following(narrow.value ? target.name.split(' ')[0]! : target.name)
              : text.follow}
          </span>
          <Icons.Down size={12} />
        </button>
      )}
    >
      {() => (
        <ul class="menu">
          {others.map((one) => (
            <li key={one.id}>
              <button
                type="button"
                data-testid={`mode-follow-${one.id}`}
                onClick={() => {
                  popover.value = null;
                  actions.watch({ follow: one.id });
                }}
              >
                <Avatar one={one} plain />
                <span class="person-text">
                  <span class="person-name">{one.name}</span>
                  <span class="person-where">{whereText(one)}</span>
                </span>
                {target?.id === one.id && <Icons.Check />}
              </button>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  );
}

export function ModeSwitch() {
  const text = strings.modes;
  const target = watch.value;
  return (
    <div
      class="modes"
      role="radiogroup"
      aria-label={text.label}
      data-testid="modes"
      data-mode={typeof target === 'object' ? 'follow' : target}
    >
      <button
        type="button"
        role="radio"
        aria-checked={target === 'stage'}
        data-tip={`${text.stageTip} (1)`}
        data-testid="mode-stage"
        onClick={() => actions.watch('stage')}
      >
        <Icons.Stage />
        {text.stage}
      </button>
      <button
        type="button"
        role="radio"
        aria-checked={target === 'own'}
        data-tip={`${text.mineTip} (2)`}
        data-testid="mode-mine"
        onClick={() => actions.watch('own')}
      >
        <Icons.Person />
        {text.mine}
      </button>
      <FollowMenu />
    </div>
  );
}

function Tool(props: { label: string; icon: preact.JSX.Element; run: () => void; testid: string }) {
  const locked = stageLocked.value;
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={props.label}
      aria-disabled={locked}
      data-tip={locked ? strings.locked.stage(actions.roleName()) : props.label}
      data-testid={props.testid}
      onClick={() => (locked ? actions.explainLocked() : props.run())}
    >
      {props.icon}
    </button>
  );
}

const flattened = (space: actions.Space | null) =>
  space && { canvas: space.canvas, zoom: space.camera.zoom };

/** Two axes or three. */
function SpaceSwitch() {
  const text = strings.tools;
  const locked = stageLocked.value;
  const deep = actions.space.value !== null;
  const label = deep ? text.toFlat : text.toSpace;
  const why = locked ? strings.locked.stage(actions.roleName()) : actions.flatOnly.value;
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={text.space}
      aria-pressed={deep}
      aria-disabled={why !== null}
      data-tip={why ?? `${label} (3)`}
      data-testid="ndisplay"
      onClick={() => (locked ? actions.explainLocked() : actions.toggleSpace())}
    >
      {deep ? <Icons.Flat /> : <Icons.Cube />}
    </button>
  );
}

/** Screen pixels of one sample-sized world unit, as a rough percentage. */
function zoomText(): string {
  const eye = actions.eye.value ?? flattened(actions.space.value);
  const size = viewport.value;
  if (!eye || size.width === 0) return '';
  const scale = (fit(eye.canvas, size).scale * eye.zoom * 100) / actions.unitPerSample();
  return scale >= 10 ? `${Math.round(scale)} %` : `${scale.toPrecision(2)} %`;
}

/** The camera, at the side: the bottom corners belong to the scale bar and the axes. */
export function CameraTools() {
  const text = strings.tools;
  const small = narrow.value;
  return (
    <div class="tools" role="group" aria-label={text.label}>
      {!small && (
        <>
          <Tool
            label={text.zoomIn}
            icon={<Icons.Plus />}
            run={() => actions.zoomBy(1.4)}
            testid="zoom-in"
          />
          <span class="zoom-level" data-tip={text.zoomLevel}>
            {zoomText()}
          </span>
          <Tool
            label={text.zoomOut}
            icon={<Icons.Minus />}
            run={() => actions.zoomBy(1 / 1.4)}
            testid="zoom-out"
          />
        </>
      )}
      <SpaceSwitch />
      <Tool label={text.fit} icon={<Icons.Fit />} run={actions.resetView} testid="fit" />
      {!small && (
        <>
          <span class="tools-line" />
          <Tool
            label={text.transpose}
            icon={<Icons.Transpose />}
            run={actions.transpose}
            testid="transpose"
          />
          <Tool label={text.roll} icon={<Icons.Roll />} run={actions.roll} testid="roll" />
        </>
      )}
    </div>
  );
}
