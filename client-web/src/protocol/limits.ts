/** Bounds that both ends keep; the same numbers as `sync/src/limits.rs`. */

/** A client says something at least this often, milliseconds. */
export const HEARTBEAT_MS = 5_000;
/** Silence after which the server is taken for dead: three heartbeats. */
export const SILENCE_MS = 15_000;
/** An intent without an answer after this time is shown as late. */
export const LATE_AFTER_MS = 250;
/** Unanswered intents after which edits are no longer accepted. */
export const MAX_PENDING_INTENTS = 512;
/** Largest message that a client may send, bytes. */
export const MAX_CLIENT_MESSAGE_BYTES = 512 * 1024;
