/** How the selected layer is shown. */

import * as actions from '../app/actions';
import { useState } from 'preact/hooks';
import { leader, selectedLayer, sharedLocked, stageLocked, view, watch } from '../app/store';
import { selection } from '../app/tool-state';
import { key } from '../core/keys';
import { isAnnotations, type Layer } from '../core/scene';
import type { Blending, Interpolation } from '../protocol';
import { strings } from '../strings';
import { ColormapPicker } from './colormap';
import { Contrast } from './contrast';
import { Choice } from './controls/choice';
import { markOf, MarkDot, Refusal } from './controls/mark';
import { Slider } from './controls/slider';
import { sample } from './format';
import { LayerFiles } from './files';
import * as Icons from './icons';
import { KindIcon } from './kind';
import { Rights, StyleEditor, TableButton } from './layer-style';
import { SelectionPanel } from './selection-panel';
import { VolumeLook } from './volume-look';

const BLENDINGS: readonly Blending[] = ['translucent', 'additive', 'opaque', 'minimum'];
const INTERPOLATIONS: readonly Interpolation[] = ['nearest', 'linear'];

function scopeText(isChanged: boolean): string {
  const text = strings.inspector;
  if (leader.value) return text.asSeenBy(leader.value.name);
  if (watch.value !== 'stage') return isChanged ? text.onlyMineShort : text.onlyMine;
  return stageLocked.value ? text.onlyPresenters : text.seenByAll;
}

/** Who sees a change made here, and the way back from one's own look. */
function Scope({ layer }: { layer: Layer }) {
  const text = strings.inspector;
  const onStage = watch.value === 'stage';
  const locked = stageLocked.value;
  const changed = view.value?.overrides[layer.id] ?? [];
  const mark = markOf(key.overrides(actions.targetView(), layer.id));
  return (
    <div
      class={`scope ${onStage ? '' : 'scope-mine'}`}
      data-testid="scope"
      data-scope={onStage ? 'stage' : 'mine'}
    >
      {onStage ? <Icons.Stage size={14} /> : <Icons.Person size={14} />}
      <span>{scopeText(changed.length > 0)}</span>
      <MarkDot mark={mark} />
      {watch.value === 'own' && changed.length > 0 && (
        <button
          type="button"
          class="button button-small"
          data-tip={text.sameAsStageTip}
          data-testid="same-as-stage"
          onClick={() => actions.sameAsStage(layer.id)}
        >
          {text.sameAsStage}
        </button>
      )}
      {locked && (
        <button
          type="button"
          class="button button-small"
          data-tip={strings.locked.layers(actions.roleName())}
          data-testid="switch-to-mine"
          onClick={() => actions.watch('own')}
        >
          {strings.locked.switchToMine}
        </button>
      )}
      <Refusal mark={mark} />
    </div>
  );
}

function ImageLook({ layer, locked }: { layer: Layer; locked: string | null }) {
  const text = strings.inspector;
  const gammaKey = actions.lookKey(layer.id, 'gamma');
  const mapKey = actions.lookKey(layer.id, 'colormap');
  return (
    <>
      <Contrast layer={layer} locked={locked} />
      <Slider
        label={text.gamma}
        name={gammaKey}
        value={actions.wished(gammaKey, layer.gamma)}
        min={0.2}
        max={5}
        step={0.01}
        typed={[0.05, 5]}
        logarithmic
        usual={1}
        format={(value) => value.toFixed(2)}
        locked={locked}
        onChange={(value) => actions.changeLook(layer.id, { property: 'gamma', value })}
        testid="gamma"
      />
      <ColormapPicker
        name={mapKey}
        value={actions.wished(mapKey, layer.colormap)}
        locked={locked}
        onChange={(value) => actions.changeLook(layer.id, { property: 'colormap', value })}
      />
    </>
  );
}

function Look({ layer }: { layer: Layer }) {
  const text = strings.inspector;
  const locked = stageLocked.value ? strings.locked.layers(actions.roleName()) : null;
  const name = (property: string) => actions.lookKey(layer.id, property);
  const space = actions.space.value !== null;
  return (
    <>
      {layer.kind === 'image' && <ImageLook key={layer.id} layer={layer} locked={locked} />}
      {layer.kind === 'labels' && <p class="note">{text.labelsNote}</p>}
      {layer.style && <StyleEditor key={layer.id} layer={layer} />}
      <Slider
        label={text.opacity}
        name={name('opacity')}
        value={actions.wished(name('opacity'), layer.opacity) * 100}
        min={0}
        max={100}
        step={1}
        usual={100}
        format={(value) => `${Math.round(value)}`}
        locked={locked}
        onChange={(value) =>
          actions.changeLook(layer.id, { property: 'opacity', value: value / 100 })
        }
        testid="opacity"
      />
      <Choice<Blending>
        label={text.blending}
        name={name('blending')}
        value={actions.wished(name('blending'), layer.blending)}
        options={BLENDINGS.map((value) => ({
          value,
          label: text.blendings[value],
          tip: text.blendingHints[value],
        }))}
        locked={locked}
        onChange={(value) => actions.changeLook(layer.id, { property: 'blending', value })}
        testid="blending"
      />
      {layer.kind === 'image' && space && <VolumeLook layer={layer} locked={locked} />}
      {layer.kind === 'image' && !space && (
        <Choice<Interpolation>
          label={text.interpolation}
          name={name('interpolation2d')}
          value={actions.wished(name('interpolation2d'), layer.interpolation2d)}
          options={INTERPOLATIONS.map((value) => ({ value, label: text.interpolations[value] }))}
          locked={locked}
          onChange={(value) => actions.changeLook(layer.id, { property: 'interpolation2d', value })}
          testid="interpolation"
        />
      )}
    </>
  );
}

/** Takes a layer away, with a second press to be sure. */
function Remove({ layer }: { layer: Layer }) {
  const text = strings.layers;
  const [sure, setSure] = useState(false);
  const locked = sharedLocked.value ? strings.locked.shared(actions.roleName()) : null;
  return (
    <button
      type="button"
      class={`button ${sure ? 'button-danger' : 'button-quiet'}`}
      aria-disabled={locked !== null}
      data-tip={locked ?? undefined}
      data-testid="layer-remove"
      onBlur={() => setSure(false)}
      onClick={() => {
        if (locked) return;
        if (sure) actions.ask({ kind: 'remove_layer', layer: layer.id });
        setSure(!sure);
      }}
    >
      <Icons.Trash />
      {sure ? text.removeSure : text.remove}
    </button>
  );
}

export function Inspector() {
  const layer = selectedLayer.value;
  const text = strings.inspector;
  if (selection.value.size > 0) return <SelectionPanel />;
  if (!layer) return <p class="panel-empty">{text.nothing}</p>;
  const made = isAnnotations(layer) || layer.painted !== null;
  const channel = layer.channel === null ? '' : ` · channel ${layer.channel}`;
  return (
    <div class="inspector" data-testid="inspector" data-layer={layer.id}>
      <div class="inspector-title">
        <KindIcon kind={layer.kind} />
        <h2>{layer.name}</h2>
      </div>
      <p class="inspector-source" data-tip={layer.path}>
        {made ? text.kinds[layer.kind] : layer.path}
        {channel}
        {layer.kind === 'image' && (
          <>
            <br />
            {text.range} {layer.contrast_limits_range.map(sample).join(' – ')}
          </>
        )}
      </p>
      {layer.missing && <p class="inspector-missing">{text.missing}</p>}
      <Scope layer={layer} />
      {isAnnotations(layer) && <TableButton layer={layer} />}
      <Look layer={layer} />
      {made && <LayerFiles layer={layer} />}
      {made && <Rights layer={layer} />}
      {made && <Remove key={layer.id} layer={layer} />}
    </div>
  );
}
