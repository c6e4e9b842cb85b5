/** The session and the token of this page: from the link, kept for this tab only. */

export interface Link {
  session: string | null;
  token: string | null;
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
  if (session === null) return { session: null, token: null };
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given) {
    sessionStorage.setItem(stored(session), given);
    history.replaceState(null, '', location.pathname + location.search);
    return { session, token: given };
  }
  return { session, token: sessionStorage.getItem(stored(session)) };
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
