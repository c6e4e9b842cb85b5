/** Why a socket was closed, and whether coming back helps. */

export const CLOSE_NORMAL = 1000;

/** Codes of this range say that coming back would end the same way. */
export function isPermanent(code: number): boolean {
  return code >= 4400 && code <= 4499;
}
