/** What a role may do; the server has the last word. */

import type { Role } from '../protocol';

/** Whether the role moves the stage and edits layers for everybody. */
export function mayPresent(role: Role): boolean {
  return role === 'presenter' || role === 'owner';
}
