/** Where this page is, and what lets it in: from the link, kept for this tab only. */

import { packed, unpacked, type ViewDocument } from '../core/view-document';
import { bookmark } from '../protocol';
import { ApiError, makeLink, openLink, type KeptView } from './api';

/** A view that a link leads to: as a document, or as the server keeps it. */
export type LinkedView = { document: ViewDocument } | { kept: KeptView };

export interface Link {
  session: string | null;
  token: string | null;
  /** The view that the link leads to, once. */
  view: LinkedView | null;
}

/** What the address names. */
export type Place =
  | { at: 'session'; name: string }
  | { at: 'link'; code: string }
  | { at: 'invitation'; secret: string }
  | { at: 'home' };

const PREFIX = 'parfocal.token.';
/** The key of a token for every session. */
const EVERY = '*';

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

export function placeOf(path: string, fragment: URLSearchParams): Place {
  const [, kind, rest] = /^\/([sl])\/([^/]+)\/?$/.exec(path) ?? [];
  const name = rest === undefined ? null : decoded(rest);
  if (kind === 's' && name !== null) return { at: 'session', name };
  if (kind === 'l' && name !== null) return { at: 'link', code: name };
  const secret = fragment.get('invitation');
  return path === '/i' && secret ? { at: 'invitation', secret } : { at: 'home' };
}

const known = (session: string): string | null => sessionStorage.getItem(PREFIX + session);

/** Every token that this tab has, the one for all sessions last. */
function allKnown(): string[] {
  const names = Array.from({ length: sessionStorage.length }, (_, at) => sessionStorage.key(at)!);
  return names
    .filter((name) => name.startsWith(PREFIX))
    .sort()
    .reverse()
    .map((name) => sessionStorage.getItem(name)!);
}

/** A view that cannot be read is none: the session is still there. */
function readPacked(text: string | null): LinkedView | null {
  try {
    return text === null ? null : { document: unpacked(text) };
  } catch {
    return null;
  }
}

function readKept(value: unknown): LinkedView | null {
  try {
    return { kept: bookmark({ ...(value as object), name: '' }, 'view') };
  } catch {
    return null;
  }
}

/**
 * Reads the link. The token moves from the address bar to this tab's storage: it is then neither
 * in the history nor on a shared screen, and a reload still works.
 */
export function readLink(): { place: Place; link: Link } {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const place = placeOf(location.pathname, fragment);
  const given = fragment.get('token');
  const view = readPacked(fragment.get('view'));
  if (given && place.at !== 'link')
    sessionStorage.setItem(PREFIX + (place.at === 'session' ? place.name : EVERY), given);
  if (given || view) history.replaceState(null, '', location.pathname + location.search);
  switch (place.at) {
    case 'session': {
      const token = given ?? known(place.name) ?? known(EVERY);
      return { place, link: { session: place.name, token, view } };
    }
    case 'home':
      return { place, link: { session: null, token: given ?? known(EVERY), view: null } };
    default:
      return { place, link: { session: null, token: given, view: null } };
  }
}

/** Where a short link leads; tries the tokens that this tab has. Throws {@link ApiError}. */
export async function followLink(code: string, given: string | null): Promise<Link> {
  let last = new ApiError('token_missing', '');
  for (const token of given ? [given] : allKnown()) {
    try {
      const { session, view } = await openLink(token, code);
      sessionStorage.setItem(PREFIX + session, token);
      history.replaceState(null, '', `/s/${encodeURIComponent(session)}${location.search}`);
      return { session, token, view: readKept(view) };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      last = error;
    }
  }
  throw last;
}

/** A link that lets somebody else in as this token says. */
export function shareLink(link: Link): string {
  const session = encodeURIComponent(link.session ?? '');
  return `${location.origin}/s/${session}#token=${link.token ?? ''}`;
}

/** A link to a view: a short one if the server makes one, else one that carries the view. */
export async function viewLink(
  link: Link,
  kept: KeptView,
  document: ViewDocument,
  withToken: boolean,
): Promise<string> {
  const token = withToken && link.token ? `token=${link.token}` : '';
  try {
    const path = await makeLink(link.token ?? '', link.session ?? '', kept);
    return location.origin + path + (token && `#${token}`);
  } catch {
    const session = encodeURIComponent(link.session ?? '');
    return `${location.origin}/s/${session}#${token && `${token}&`}view=${packed(document)}`;
  }
}

/** `?codec=jpeg` asks for that format, for tests and for broken decoders. */
export function forcedCodec(): 'jpeg' | 'png' | null {
  const codec = new URLSearchParams(location.search).get('codec');
  return codec === 'jpeg' || codec === 'png' ? codec : null;
}
