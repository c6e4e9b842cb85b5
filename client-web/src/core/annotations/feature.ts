/** Cells as text that people type. */

import type { Feature } from '../../protocol';

export const writeFeature = (value: Feature): string => String(value);

/**
 * A typed cell; empty is none. `type`: of the cell before, as a feature has one type within a
 * layer; `null`: a new one, which is what it looks like.
 */
export function readFeature(text: string, type: string | null): Feature | null {
  const plain = text.trim();
  if (plain === '') return null;
  const number = Number(plain.replace(',', '.').replace('−', '-'));
  if (type === 'string' || (type === null && !Number.isFinite(number))) {
    if (type === null && /^(true|false)$/i.test(plain)) return plain.toLowerCase() === 'true';
    return plain;
  }
  return Number.isFinite(number) ? number : plain;
}
