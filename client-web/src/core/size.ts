/** How large an intent is on the wire, and what is said of one that is too large. */

import { encodeClient, MAX_CLIENT_MESSAGE_BYTES, type Intent } from '../protocol';

/** Most bytes that a letter of a JavaScript text takes in UTF-8. */
const MAX_LETTER_BYTES = 3;

/** Bytes of the message that asks for it; for a small one no more than a bound of it. */
export function sizeOf(intent: Intent): number {
  const text = encodeClient({ type: 'intent', seq: Number.MAX_SAFE_INTEGER, intent });
  const most = text.length * MAX_LETTER_BYTES;
  return most <= MAX_CLIENT_MESSAGE_BYTES ? most : new TextEncoder().encode(text).length;
}

export function tooLarge(bytes: number): string {
  const [size, most] = [bytes, MAX_CLIENT_MESSAGE_BYTES].map((one) => Math.ceil(one / 1024));
  return `This is too large to be sent (${size} KiB; at most ${most} are taken at once), and was not done. Make it of fewer points, or in parts.`;
}
