/** What the mock says of links: one of each kind. */

const KINDS = [
  { why: 'link', size: [960, 540], bitrate: 1.2e6, estimate: 1.4e6, state: 'congested' },
  { size: [1440, 900], bitrate: 6e6, estimate: 42e6, state: 'idle' },
  { why: 'shared', size: [960, 540], bitrate: 1.2e6, estimate: 2.4e6, state: 'steady' },
  { why: 'decoder', size: [720, 450], bitrate: 0.9e6, estimate: 18e6, state: 'growing' },
  { why: 'ceiling', size: [720, 450], bitrate: 1e6, estimate: 30e6, state: 'idle' },
  { why: 'link', size: [480, 270], bitrate: 0.2e6, estimate: 0.2e6, state: 'stalled' },
];

/** The `link` message, but for its type. */
export function linkOf(room, at) {
  const { why, size, bitrate, estimate, state } = KINDS[at % KINDS.length];
  const [width, height] = size;
  return {
    estimate_bps: estimate,
    queue_ms: why === 'link' ? 38 : 2,
    state,
    ...(why && { why }),
    width,
    height,
    fps: why ? 30 : 60,
    bitrate_bps: bitrate,
    viewers: size[1] === 540 ? Math.max(2, room.people.size) : 1,
    dropped: why === 'link' ? { late: 12, slow_start: 3 } : {},
  };
}

/** The answer about everybody; the last one gets no pictures. */
export function streamsOf(room) {
  return [...room.people.values()].map(({ id, name, role }, at, all) => ({
    participant: id,
    name,
    role,
    pictures:
      at > 0 && at === all.length - 1
        ? null
        : {
            ...linkOf(room, at),
            view: 0,
            codec: at === 3 ? 'jpeg' : 'h264',
            sent_bps: 0,
            round_trip_ms: 12 + 9 * at,
            decode_ms: at === 3 ? 41.2 : 2.1 + at,
            held_ms: at % 2 === 0 ? 22 : 0,
          },
  }));
}
