/** What a role may do; the server has the last word. */

import type { Annotation, Role } from '../protocol';
import type { Layer } from './scene';

/** Whether the role moves the stage and edits layers for everybody. */
export function mayPresent(role: Role): boolean {
  return role === 'presenter' || role === 'owner';
}

/** Whether the role draws, paints, and keeps views. */
export const mayAnnotate = (role: Role): boolean => role !== 'viewer';

/** Whether the role locks layers, and says whose annotations may be changed. */
export const mayManage = (role: Role): boolean => role === 'owner';

/** Why somebody may not change what is in a layer, or one thing in it; `null`: they may. */
export function whyNotEdit(
  who: { role: Role; subject: string },
  layer: Pick<Layer, 'locked' | 'edit_scope'>,
  one?: Pick<Annotation, 'author'>,
): 'role' | 'locked' | 'not_yours' | null {
  if (!mayAnnotate(who.role)) return 'role';
  if (layer.locked) return 'locked';
  const mine = !one || one.author === who.subject || one.author === '';
  if (layer.edit_scope === 'own' && !mayPresent(who.role) && !mine) return 'not_yours';
  return null;
}
