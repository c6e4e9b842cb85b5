/** How an image layer is shown in space. */

import * as actions from '../app/actions';
import type { Layer } from '../core/scene';
import { ATTENUATION, type Interpolation, type LayerChange, type Rendering } from '../protocol';
import { strings } from '../strings';
import { Choice } from './controls/choice';
import { Slider } from './controls/slider';
import { sample } from './format';

const RENDERINGS: readonly Rendering[] = [
  'mip',
  'minip',
  'average',
  'attenuated_mip',
  'translucent',
  'iso',
];
const INTERPOLATIONS: readonly Interpolation[] = ['nearest', 'linear'];

export function VolumeLook({ layer, locked }: { layer: Layer; locked: string | null }) {
  const text = strings.inspector;
  const name = (property: string) => actions.lookKey(layer.id, property);
  const change = (to: LayerChange) => actions.changeLook(layer.id, to);
  const rendering = actions.wished(name('rendering'), layer.rendering);
  const [low, high] = layer.contrast_limits;
  const middle = low + (high - low) / 2;
  const threshold = actions.wished(name('iso_threshold'), layer.iso_threshold) ?? middle;
  const [least, most] = layer.contrast_limits_range;
  return (
    <>
      <Choice<Rendering>
        label={text.rendering}
        name={name('rendering')}
        value={rendering}
        options={RENDERINGS.map((value) => ({
          value,
          label: text.renderings[value],
          tip: text.renderingHints[value],
        }))}
        locked={locked}
        onChange={(value) => change({ property: 'rendering', value })}
        testid="rendering"
      />
      {rendering === 'attenuated_mip' && (
        <Slider
          label={text.attenuation}
          name={name('attenuation')}
          value={actions.wished(name('attenuation'), layer.attenuation)}
          min={0}
          max={0.5}
          step={0.005}
          usual={ATTENUATION}
          format={(value) => value.toFixed(3)}
          locked={locked}
          onChange={(value) => change({ property: 'attenuation', value })}
          testid="attenuation"
        />
      )}
      {rendering === 'iso' && (
        <Slider
          label={text.isoThreshold}
          name={name('iso_threshold')}
          value={threshold}
          min={least}
          max={most}
          step={(most - least) / 1000}
          usual={middle}
          format={sample}
          locked={locked}
          onChange={(value) => change({ property: 'iso_threshold', value })}
          testid="iso-threshold"
        />
      )}
      <Choice<Interpolation>
        label={text.interpolation}
        name={name('interpolation3d')}
        value={actions.wished(name('interpolation3d'), layer.interpolation3d)}
        options={INTERPOLATIONS.map((value) => ({ value, label: text.interpolations[value] }))}
        locked={locked}
        onChange={(value) => change({ property: 'interpolation3d', value })}
        testid="interpolation3d"
      />
    </>
  );
}
