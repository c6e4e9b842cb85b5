/** The session and the token of this page: from the link, kept for this tab only. */

import { packed, unpacked, type ViewDocument } from '../core/view-document';

export interface Link {
  session: string | null;
  token: string | null;
  /** The view that the link leads to, once. */
  view: ViewDocument | null;
}

const stored = (session: string) => `parfocal.token.${session}`;

/** `/s/NAME` */
function sessionOf(path: string): string | null {
  const name = /^\/s\/([^/]+)\/?$/.exec(path)?.[1];
  if (name === undefined) return null;
  try {
    return decodeURIComponent(name);
  } catch {
    return null;
  }
}

/**
 * Reads the link. The token moves from the address bar to this tab's storage: it is then neither
 * in the history nor on a shared screen, and a reload still works.
 */
export function readLink(): Link {
  const session = sessionOf(location.pathname);
  if (session === null) return { session: null, token: null, view: null };
  const fragment = new URLSearchParams(location.hash.slice(1));
  const [given, view] = [fragment.get('token'), fragment.get('view')];
  if (given) sessionStorage.setItem(stored(session), given);
  if (given || view) history.replaceState(null, '', location.pathname + location.search);
  const token = given || sessionStorage.getItem(stored(session));
  return { session, token, view: view === null ? null : readView(view) };
}

/** A view that cannot be read is none: the session is still there. */
function readView(text: string): ViewDocument | null {
  try {
    return unpacked(text);
  } catch {
    return null;
  }
}

/** A link that leads to a view; with the token it lets in, too. */
export function viewLink(link: Link, view: ViewDocument, withToken: boolean): string {
  const session = encodeURIComponent(link.session ?? '');
  const token = withToken && link.token ? `token=${link.token}&` : '';
  return `${location.origin}/s/${session}#${token}view=${packed(view)}`;
}

/** A link that lets somebody else in as this token says. */
export function shareLink(link: Link): string {
  const session = encodeURIComponent(link.session ?? '');
  return `${location.origin}/s/${session}#token=${link.token ?? ''}`;
}

/** `?codec=jpeg` asks for that format, for tests and for broken decoders. */
export function forcedCodec(): 'jpeg' | 'png' | null {
  const codec = new URLSearchParams(location.search).get('codec');
  return codec === 'jpeg' || codec === 'png' ? codec : null;
}
