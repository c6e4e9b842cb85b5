/** The server's HTTP interface (`docs/api.md`), as far as the page asks it. */

import {
  bool,
  list,
  nullable,
  number,
  oneOf,
  partly,
  record,
  text,
  type Check,
} from '../protocol/check';
import {
  codec,
  limit,
  linkState,
  role,
  type Bookmark,
  type Limit,
  type LinkState,
  type PixelCodec,
  type Role,
} from '../protocol';
import { strings } from '../strings';

/** A refusal: a code for programs, a sentence for people. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const refusal = partly<object, { code?: string; message?: string }>(
  {},
  { code: text, message: text },
);

/** Asks, and gives a good answer; throws {@link ApiError} for any other. */
async function request(
  method: string,
  path: string,
  token: string | null,
  body?: Blob | string,
): Promise<Response> {
  const headers: Record<string, string> = {};
  if (token) headers['authorization'] = `Bearer ${token}`;
  if (typeof body === 'string') headers['content-type'] = 'application/json';
  const answer = await fetch(path, { method, headers, body: body ?? null }).catch(() => {
    throw new ApiError('unreachable', strings.api.unreachable);
  });
  if (answer.ok) return answer;
  const { code, message } = refusal((await answer.json().catch(() => null)) ?? {}, 'refusal');
  throw new ApiError(code ?? `status_${answer.status}`, message ?? strings.api.failed);
}

async function ask<T>(
  method: string,
  path: string,
  token: string | null,
  check: Check<T>,
  body?: unknown,
): Promise<T> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const answer = await request(method, path, token, text);
  return check(await answer.json().catch(() => null), 'answer');
}

const anything: Check<null> = () => null;
const at = encodeURIComponent;

export interface SessionEntry {
  name: string;
  title: string;
  created_ms: number;
  archived: boolean;
  participants: number | null;
  annotations: number | null;
  bytes: number;
}

const session = record<SessionEntry>({
  name: text,
  title: text,
  created_ms: number,
  archived: bool,
  participants: nullable(number),
  annotations: nullable(number),
  bytes: number,
});

const sessions = record<{ sessions: SessionEntry[]; may_create: boolean }>({
  sessions: list(session),
  may_create: bool,
});

export const listSessions = (token: string) => ask('GET', '/v1/sessions', token, sessions);

export const createSession = (token: string, title: string) =>
  ask('POST', '/v1/sessions', token, record({ name: text, path: text }), { title });

export const changeSession = (
  token: string,
  name: string,
  change: { title: string } | { archived: boolean },
) => ask('PATCH', `/v1/sessions/${at(name)}`, token, anything, change);

export const deleteSession = (token: string, name: string) =>
  ask('DELETE', `/v1/sessions/${at(name)}`, token, anything);

/** A view with the looks of its layers, as bookmarks keep it. */
export type KeptView = Pick<Bookmark, 'view' | 'looks'>;

/** Makes a short link; the same view has the same one. Gives its path. */
export async function makeLink(token: string, name: string, kept: KeptView): Promise<string> {
  const path = `/v1/sessions/${at(name)}/links`;
  return (await ask('POST', path, token, record({ path: text }), kept)).path;
}

/** What a short link leads to; `view` is read by who opens it. */
export const openLink = (token: string, code: string) =>
  ask(
    'GET',
    `/v1/links/${at(code)}`,
    token,
    record<{ session: string; view: unknown }>({ session: text, view: (value) => value }),
  );

/** Makes an invitation; gives the path of its link. */
export async function invite(
  token: string,
  name: string,
  invitation: { role: Role; expires_s: number; uses: number },
): Promise<string> {
  const path = `/v1/sessions/${at(name)}/invitations`;
  return (await ask('POST', path, token, record({ path: text }), invitation)).path;
}

/** Takes a place by an invitation; gives the path that lets in. */
export async function redeem(invitation: string, name: string): Promise<string> {
  const body = { invitation, name };
  return (await ask('POST', '/v1/invitations/redeem', null, record({ path: text }), body)).path;
}

/** Withdraws the access of somebody who is here. */
export const withdraw = (token: string, name: string, participant: number) =>
  ask('DELETE', `/v1/sessions/${at(name)}/participants/${participant}`, token, anything);

/** The pictures that somebody gets. */
export interface Pictures {
  codec: PixelCodec;
  width: number;
  height: number;
  fps: number;
  bitrate_bps: number;
  viewers: number;
  estimate_bps: number;
  queue_ms: number;
  decode_ms: number;
  held_ms: number;
  state: LinkState;
  why: Limit | null;
  /** What paints them. */
  renderer: 'gl' | 'cpu';
  /** On which device and why, in a sentence of the server's. */
  renderer_why: string;
  /** What encodes them. */
  encoder: 'nvenc' | 'software';
  /** Why that, in a sentence of the server's. */
  encoder_why: string;
}

export interface StreamEntry {
  participant: number;
  name: string;
  role: Role;
  pictures: Pictures | null;
}

const pictures = record<Pictures>({
  codec,
  width: number,
  height: number,
  fps: number,
  bitrate_bps: number,
  viewers: number,
  estimate_bps: number,
  queue_ms: number,
  decode_ms: number,
  held_ms: number,
  state: linkState,
  why: nullable(limit),
  renderer: oneOf('gl', 'cpu'),
  renderer_why: text,
  encoder: oneOf('nvenc', 'software'),
  encoder_why: text,
});

const streams = record<{ streams: StreamEntry[] }>({
  streams: list(
    record<StreamEntry>({ participant: number, name: text, role, pictures: nullable(pictures) }),
  ),
});

/** Who gets which pictures, and why. */
export const listStreams = async (token: string, name: string): Promise<StreamEntry[]> =>
  (await ask('GET', `/v1/sessions/${at(name)}/streams`, token, streams)).streams;

export interface Version {
  number: number;
  name: string;
  author: string;
  at_ms: number;
  /** Of the page that shows it; needs the session's token. */
  path: string;
}

const versions = record<{ versions: Version[] }>({
  versions: list(record<Version>({ number, name: text, author: text, at_ms: number, path: text })),
});

const versionsOf = (name: string) => `/v1/sessions/${at(name)}/versions`;

export const listVersions = async (token: string, name: string): Promise<Version[]> =>
  (await ask('GET', versionsOf(name), token, versions)).versions;

export const saveVersion = (token: string, name: string, title: string) =>
  ask('POST', versionsOf(name), token, anything, { name: title });

export const restoreVersion = (token: string, name: string, version: number) =>
  ask('POST', `${versionsOf(name)}/${version}/restore`, token, anything);

export const deleteVersion = (token: string, name: string, version: number) =>
  ask('DELETE', `${versionsOf(name)}/${version}`, token, anything);

/** What can be taken home. */
export type FileKind = 'annotations.csv' | 'annotations.geojson' | 'labels.tar';

const fileOf = (name: string, layer: number, kind: FileKind) =>
  `/v1/sessions/${at(name)}/layers/${layer}/${kind}`;

const download = async (token: string, path: string): Promise<Blob> =>
  (await request('GET', path, token)).blob();

export const layerFile = (token: string, name: string, layer: number, kind: FileKind) =>
  download(token, fileOf(name, layer, kind));

export const sessionFile = (token: string, name: string) =>
  download(token, `/v1/sessions/${at(name)}/file`);

/** Makes a session of a file that {@link sessionFile} gave. */
export const importSession = (token: string, file: File) =>
  request('POST', '/v1/import', token, file);

/** Adds what a file holds to a layer; gives how many, and what could not be taken as it was. */
export async function importFile(
  token: string,
  name: string,
  layer: number,
  file: File,
): Promise<{ added: number; warnings: string[] }> {
  const kind = /\.csv$/i.test(file.name) ? 'annotations.csv' : 'annotations.geojson';
  const answer = await request('POST', fileOf(name, layer, kind), token, file);
  const content: unknown = await answer.json().catch(() => null);
  return record({ added: number, warnings: list(text) })(content, 'answer');
}
