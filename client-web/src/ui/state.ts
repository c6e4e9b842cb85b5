/** What only this page knows: open panels, popovers and sheets. Panels are remembered. */

import { computed, effect, signal } from '@preact/signals';
import { viewport } from '../app/store';
import { menu } from '../app/tool-state';

const STORED = 'parfocal.panels';

function stored(): { layers: boolean; inspector: boolean } {
  const panels = { layers: true, inspector: true };
  try {
    return { ...panels, ...(JSON.parse(localStorage.getItem(STORED) ?? '{}') as object) };
  } catch {
    return panels;
  }
}

export const panels = signal(stored());
effect(() => {
  const text = JSON.stringify(panels.value);
  try {
    localStorage.setItem(STORED, text);
  } catch {
    // Storage may be forbidden; the panels are then as they are at the next start.
  }
});

const narrowQuery = matchMedia('(max-width: 699.9px)');
export const narrow = signal(narrowQuery.matches);
narrowQuery.addEventListener('change', ({ matches }) => (narrow.value = matches));

/** Below this width of the picture the tool bar has no room for all groups. */
const FULL_BAR_PX = 560;
export const compact = computed(() => narrow.value || viewport.value.width < FULL_BAR_PX);

export type Sheet = 'layers' | 'inspector' | 'people' | 'view' | 'tools' | 'table' | 'streams';
const wideQuery = matchMedia('(min-width: 1120px)');
/** Whether the header has room for the switch of views. */
export const wide = signal(wideQuery.matches);
wideQuery.addEventListener('change', ({ matches }) => (wide.value = matches));

const roomyQuery = matchMedia('(min-width: 1240px)');
/** Whether the header has room for many avatars beside that switch. */
export const roomy = signal(roomyQuery.matches);
roomyQuery.addEventListener('change', ({ matches }) => (roomy.value = matches));

/** The sheet that is open on a phone. */
export const sheet = signal<Sheet | null>(null);
/** The popover that is open; one at a time. */
export const popover = signal<string | null>(null);
export const helpOpen = signal(false);
/** Whether the owner looks at who gets which pictures. */
export const streamsOpen = signal(false);

export function openStreams(): void {
  popover.value = null;
  if (narrow.value) sheet.value = 'streams';
  else streamsOpen.value = true;
}

/** Whose avatar is pointed at: where they look is shown. */
export const pointedPerson = signal<number | null>(null);

/** The layer whose table is open. */
export const tableLayer = signal<number | null>(null);

export function openTable(layer: number): void {
  tableLayer.value = layer;
  if (narrow.value) sheet.value = 'table';
}

export function closeTable(): void {
  tableLayer.value = null;
  if (sheet.value === 'table') sheet.value = null;
}

/** Closes the topmost open thing; false if nothing was open. */
export function closeTop(): boolean {
  if (menu.value) menu.value = null;
  else if (helpOpen.value) helpOpen.value = false;
  else if (popover.value) popover.value = null;
  else if (streamsOpen.value) streamsOpen.value = false;
  else if (sheet.value) sheet.value = null;
  else return false;
  return true;
}
