/** The tools, below the picture; and above them what the tool at hand can be told. */

import { signal } from '@preact/signals';
import { space } from '../app/actions';
import { explainStep, redo, undo } from '../app/history';
import { steps } from '../app/store';
import * as state from '../app/tool-state';
import { choose } from '../app/tools';
import { DEFAULT_KEYS } from '../keys';
import { isEditing, type Tool } from '../core/tools/names';
import { strings } from '../strings';
import { Popover } from './controls/popover';
import * as Icons from './icons';
import { compact, narrow, popover, sheet } from './state';
import { TOOL_ICONS } from './tool-icons';

type Group = keyof typeof strings.annotate.groups;

/** Tools that share a place in the bar: the one used last stands for them. */
const GROUPS: Readonly<Record<Group, readonly Tool[]>> = {
  lines: ['line', 'polyline', 'path', 'vector', 'track'],
  areas: ['polygon', 'rectangle', 'ellipse'],
  measure: ['ruler', 'angle', 'area', 'statistics'],
  labels: ['brush', 'erase', 'fill', 'pick'],
};

const lastOf = signal<Readonly<Record<Group, Tool>>>({
  lines: 'line',
  areas: 'polygon',
  measure: 'ruler',
  labels: 'brush',
});

export const toolTip = (tool: Tool): string => {
  const chord = DEFAULT_KEYS[`tool_${tool}`][0];
  return `${strings.tool[tool][0]}${chord ? ` (${chord})` : ''}`;
};

export function lockOf(tool: Tool): string | null {
  if (space.value && tool !== 'pan') return strings.space.noDrawing;
  return isEditing(tool) || tool === 'pick' ? state.drawingLocked.value : null;
}

export function pickTool(tool: Tool): void {
  for (const [group, tools] of Object.entries(GROUPS))
    if (tools.includes(tool)) lastOf.value = { ...lastOf.value, [group]: tool };
  popover.value = null;
  sheet.value = null;
  choose(tool);
}

export function ToolButton({ tool, label = false }: { tool: Tool; label?: boolean }) {
  const Icon = TOOL_ICONS[tool];
  const locked = lockOf(tool);
  return (
    <button
      type="button"
      class="tool"
      aria-label={strings.tool[tool][0]}
      aria-pressed={state.tool.value === tool}
      aria-disabled={locked !== null}
      data-tip={locked ?? (label ? undefined : toolTip(tool))}
      data-testid={`tool-${tool}`}
      onClick={() => pickTool(tool)}
    >
      <Icon size={18} />
      {label && <span>{strings.tool[tool][0]}</span>}
    </button>
  );
}

function ToolGroup({ group }: { group: Group }) {
  const text = strings.annotate;
  const tools = GROUPS[group];
  const current = tools.includes(state.tool.value) ? state.tool.value : lastOf.value[group];
  const locked = lockOf(current);
  return (
    <Popover
      id={`tools-${group}`}
      label={text.groups[group]}
      side="above-left"
      class="tool-group"
      button={({ open, toggle }) => (
        <>
          <ToolButton tool={current} />
          <button
            type="button"
            class="tool-more"
            aria-label={text.groups[group]}
            aria-expanded={open}
            aria-disabled={locked !== null}
            data-tip={locked ?? text.groups[group]}
            data-testid={`tools-${group}`}
            onClick={() => locked === null && toggle()}
          >
            <Icons.Up size={9} />
          </button>
        </>
      )}
    >
      {() => (
        <ul class="menu tool-menu">
          {tools.map((tool) => {
            const Icon = TOOL_ICONS[tool];
            return (
              <li key={tool}>
                <button
                  type="button"
                  aria-pressed={state.tool.value === tool}
                  data-testid={`menu-${tool}`}
                  onClick={() => pickTool(tool)}
                >
                  <Icon size={18} />
                  <span>{strings.tool[tool][0]}</span>
                  <kbd>{DEFAULT_KEYS[`tool_${tool}`][0]}</kbd>
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </Popover>
  );
}

export function StepButton({ what }: { what: 'undo' | 'redo' }) {
  const words = steps.value[what];
  const tip = explainStep(what);
  return (
    <button
      type="button"
      class="tool"
      aria-label={tip}
      aria-disabled={words === null}
      data-tip={tip}
      data-testid={what}
      onClick={what === 'undo' ? undo : redo}
    >
      {what === 'undo' ? <Icons.Undo size={18} /> : <Icons.Redo size={18} />}
    </button>
  );
}

const line = <span class="tool-line" />;

export function ToolBar() {
  const text = strings.annotate;
  if (space.value) return <SpaceBar />;
  if (compact.value) return <ShortToolBar />;
  return (
    <div class="tool-bar" role="toolbar" aria-label={text.label} data-testid="tool-bar">
      <ToolButton tool="pan" />
      <ToolButton tool="select" />
      {line}
      <ToolButton tool="points" />
      <ToolGroup group="lines" />
      <ToolGroup group="areas" />
      <ToolButton tool="text" />
      {line}
      <ToolGroup group="measure" />
      {line}
      <ToolGroup group="labels" />
      {line}
      <ToolButton tool="laser" />
      {line}
      <StepButton what="undo" />
      <StepButton what="redo" />
    </div>
  );
}

/** In space nothing is drawn: says so, and how to turn what is seen. */
function SpaceBar() {
  const text = strings.space;
  return (
    <div class="tool-bar" role="toolbar" aria-label={strings.annotate.label} data-testid="tool-bar">
      <p class="tool-note" data-testid="space-note">
        <span>{compact.value ? text.howByFinger : text.how}</span>
        <span>{text.noDrawing}</span>
      </p>
      <StepButton what="undo" />
      <StepButton what="redo" />
    </div>
  );
}

/** Where there is little room: what is used most within the thumb's reach, the rest behind a button. */
function ShortToolBar() {
  const text = strings.annotate;
  const { tool } = state;
  const plain = tool.value === 'pan' || tool.value === 'select';
  const third = plain ? lastDrawn.value : tool.value;
  if (!plain && lastDrawn.value !== tool.value) lastDrawn.value = tool.value;
  return (
    <div class="tool-bar" role="toolbar" aria-label={text.label} data-testid="tool-bar">
      <ToolButton tool="pan" />
      <ToolButton tool="select" />
      <ToolButton tool={third} />
      <Popover
        id="all-tools"
        label={text.more}
        side="above"
        class="all-tools"
        button={({ open, toggle }) => (
          <button
            type="button"
            class="tool"
            aria-label={text.more}
            aria-expanded={open || sheet.value === 'tools'}
            data-tip={text.more}
            data-testid="tool-more"
            onClick={() => {
              if (narrow.value) sheet.value = sheet.value === 'tools' ? null : 'tools';
              else toggle();
            }}
          >
            <Icons.More size={18} />
          </button>
        )}
      >
        {() => <ToolSheet />}
      </Popover>
      {line}
      <StepButton what="undo" />
      <StepButton what="redo" />
    </div>
  );
}

const lastDrawn = signal<Tool>('points');

/** All tools, in a sheet. */
export function ToolSheet() {
  const text = strings.annotate;
  const locked = state.drawingLocked.value;
  return (
    <div class="tool-sheet">
      {locked && <p class="note">{locked}</p>}
      <div class="tool-grid">
        {(['pan', 'select', 'points', 'text', 'laser'] as const).map((tool) => (
          <ToolButton key={tool} tool={tool} label />
        ))}
      </div>
      {(Object.keys(GROUPS) as Group[]).map((group) => (
        <section key={group}>
          <h3>{text.groups[group]}</h3>
          <div class="tool-grid">
            {GROUPS[group].map((tool) => (
              <ToolButton key={tool} tool={tool} label />
            ))}
          </div>
        </section>
      ))}
    </div>
  );
}
