/** The user's own limit of bits a second: remembered, and told to the server at each connection. */

import { effect, signal } from '@preact/signals';

const STORED = 'parfocal.ceiling';

/** Limits that can be chosen, bits a second; `null`: none. */
export const CEILINGS = [null, 10e6, 5e6, 2e6, 1e6] as const;

function stored(): number | null {
  try {
    const kept = Number(localStorage.getItem(STORED));
    return CEILINGS.find((one) => one === kept) ?? null;
  } catch {
    return null;
  }
}

export const ceiling = signal<number | null>(stored());
effect(() => {
  const text = ceiling.value === null ? null : String(ceiling.value);
  try {
    if (text === null) localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, text);
  } catch {
    // Storage may be forbidden; there is then no limit at the next start.
  }
});
