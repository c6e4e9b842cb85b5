/** Above the tool bar: what is being drawn and how to end it, or the brush and its label. */

import { space } from '../app/actions';
import * as painting from '../app/painting';
import * as state from '../app/tool-state';
import { back, finish } from '../app/tools';
import { removeSelection, targetLayer } from '../app/drawing';
import { labelCss } from '../core/labels';
import { isBegun } from '../core/tools/draw';
import { DRAW_TOOLS } from '../core/tools/names';
import { BRUSH_SIZES } from '../core/tools/stroke';
import { strings } from '../strings';
import { NumberField } from './controls/number-field';
import * as Icons from './icons';
import { compact, narrow, sheet } from './state';

function DraftOptions() {
  const text = strings.annotate;
  const draft = state.draft.value;
  const kind = draft && DRAW_TOOLS[draft.tool];
  if (!draft || !kind || draft.pressed || kind.gesture === 'click') return null;
  const ready = draft.points.length >= kind.least;
  const many = ['clicks', 'region', 'times'].includes(kind.gesture);
  return (
    <div class="tool-options" data-testid="draft-options">
      {many && (
        <>
          <button
            type="button"
            class="button button-on"
            aria-disabled={!ready}
            data-testid="draft-finish"
            onClick={finish}
          >
            <Icons.Check />
            {text.finish}
          </button>
          <button type="button" class="button" data-testid="draft-back" onClick={back}>
            <Icons.Undo />
            {text.back}
          </button>
        </>
      )}
      <button
        type="button"
        class="button"
        data-testid="draft-cancel"
        onClick={() => (state.draft.value = null)}
      >
        <Icons.Close />
        {text.cancel}
      </button>
    </div>
  );
}

function Label() {
  const text = strings.paint;
  const layer = painting.paintLayer();
  const label = painting.labelOf(layer?.id ?? null);
  return (
    <>
      <span
        class="label-swatch"
        style={{ background: label === null ? 'none' : labelCss(label) }}
        aria-hidden="true"
      />
      {layer && label !== null ? (
        <NumberField
          label={text.label}
          value={label}
          min={1}
          step={1}
          format={(value) => String(Math.round(value))}
          onChange={(value) => painting.setLabel(layer.id, value)}
          testid="label-number"
        />
      ) : (
        <span class="label-new">{text.noLabel}</span>
      )}
      <button
        type="button"
        class="button button-small"
        data-tip={text.newLabelTip}
        data-testid="label-new"
        onClick={painting.newLabel}
      >
        <Icons.Plus size={14} />
        {!compact.value && text.newLabel}
      </button>
    </>
  );
}

function BrushSize() {
  const text = strings.paint;
  const size = painting.brushSize.value;
  const { min, max } = BRUSH_SIZES;
  // Equal ratios take equal ways: small brushes matter most.
  const part = Math.log(size / min) / Math.log(max / min);
  return (
    <>
      <span class="tool-line" />
      <input
        class="range brush-range"
        type="range"
        min={0}
        max={100}
        value={part * 100}
        style={{ '--part': String(part) }}
        aria-label={text.size}
        aria-valuetext={text.voxels(size)}
        data-tip={`${text.size} ([ ])`}
        data-testid="brush-size"
        onInput={(event) => {
          const wished = min * (max / min) ** (event.currentTarget.valueAsNumber / 100);
          painting.brushSize.value = Math.max(min, Math.round(wished));
        }}
      />
      <NumberField
        label={text.size}
        value={size}
        min={min}
        max={max}
        step={1}
        format={(value) => String(Math.round(value))}
        onChange={(value) => (painting.brushSize.value = Math.round(value))}
        testid="brush-size-number"
      />
    </>
  );
}

function Dimensions() {
  const text = strings.paint;
  const choices = [
    [2, text.slice, text.sliceTip],
    [3, text.ball, text.ballTip],
  ] as const;
  return (
    <>
      <span class="tool-line" />
      <div class="segments" role="radiogroup" aria-label={text.dimensions}>
        {choices.map(([value, label, tip]) => (
          <button
            key={value}
            type="button"
            role="radio"
            aria-checked={painting.dimensions.value === value}
            data-tip={tip}
            data-testid={`paint-${value}d`}
            onClick={() => (painting.dimensions.value = value)}
          >
            {label}
          </button>
        ))}
      </div>
    </>
  );
}

function PaintOptions() {
  const tool = state.tool.value;
  const sized = tool === 'brush' || tool === 'erase';
  return (
    <div class="tool-options" data-testid="paint-options">
      {tool !== 'erase' && <Label />}
      {sized && <BrushSize />}
      {tool !== 'pick' && !compact.value && <Dimensions />}
    </div>
  );
}

/** On a phone the inspector is a sheet: what is selected is reached from here. */
function SelectionOptions() {
  const count = state.selection.value.size;
  const text = strings.selection;
  return (
    <div class="tool-options" data-testid="selection-options">
      <button
        type="button"
        class="button"
        data-testid="selection-adjust"
        onClick={() => (sheet.value = 'inspector')}
      >
        <Icons.Sliders />
        {count > 1 ? text.count(count) : strings.mobile.adjust}
      </button>
      <button type="button" class="button" data-testid="selection-delete" onClick={removeSelection}>
        <Icons.Trash />
        {text.remove}
      </button>
    </div>
  );
}

/** On a phone there is no status line: the hint stands here until something is drawn. */
function Hint() {
  const tool = state.tool.value;
  if (!narrow.value || tool === 'pan') return null;
  return <p class="tool-hint">{strings.tool[tool][1].split(' · ')[0]}</p>;
}

export function ToolOptions() {
  if (space.value) return null;
  const tool = state.tool.value;
  if (['brush', 'erase', 'fill', 'pick'].includes(tool)) return <PaintOptions />;
  if (isBegun(state.draft.value)) return <DraftOptions />;
  return narrow.value && state.selection.value.size > 0 ? <SelectionOptions /> : <Hint />;
}

/** Where what is drawn goes, for the status line. */
export function targetText(): string {
  const kind = DRAW_TOOLS[state.tool.value]?.layer;
  if (!kind) return '';
  const layer = targetLayer(kind);
  return layer ? strings.annotate.into(layer.name) : strings.annotate.intoNew;
}
