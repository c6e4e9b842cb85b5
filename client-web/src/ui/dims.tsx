/** One slider for each axis that is not displayed. On a phone: one slider and a switch of axes. */

import * as actions from '../app/actions';
import { activeAxis, me, participants, scene, stageLocked, view } from '../app/store';
import { key } from '../core/keys';
import { axisCount, axisPosition, sliderAxes, type DimsAxis } from '../core/scene';
import { viewId } from '../app/store';
import { strings } from '../strings';
import { markOf, MarkDot, markProps, Refusal } from './controls/mark';
import { NumberField } from './controls/number-field';
import { axisValue } from './format';
import { Left, Right } from './icons';
import { narrow } from './state';

/** Where others with a view of their own are on this axis. */
function Others({ axis, info }: { axis: number; info: DimsAxis }) {
  const count = axisCount(info);
  const others = participants.value.filter(
    ({ id, watch }) => id !== me.value && watch === 'own' && id !== viewId.value,
  );
  return (
    <>
      {others.map(({ id, name, color }) => {
        const point = scene.value.views[id]?.point[axis];
        if (point === undefined) return null;
        const at = axisPosition(info, point) / Math.max(1, count - 1);
        return (
          <span
            key={id}
            class="dim-other"
            style={{ '--at': String(at), '--who': color }}
            data-tip={strings.dims.othersHere(name)}
          />
        );
      })}
    </>
  );
}

function DimSlider({ axis }: { axis: number }) {
  const text = strings.dims;
  const info = scene.value.axes[axis];
  if (!info) return null;
  const count = axisCount(info);
  const point = actions.pointOn(axis);
  const position = axisPosition(info, point);
  const value = axisValue(info, actions.wished(key.point(viewId.value, axis), point), position);
  const mark = markOf(key.point(viewId.value, axis));
  const { class: names, style } = markProps(mark);
  const active = actions.currentAxis.value === axis;
  const locked = stageLocked.value ? strings.locked.stage(actions.roleName()) : null;
  const activate = () => (activeAxis.value = axis);
  return (
    <div
      class={`dim ${names} ${active ? 'is-active' : ''}`}
      style={style}
      data-testid={`dim-${info.name}`}
      data-position={position}
      data-tip={locked ?? undefined}
      onPointerDown={activate}
      onFocusIn={activate}
    >
      {!narrow.value && (
        <button
          type="button"
          class="dim-name"
          aria-pressed={active}
          aria-label={`${text.axis} ${info.name}`}
          onClick={activate}
        >
          {info.name}
        </button>
      )}
      <button
        type="button"
        class="icon-button dim-step"
        aria-label={text.previous(info.name)}
        disabled={locked !== null || position === 0}
        onClick={() => actions.step(axis, -1)}
      >
        <Left />
      </button>
      <span class="dim-track">
        <Others axis={axis} info={info} />
        <input
          class="range"
          type="range"
          min={0}
          max={count - 1}
          step={1}
          value={position}
          style={{ '--part': String(count > 1 ? position / (count - 1) : 0) }}
          disabled={locked !== null}
          aria-label={text.position(info.name)}
          aria-valuetext={text.valueText(position + 1, count, value)}
          data-testid={`dim-slider-${info.name}`}
          onInput={(event) => actions.setPosition(axis, event.currentTarget.valueAsNumber)}
        />
      </span>
      <button
        type="button"
        class="icon-button dim-step"
        aria-label={text.next(info.name)}
        disabled={locked !== null || position === count - 1}
        onClick={() => actions.step(axis, 1)}
      >
        <Right />
      </button>
      <span class="dim-value">
        <NumberField
          label={text.position(info.name)}
          value={position + 1}
          min={1}
          max={count}
          step={1}
          format={(at) => String(Math.round(at))}
          disabled={locked !== null}
          onChange={(at) => actions.setPosition(axis, at - 1)}
          testid={`dim-number-${info.name}`}
        />
        <span class="dim-count">{text.of(count)}</span>
        <span class="dim-physical" data-testid={`dim-value-${info.name}`}>
          {value}
        </span>
        <MarkDot mark={mark} />
      </span>
      <Refusal mark={mark} />
    </div>
  );
}

function AxisSwitch({ axes, current }: { axes: readonly number[]; current: number }) {
  return (
    <div class="segments axis-switch" role="radiogroup" aria-label={strings.dims.axis}>
      {axes.map((axis) => (
        <button
          key={axis}
          type="button"
          role="radio"
          aria-checked={axis === current}
          data-testid={`axis-${scene.value.axes[axis]?.name}`}
          onClick={() => (activeAxis.value = axis)}
        >
          {scene.value.axes[axis]?.name}
        </button>
      ))}
    </div>
  );
}

export function Dims() {
  const seen = view.value;
  const axes = seen ? sliderAxes(scene.value, seen) : [];
  const current = actions.currentAxis.value;
  if (axes.length === 0) return null;
  return (
    <section class="dims" aria-label={strings.dims.title} data-testid="dims">
      {narrow.value && current !== null ? (
        <>
          {axes.length > 1 && <AxisSwitch axes={axes} current={current} />}
          <DimSlider key={current} axis={current} />
        </>
      ) : (
        axes.map((axis) => <DimSlider key={axis} axis={axis} />)
      )}
    </section>
  );
}
