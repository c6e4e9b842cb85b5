/** A made-up recording of drifting cell nuclei: an intensity and a label for each sample. */

export const SIZE = { t: 20, z: 5, y: 442, x: 512 };

/** Repeatable pseudo-random numbers from 0 to 1. */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const random = randomFrom(7);
const cells = Array.from({ length: 19 }, (_, index) => ({
  label: index + 1,
  x: 40 + random() * 432,
  y: 40 + random() * 362,
  z: 0.5 + random() * 3,
  dx: (random() - 0.5) * 5,
  dy: (random() - 0.5) * 5,
  long: 26 + random() * 16,
  round: 0.62 + random() * 0.3,
  turn: random() * Math.PI,
  light: 0.45 + random() * 0.55,
}));

const NOISE = 64;
const grain = Float32Array.from({ length: NOISE * NOISE }, random);

/** Smooth noise with detail of about `size` samples. */
function noise(x, y, size) {
  const u = x / size;
  const v = y / size;
  const at = (i, j) =>
    grain[(((j % NOISE) + NOISE) % NOISE) * NOISE + (((i % NOISE) + NOISE) % NOISE)];
  const [i, j] = [Math.floor(u), Math.floor(v)];
  const [fx, fy] = [u - i, v - j];
  const top = at(i, j) * (1 - fx) + at(i + 1, j) * fx;
  const bottom = at(i, j + 1) * (1 - fx) + at(i + 1, j + 1) * fx;
  return top * (1 - fy) + bottom * fy;
}

const slices = new Map();

/** Intensities (0 to 4095) and labels of one plane, row by row. */
export function slice(t, z) {
  const name = `${t}:${z}`;
  const known = slices.get(name);
  if (known) return known;
  const light = new Float32Array(SIZE.y * SIZE.x);
  const label = new Uint16Array(SIZE.y * SIZE.x);
  for (let y = 0; y < SIZE.y; y++)
    for (let x = 0; x < SIZE.x; x++)
      light[y * SIZE.x + x] =
        96 + 90 * noise(x, y, 47) + 46 * noise(x * 7.3 + t * 31, y * 7.3 + z * 17, 3);
  for (const cell of cells) paint(cell, t, z, light, label);
  for (let at = 0; at < light.length; at++) light[at] = Math.round(Math.min(light[at], 4095));
  const made = { light, label };
  slices.set(name, made);
  return made;
}

function paint(cell, t, z, light, label) {
  const depth = 1 - ((z - cell.z) / 2.4) ** 2;
  if (depth <= 0) return;
  const cx = cell.x + cell.dx * t;
  const cy = cell.y + cell.dy * t + 4 * Math.sin(t / 3 + cell.label);
  const long = cell.long * Math.sqrt(depth);
  const short = long * cell.round;
  const [cos, sin] = [Math.cos(cell.turn + t * 0.02), Math.sin(cell.turn + t * 0.02)];
  const reach = Math.ceil(long * 1.5);
  for (let y = Math.max(0, Math.floor(cy - reach)); y < Math.min(SIZE.y, cy + reach); y++)
    for (let x = Math.max(0, Math.floor(cx - reach)); x < Math.min(SIZE.x, cx + reach); x++) {
      const [dx, dy] = [x - cx, y - cy];
      const wobble = 0.16 * (noise(x, y, 15) - 0.5);
      const r = Math.hypot((dx * cos + dy * sin) / long, (dy * cos - dx * sin) / short) + wobble;
      const at = y * SIZE.x + x;
      const inside = 1 / (1 + Math.exp((r - 1) * 16));
      const texture = 0.5 + 0.35 * noise(x, y, 9) + 0.5 * noise(x + 300, y, 4) ** 2;
      light[at] += 2300 * cell.light * depth * inside * texture * (1.12 - 0.35 * r * r);
      if (r < 1) label[at] = cell.label;
    }
}
