/** How what is selected looks; the first of several stands for all. */

import { changeAnnotation, changeSelection } from '../app/drawing';
import * as state from '../app/tool-state';
import { lookOf } from '../core/annotations/look';
import { key } from '../core/keys';
import { isClosed } from '../core/tools/names';
import type { Annotation, AnnotationChange, Symbol } from '../protocol';
import { strings } from '../strings';
import { ColorField } from './controls/color';
import { SymbolField } from './controls/picker';
import { Slider } from './controls/slider';
import { planeUnitText } from './draft';
import { quantity } from './format';

interface Editing {
  entries: readonly (readonly [string, Annotation])[];
  locked: string | null;
}

/** The key of a property's control: that of the first selected stands for all. */
const nameFor = ({ entries }: Editing, property: string): string =>
  key.annotation(entries[0]![0], property);

function change({ entries }: Editing, value: AnnotationChange): void {
  if (entries.length === 1) changeAnnotation(entries[0]![0], value);
  else changeSelection(value);
}

export function SelectionLooks(editing: Editing) {
  const { entries, locked } = editing;
  const text = strings.style;
  const one = entries[0]![1];
  const look = lookOf(one, state.layerOf(one.layer)?.style ?? null);
  const shapes = new Set(entries.map(([, each]) => each.shape));
  const points = shapes.has('point');
  const filled = points || [...shapes].some(isClosed);
  const reset = (property: 'face_color' | 'edge_color') =>
    one[property] === undefined
      ? null
      : { label: text.asLayer, run: () => change(editing, { property, value: null }) };
  return (
    <>
      {filled && (
        <ColorField
          label={points ? text.face : text.inside}
          name={nameFor(editing, 'face_color')}
          value={look.face_color}
          reset={reset('face_color')}
          locked={locked}
          onChange={(value) => change(editing, { property: 'face_color', value })}
          testid="annotation-face"
        />
      )}
      <ColorField
        label={shapes.size === 1 && shapes.has('text') ? text.color : text.edge}
        name={nameFor(editing, 'edge_color')}
        value={look.edge_color}
        reset={reset('edge_color')}
        locked={locked}
        onChange={(value) => change(editing, { property: 'edge_color', value })}
        testid="annotation-edge"
      />
      {!shapes.has('text') && (
        <Slider
          label={text.width}
          name={nameFor(editing, 'edge_width')}
          value={look.edge_width}
          min={0}
          max={16}
          step={0.5}
          typed={[0, 100]}
          usual={2}
          format={(value) => `${value} px`}
          locked={locked}
          onChange={(value) => change(editing, { property: 'edge_width', value })}
          testid="annotation-width"
        />
      )}
      {points && (
        <>
          <Slider
            label={text.size}
            name={nameFor(editing, 'size')}
            value={look.size}
            min={0.01}
            max={1_000}
            step={0.01}
            logarithmic
            typed={[1e-15, 1e15]}
            usual={10}
            format={(value) => quantity(value, planeUnitText())}
            locked={locked}
            onChange={(value) => change(editing, { property: 'size', value })}
            testid="annotation-size"
          />
          <SymbolField
            label={text.symbol}
            name={nameFor(editing, 'symbol')}
            value={look.symbol}
            locked={locked}
            onChange={(value: Symbol) => change(editing, { property: 'symbol', value })}
          />
        </>
      )}
    </>
  );
}
