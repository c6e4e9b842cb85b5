/**
 * From a hand on the page's slider to the pixels that show it, in Chromium; for the benchmark.
 *
 * `node glass-to-glass.mjs LINK COUNT EVERY_MS`: LINK opens a session that shows the stack of
 * `tests/src/counter.rs`, to somebody who may move the stage. Prints one JSON object: `times`
 * (milliseconds, null: never seen), `picture_bytes` (mean), `canvas` (width and height).
 *
 * The page is the real one. The time begins with the slider's event within the page, and ends at
 * the first animation frame at which the page's canvas has the picture of that plane, or of a
 * later one, which is up to 17 ms after it was drawn. Not in it: the way from hand to event, the
 * browser's compositor and the display.
 */

import { launch } from './chromium.mjs';

/** Planes of the stack, and where their numbers are: rows and columns of a cell, and cells. */
const COUNT = 64;
const CELL = [20, 53];
const BITS = 6;
/** What bright and dark differ by at least, of 255. */
const CONTRAST = 40;
/** Moves before the measured ones: until the link is known. */
const WARM = 60;
/** What is not seen so long after the last move is not seen at all, milliseconds. */
const PATIENCE_MS = 3_000;
/** The page's picture is then 1280 pixels wide, and as high as a browser window leaves. */
const VIEWPORT = { width: 1600, height: 900 };
/** Until the page shows its first picture, milliseconds. */
const START_MS = 30_000;

const [link, count, every] = process.argv.slice(2);

/** Runs within the page. */
async function measure({ planes, cell, bits, contrast, warm, patience, count, every }) {
  const { parfocal } = globalThis;
  const { camera, canvas } = parfocal.scene.views[0];
  const picture = document.querySelector('[data-testid=canvas]');
  const slider = document.querySelector('[data-testid=dim-slider-t]');
  const small = new OffscreenCanvas(bits, 2).getContext('2d', { willReadFrequently: true });
  small.imageSmoothingEnabled = false;

  /** The number of the plane on the canvas; null where it cannot be told. */
  const plane = () => {
    const scale = Math.min(picture.width / canvas[0], picture.height / canvas[1]) * camera.zoom;
    // Without smoothing, the middle of each cell.
    const [y, x] = [
      picture.height / 2 - camera.center[0] * scale,
      picture.width / 2 - camera.center[1] * scale,
    ];
    const sides = [bits * cell[1] * scale, 2 * cell[0] * scale];
    small.drawImage(picture, x, y, ...sides, 0, 0, bits, 2);
    const { data } = small.getImageData(0, 0, bits, 2);
    let number = 0;
    for (let bit = 0; bit < bits; bit++) {
      const difference = data[bit * 4 + 1] - data[(bits + bit) * 4 + 1];
      if (Math.abs(difference) < contrast) return null;
      if (difference > 0) number |= 1 << bit;
    }
    return number;
  };

  const sent = [];
  const times = [];
  const sizes = [];
  let next = 1;
  let begun = performance.now();
  let last = begun;
  await new Promise((done) => {
    const look = () => {
      const now = performance.now();
      const number = plane();
      const at = sent.findLastIndex((one) => one.next % planes === number);
      for (const one of sent.splice(0, at + 1)) if (one.next > warm) times.push(now - one.at);
      const { framesPerSecond, bitsPerSecond } = parfocal.stats;
      if (next > warm && framesPerSecond > 0) sizes.push(bitsPerSecond / 8 / framesPerSecond);
      const over = next > warm + count && (sent.length === 0 || now > last + patience);
      if (over) done();
      else requestAnimationFrame(look);
    };
    const move = () => {
      sent.push({ next, at: performance.now() });
      slider.value = String(next % planes);
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      next += 1;
      last = performance.now();
      if (next <= warm + count) setTimeout(move, Math.max(0, begun + next * every - last));
    };
    move();
    look();
  });
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  while (times.length < count) times.push(null);
  return { times, picture_bytes: mean, canvas };
}

const browser = await launch();
try {
  const page = await browser.newPage({ viewport: VIEWPORT });
  await page.goto(link);
  const started = () =>
    globalThis.parfocal?.frame && document.querySelector('[data-testid=dim-slider-t]');
  await page.waitForFunction(started, null, { timeout: START_MS });
  // The stage gets its size, and rests.
  await page.waitForSelector('[data-testid=truth][data-state=exact]', { timeout: START_MS });
  const settings = { planes: COUNT, cell: CELL, bits: BITS, contrast: CONTRAST, warm: WARM };
  const run = { ...settings, patience: PATIENCE_MS, count: Number(count), every: Number(every) };
  console.log(JSON.stringify(await page.evaluate(measure, run)));
} finally {
  await browser.close();
}
