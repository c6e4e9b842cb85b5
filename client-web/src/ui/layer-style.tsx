/** How the annotations of a layer look, who may change them, and where they are listed. */

import * as actions from '../app/actions';
import { annotated, annotations, colormaps, role, watch } from '../app/store';
import { lockedLayer } from '../app/tool-state';
import { key } from '../core/keys';
import { mayManage } from '../core/roles';
import type { Layer } from '../core/scene';
import type { AnnotationStyle, ColorBy, EditScope, LayerChange } from '../protocol';
import { strings } from '../strings';
import { Choice, Switch } from './controls/choice';
import { ColorField } from './controls/color';
import { SelectField, SymbolField } from './controls/picker';
import { Slider } from './controls/slider';
import { quantity } from './format';
import * as Icons from './icons';
import { planeUnitText } from './draft';
import { openTable } from './state';

const change = (layer: number, value: LayerChange) =>
  actions.ask({ kind: 'set_layer', layer, change: value });

/** Sizes of points that the slider spans, world units; others can be typed. */
const SIZES = [0.01, 1_000] as const;

export function StyleEditor({ layer }: { layer: Layer }) {
  const text = strings.style;
  const name = key.layer(layer.id, 'style');
  const style = actions.wished<AnnotationStyle>(name, layer.style!);
  const locked = lockedLayer(layer);
  const set = (part: Partial<AnnotationStyle>) => {
    if (!locked) change(layer.id, { property: 'style', value: { ...style, ...part } });
  };
  const points = layer.kind === 'points';
  const unit = planeUnitText();
  return (
    <>
      {watch.value !== 'stage' && <p class="note">{text.forAll}</p>}
      <ColorField
        label={points ? text.face : text.inside}
        name={name}
        value={style.face_color}
        locked={locked}
        onChange={(face_color) => set({ face_color })}
        testid="style-face"
      />
      <ColorField
        label={text.edge}
        name={name}
        value={style.edge_color}
        locked={locked}
        onChange={(edge_color) => set({ edge_color })}
        testid="style-edge"
      />
      <Slider
        label={text.width}
        name={name}
        value={style.edge_width}
        min={0}
        max={16}
        step={0.5}
        typed={[0, 100]}
        usual={2}
        format={(value) => `${value} px`}
        locked={locked}
        onChange={(edge_width) => set({ edge_width })}
        testid="style-width"
      />
      {points && (
        <>
          <Slider
            label={text.size}
            name={name}
            value={style.size}
            min={SIZES[0]}
            max={SIZES[1]}
            step={0.01}
            logarithmic
            typed={[1e-15, 1e15]}
            usual={10}
            format={(value) => quantity(value, unit)}
            locked={locked}
            onChange={(size) => set({ size })}
            testid="style-size"
          />
          <SymbolField
            label={text.symbol}
            name={name}
            value={style.symbol}
            locked={locked}
            onChange={(symbol) => set({ symbol })}
          />
          <Switch
            label={text.outOfSlice}
            name={name}
            value={style.out_of_slice_display}
            locked={locked}
            onChange={(value) => set({ out_of_slice_display: value })}
            testid="style-out-of-slice"
          />
        </>
      )}
      {layer.kind === 'shapes' && (
        <Slider
          label={text.textSize}
          name={name}
          value={style.text_size}
          min={4}
          max={60}
          step={1}
          typed={[4, 200]}
          usual={14}
          format={(value) => `${Math.round(value)} px`}
          locked={locked}
          onChange={(text_size) => set({ text_size })}
          testid="style-text-size"
        />
      )}
      {layer.kind === 'tracks' && (
        <Slider
          label={text.tail}
          name={name}
          value={style.tail_length}
          min={0}
          max={200}
          step={1}
          typed={[0, 1e6]}
          usual={30}
          format={(value) => String(Math.round(value))}
          locked={locked}
          onChange={(tail_length) => set({ tail_length })}
          testid="style-tail"
        />
      )}
      <ByFeature layer={layer} style={style} locked={locked} set={set} />
    </>
  );
}

interface ByFeatureProps {
  layer: Layer;
  style: AnnotationStyle;
  locked: string | null;
  set: (part: Partial<AnnotationStyle>) => void;
}

/** Colour by a feature instead of one colour for all. */
function ByFeature({ layer, style, locked, set }: ByFeatureProps) {
  const text = strings.style;
  void annotated.value;
  const known = annotations.value.featuresOf(layer.id);
  const by = style.color_by;
  const names = by && !known.includes(by.feature) ? [by.feature, ...known] : known;
  if (names.length === 0) return null;
  const maps = colormaps.value.map(({ name }) => name);
  const update = (part: Partial<ColorBy>) => {
    const before = by ?? {
      feature: names[0]!,
      colormap: maps.includes('viridis') ? 'viridis' : (maps[0] ?? 'gray'),
    };
    set({ color_by: { ...before, ...part } });
  };
  return (
    <>
      <SelectField
        label={text.colorBy}
        name={key.layer(layer.id, 'style')}
        value={by?.feature ?? ''}
        options={[
          { value: '', label: text.oneColor },
          ...names.map((one) => ({ value: one, label: one })),
        ]}
        locked={locked}
        onChange={(feature) => (feature ? update({ feature }) : set({ color_by: null }))}
        testid="color-by"
      />
      {by && (
        <SelectField
          label={text.colormap}
          name={key.layer(layer.id, 'style')}
          value={by.colormap}
          options={[...new Set([by.colormap, ...maps])].map((one) => ({ value: one, label: one }))}
          locked={locked}
          onChange={(colormap) => update({ colormap })}
          testid="color-by-colormap"
        />
      )}
    </>
  );
}

/** Lock and scope: an owner's. */
export function Rights({ layer }: { layer: Layer }) {
  const text = strings.rights;
  const locked = mayManage(role.value) ? null : text.ownersOnly(actions.roleName());
  const lockKey = key.layer(layer.id, 'locked');
  const scopeKey = key.layer(layer.id, 'edit_scope');
  return (
    <section class="rights" aria-label={text.title}>
      <h3 class="section-title">{text.title}</h3>
      <Switch
        label={text.locked}
        name={lockKey}
        value={actions.wished(lockKey, layer.locked)}
        locked={locked}
        onChange={(value) => change(layer.id, { property: 'locked', value })}
        testid="layer-locked"
      />
      {layer.style && (
        <Choice<EditScope>
          label={text.scope}
          name={scopeKey}
          value={actions.wished(scopeKey, layer.edit_scope)}
          options={[
            { value: 'all', label: text.all, tip: text.allTip },
            { value: 'own', label: text.own, tip: text.ownTip },
          ]}
          locked={locked}
          onChange={(value) => change(layer.id, { property: 'edit_scope', value })}
          testid="edit-scope"
        />
      )}
    </section>
  );
}

/** The list of what is in the layer. */
export function TableButton({ layer }: { layer: Layer }) {
  void annotated.value;
  const count = annotations.value.layer(layer.id).size;
  return (
    <button
      type="button"
      class="button table-button"
      data-testid="open-table"
      onClick={() => openTable(layer.id)}
    >
      <Icons.Table />
      {strings.table.open(count)}
    </button>
  );
}
