/** What an address names. */

import { describe, expect, it } from 'vitest';
import { placeOf } from '../src/app/link';

describe('an address', () => {
  const of = (path: string, fragment = '') => placeOf(path, new URLSearchParams(fragment));

  it('names a session, a view, an invitation, or none of them', () => {
    expect(of('/s/mondays')).toEqual({ at: 'session', name: 'mondays' });
    expect(of('/s/K%C3%A4rne/')).toEqual({ at: 'session', name: 'Kärne' });
    expect(of('/l/abc234')).toEqual({ at: 'link', code: 'abc234' });
    expect(of('/i', 'invitation=xyz')).toEqual({ at: 'invitation', secret: 'xyz' });
    for (const path of ['/', '/i', '/s/', '/s/%E0%A4%A', '/x/mondays', '/s/a/b'])
      expect(of(path)).toEqual({ at: 'home' });
  });
});
