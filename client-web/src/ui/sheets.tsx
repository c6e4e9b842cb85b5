/** On a phone: the bar for the thumb, and the sheets that come from below. */

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import * as actions from '../app/actions';
import { strings } from '../strings';
import * as Icons from './icons';
import { Bookmarks } from './bookmarks';
import { HistoryList } from './history';
import { Inspector } from './inspector';
import { AddLayer } from './add-layer';
import { LayerList } from './layer-list';
import { PeopleList } from './presence';
import { QualityDetails } from './quality';
import { SceneSettings } from './scene-settings';
import { sheet, tableLayer, type Sheet } from './state';
import { StreamTable } from './streams';
import { TableBody } from './table';
import { ToolSheet } from './tool-bar';

const TABS: readonly [Sheet, string, preact.JSX.Element][] = [
  ['layers', strings.mobile.layers, <Icons.Layers />],
  ['inspector', strings.mobile.adjust, <Icons.Sliders />],
  ['people', strings.mobile.people, <Icons.People />],
  ['view', strings.mobile.view, <Icons.Eye />],
];

export function ThumbBar() {
  return (
    <nav class="thumb-bar">
      {TABS.map(([name, label, picture]) => (
        <button
          key={name}
          type="button"
          aria-expanded={sheet.value === name}
          data-testid={`tab-${name}`}
          onClick={() => (sheet.value = sheet.value === name ? null : name)}
        >
          {picture}
          {label}
        </button>
      ))}
    </nav>
  );
}

function ViewTools() {
  const text = strings.tools;
  const tools: [string, preact.JSX.Element, () => void][] = [
    [text.zoomIn, <Icons.Plus />, () => actions.zoomBy(1.4)],
    [text.zoomOut, <Icons.Minus />, () => actions.zoomBy(1 / 1.4)],
    [text.fit.replace(/ \(.*/, ''), <Icons.Fit />, actions.resetView],
    [
      actions.space.value ? text.toFlat : text.toSpace,
      actions.space.value ? <Icons.Flat /> : <Icons.Cube />,
      actions.toggleSpace,
    ],
    [text.transpose.replace(/ \(.*/, ''), <Icons.Transpose />, actions.transpose],
    [text.roll.replace(/ \(.*/, ''), <Icons.Roll />, actions.roll],
  ];
  return (
    <div class="view-tools">
      {tools.map(([label, picture, run]) => (
        <button key={label} type="button" class="button" onClick={run}>
          {picture}
          {label}
        </button>
      ))}
    </div>
  );
}

const CONTENT: Readonly<Record<Sheet, () => ComponentChildren>> = {
  tools: () => <ToolSheet />,
  table: () => (tableLayer.value === null ? null : <TableBody layer={tableLayer.value} />),
  layers: () => (
    <>
      <div class="panel-head">
        <span class="spacer" />
        <AddLayer />
      </div>
      <LayerList />
      <SceneSettings />
    </>
  ),
  inspector: () => <Inspector />,
  people: () => <PeopleList />,
  streams: () => <StreamTable />,
  view: () => (
    <>
      <ViewTools />
      <Bookmarks />
      <h2 class="panel-title">{strings.history.title}</h2>
      <HistoryList />
      <QualityDetails />
    </>
  ),
};

/** Pulled down this far, a sheet closes. */
const CLOSE_PX = 60;

export function BottomSheet() {
  const open = sheet.value;
  const root = useRef<HTMLDivElement>(null);
  const pull = useRef<number | null>(null);
  useEffect(() => {
    if (open) root.current?.focus();
  }, [open]);
  if (!open) return null;
  const label =
    TABS.find(([name]) => name === open)?.[1] ??
    strings.mobile[open === 'table' || open === 'streams' ? open : 'tools'];
  const shift = (y: number) => root.current && (root.current.style.translate = `0 ${y}px`);
  return (
    <div
      class="sheet"
      ref={root}
      role="dialog"
      aria-label={label}
      tabIndex={-1}
      data-testid={`sheet-${open}`}
    >
      <div
        class="sheet-head"
        onPointerDown={(event) => {
          if ((event.target as Element).closest('button')) return;
          pull.current = event.clientY;
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (pull.current !== null) shift(Math.max(0, event.clientY - pull.current));
        }}
        onPointerUp={(event) => {
          const from = pull.current;
          pull.current = null;
          shift(0);
          if (from !== null && event.clientY - from > CLOSE_PX) sheet.value = null;
        }}
      >
        <span class="sheet-grip" aria-hidden="true" />
        <h2>{label}</h2>
        <button
          type="button"
          class="icon-button"
          aria-label={strings.mobile.close}
          data-testid="sheet-close"
          onClick={() => (sheet.value = null)}
        >
          <Icons.Close />
        </button>
      </div>
      <div class="sheet-body">{CONTENT[open]()}</div>
    </div>
  );
}
