/** The picture that is seen, and how soon. */

import assert from 'node:assert/strict';

import { crop, psnr } from './picture.mjs';
import { report, scenario } from './rig.mjs';
import { DATA } from './server.mjs';

/** From opening the link to the first picture, milliseconds: what is promised is 2000, on a machine
 * that does nothing else and with an optimised server. */
const FIRST_PICTURE_MS = 5_000;

/** What is on the screen, as RGBA; the page itself decodes the screenshot. */
async function screen(page, clip) {
  const png = (await page.raw.screenshot({ clip })).toString('base64');
  const data = await page.read(async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    let all = '';
    for (const value of context.getImageData(0, 0, image.width, image.height).data)
      all += String.fromCharCode(value);
    return btoa(all);
  }, png);
  return {
    width: clip.width,
    height: clip.height,
    data: Buffer.from(data, 'base64'),
  };
}

scenario(
  'the picture on the canvas is the reference picture, soon after the link is opened',
  {},
  async (lab, t) => {
    const page = await lab.open(lab.server.link('presenter'));
    await page.until('a picture came', () => globalThis.parfocal?.frame);
    const first = await page.read(() => performance.now());
    await page.live();
    const db = await page.sees(35);
    await page.until('a format is told', () => globalThis.parfocal.stats.codec !== '');
    const codec = await page.read(() => globalThis.parfocal.stats.codec);
    report(
      t,
      `${DATA.real ? 'real data' : 'BUILT-IN SAMPLE'}; first picture after ${Math.round(first)} ms`,
    );
    report(t, `${codec} at rest: ${db.toFixed(1)} dB`);
    assert.equal(codec, 'h264');
    assert.ok(first < FIRST_PICTURE_MS, `first picture after ${first} ms`);

    // What the worker decoded must also be what is painted, pixel on pixel: the middle of the screen.
    const [box, shown] = [await page.place(), await page.pixels()];
    const size = { width: 300, height: 200 };
    const left = Math.floor((box.width - size.width) / 2);
    const top = Math.floor((box.height - size.height) / 2);
    const onScreen = await screen(page, {
      x: box.x + left,
      y: box.y + top,
      ...size,
    });
    const offset = (length, whole) => Math.round((whole - length) / 2);
    const part = crop(
      shown,
      left - offset(shown.width, box.width),
      top - offset(shown.height, box.height),
      size,
    );
    assert.ok(
      psnr(onScreen, part) > 40,
      `the screen shows the decoded picture: ${psnr(onScreen, part)} dB`,
    );
  },
);

scenario(
  'a view at rest is shown with exactly the rendered pixels, and the page says so',
  {},
  async (lab, t) => {
    const page = await lab.join('presenter');
    const lossless = await lab.join('viewer', { query: '?codec=png' });
    await page.until('it says exact', () =>
      globalThis.document.querySelector('[data-testid=truth][data-state=exact]'),
    );
    assert.equal(await page.read(() => globalThis.parfocal.frame.exact), true);
    const [shown, rendered] = [await page.pixels(), await lossless.pixels()];
    assert.deepEqual([shown.width, shown.height], [rendered.width, rendered.height]);
    assert.ok(shown.data.equals(rendered.data), 'every pixel is the rendered one');
    report(t, `${shown.width} × ${shown.height} pixels, all equal`);

    // Who joins needs a key picture; nobody else is shown it over what is exact.
    await page.read(() => {
      const state = () =>
        globalThis.document.querySelector('[data-testid=truth]')?.dataset.state ?? 'none';
      globalThis.states = new Set([state()]);
      const look = new globalThis.MutationObserver(() => globalThis.states.add(state()));
      look.observe(globalThis.document.body, { subtree: true, childList: true, attributes: true });
    });
    const late = await lab.join('viewer');
    await late.until('it says exact to who joined, too', () =>
      globalThis.document.querySelector('[data-testid=truth][data-state=exact]'),
    );
    assert.deepEqual(await page.read(() => [...globalThis.states]), ['exact']);
  },
);

scenario('a browser that takes only JPEG sees the reference picture too', {}, async (lab, t) => {
  const page = await lab.join('viewer', { query: '?codec=jpeg' });
  const db = await page.sees(30);
  // Numbers are taken some times a second.
  await page.until('JPEG is told', () => globalThis.parfocal.stats.codec === 'jpeg');
  report(t, `jpeg at rest: ${db.toFixed(1)} dB`);
});

scenario(
  'without loss, the picture is the reference picture to the last bit',
  {},
  async (lab, t) => {
    const page = await lab.join('presenter', { query: '?codec=png' });
    const db = await page.sees(60);
    report(t, `png at rest: ${db.toFixed(1)} dB`);
  },
);
