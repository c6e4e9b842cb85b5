/** Taking things home, and bringing them in. */

import { strings } from '../strings';
import * as api from './api';
import { toast } from './notes';
import { link } from './store';

/** Lets the browser keep a file. */
function keep(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

const plain = (name: string): string => name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-') || 'layer';

/** Runs something with the session and the token of this page; says why it failed. */
async function withAccess(run: (token: string, session: string) => Promise<void>): Promise<void> {
  const { session, token } = link.value;
  if (!session || !token) return;
  try {
    await run(token, session);
  } catch (error) {
    toast('bad', (error as Error).message);
  }
}

export const saveLayer = (layer: { id: number; name: string }, kind: api.FileKind) =>
  withAccess(async (token, session) => {
    const ending = kind.split('.').at(-1);
    const blob = await api.layerFile(token, session, layer.id, kind);
    keep(blob, `${plain(layer.name)}.${ending}`);
  });

export const saveSession = () =>
  withAccess(async (token, session) =>
    keep(await api.sessionFile(token, session), `${plain(session)}.parfocal.tar`),
  );

export const bringIn = (layer: number, file: File) =>
  withAccess(async (token, session) => {
    const { added, warnings } = await api.importFile(token, session, layer, file);
    toast('info', [strings.files.added(added), ...warnings.slice(0, 2)].join(' · '));
  });
