/** Three people draw, paint, take back and lose the connection: what each page has at the end. */

import assert from 'node:assert/strict';

import { report, scenario } from './rig.mjs';
import { agree, isLike, known, likeness, three, YELLOW } from './three.mjs';
import { call } from './wire.mjs';

/** Where the tests draw, by parts of the picture's sides. */
const POINT = [0.4, 0.35];
const OTHER = [0.6, 0.35];
const POLYGON = [
  [0.45, 0.5],
  [0.6, 0.5],
  [0.6, 0.75],
  [0.45, 0.75],
];
const MIDDLE = [0.525, 0.625];

async function drawPoint(page, spot) {
  await page.at('tool-points').click();
  await page.click(spot);
}

async function drawPolygon(page) {
  await page.at('tool-polygon').click();
  await page.click(...POLYGON);
  await page.raw.keyboard.press('Enter');
}

/** The colour of the label that the page paints with. */
function swatch(page) {
  return page.read(() => {
    const { backgroundColor } = getComputedStyle(document.querySelector('.label-swatch'));
    return backgroundColor.match(/\d+/g).map(Number);
  });
}

scenario('two draw at once, and a third has it in mirror and picture', known, async (lab) => {
  const { ada, grace, viewer, pages } = await three(lab);
  await Promise.all([drawPoint(ada, POINT), drawPolygon(grace)]);
  const all = Object.values(await agree(pages, 2));
  const [point, polygon] = ['point', 'polygon'].map((shape) =>
    all.find((one) => one.shape === shape),
  );
  assert.equal(polygon.vertices.length, POLYGON.length);
  assert.notEqual(point.author, polygon.author, 'each has an author');
  const [y, x] = await viewer.worldAt(...(await viewer.spot(...POINT)));
  const off = Math.hypot(point.vertices[0][1] - y, point.vertices[0][2] - x);
  assert.ok(off < 0.5, `the point is ${off} samples from where it was clicked`);
  await viewer.untilColor('the point', POINT, isLike(YELLOW));
  await viewer.untilColor('the polygon', MIDDLE, isLike(YELLOW));
});

scenario('two paint at once, and a third sees both labels', known, async (lab) => {
  const { ada, grace, viewer } = await three(lab);
  await ada.at('add-layer').click();
  await ada.at('add-labels').click();
  await ada.at('tool-brush').click();
  await ada.at('label-number').waitFor();
  await grace.until('the layer of labels is there', () =>
    globalThis.parfocal.scene.layers.some(({ kind }) => kind === 'labels'),
  );
  await grace.at('tool-brush').click();
  await grace.at('label-new').click();
  await grace.at('label-number').waitFor();
  const strokes = [
    { page: ada, spots: [POINT, [0.4, 0.6]] },
    { page: grace, spots: [OTHER, [0.6, 0.6]] },
  ];
  for (const stroke of strokes) {
    stroke.label = await stroke.page.at('label-number').inputValue();
    stroke.color = await swatch(stroke.page);
  }
  assert.notEqual(strokes[0].label, strokes[1].label, 'nobody is given the label of another');
  await Promise.all(strokes.map(({ page, spots }) => page.stroke(...spots)));
  for (const { label, color, spots } of strokes)
    for (const spot of spots) {
      await viewer.untilColor(`label ${label}`, spot, isLike(color));
      await viewer.raw.mouse.move(...(await viewer.spot(...spot)));
      await viewer.until(
        `the value under the pointer is label ${label}`,
        (wanted) => document.querySelector('[data-testid="values"]')?.textContent.includes(wanted),
        `#${label}`,
      );
    }
});

scenario('who begin to paint at the same time meet in one layer', known, async (lab) => {
  // Both have asked for a layer before either can know of the other's.
  const { ada, grace, viewer, pages } = await three(lab, { noisy: true });
  await lab.server.kill();
  for (const page of pages) await page.at('banner').waitFor();
  const strokes = [
    { page: ada, spots: [POINT, [0.4, 0.6]] },
    { page: grace, spots: [OTHER, [0.6, 0.6]] },
  ];
  for (const { page, spots } of strokes) {
    await page.at('tool-brush').click();
    await page.stroke(...spots);
    await page.at('unsaved').waitFor();
  }
  await lab.server.start();
  for (const { page } of strokes) {
    await page.at('label-number').waitFor();
    await page.answered();
  }
  for (const page of pages)
    await page.until(
      'there is one layer of labels',
      () => globalThis.parfocal.scene.layers.filter(({ kind }) => kind === 'labels').length === 1,
    );
  const labels = strokes.map(({ page }) => page.at('label-number').inputValue());
  assert.deepEqual((await Promise.all(labels)).sort(), ['1', '2'], 'each has a label');
  for (const { page, spots } of strokes) {
    const color = await swatch(page);
    for (const spot of spots) await viewer.untilColor('the stroke', spot, isLike(color));
  }
});

scenario('who takes back takes back their own, and does it again', known, async (lab) => {
  const { ada, grace, viewer, pages } = await three(lab);
  await drawPoint(ada, POINT);
  await agree(pages, 1);
  await drawPoint(grace, OTHER);
  const both = await agree(pages, 2);
  await ada.raw.keyboard.press('Control+z');
  const left = Object.values(await agree(pages, 1));
  const [x, y] = await grace.spot(...OTHER);
  const world = await grace.worldAt(x, y);
  const at = left[0].vertices[0].slice(1);
  assert.ok(Math.hypot(at[0] - world[0], at[1] - world[1]) < 0.5, "Grace's point is left");
  await viewer.untilColor('nothing', POINT, (color) => likeness(color, YELLOW) === 0);
  await ada.raw.keyboard.press('Control+Shift+z');
  assert.deepEqual(await agree(pages, 2), both, 'it is as it was');
  await viewer.untilColor('the point', POINT, isLike(YELLOW));
});

scenario('a viewer finds the tools locked, and is told why', known, async (lab) => {
  const page = await lab.join('viewer');
  const locked = ['tool-points', 'tool-line', 'tool-polygon', 'tool-text', 'tool-brush'];
  for (const id of [...locked, 'add-layer']) {
    assert.equal(await page.at(id).getAttribute('aria-disabled'), 'true', `${id} is locked`);
    assert.match(await page.at(id).getAttribute('data-tip'), /Your role is viewer/);
  }
  await page.at('tool-polygon').hover();
  const tip = page.raw.getByRole('tooltip');
  await tip.waitFor();
  assert.match(await tip.innerText(), /Your role is viewer; drawing needs annotator/);
  await page.raw.keyboard.press('p');
  await page.at('toasts').getByText('Your role is viewer').waitFor();
  assert.equal(await page.read(() => globalThis.parfocal.tool), 'pan');
});

scenario('what is drawn while the server is away is there once', known, async (lab, t) => {
  // While the server is away, the browser itself says in the console that it cannot connect.
  const { ada, pages } = await three(lab, { noisy: true });
  await drawPoint(ada, POINT);
  await agree(pages, 1);
  await ada.answered();
  await lab.server.kill();
  for (const page of pages) await page.at('banner').waitFor();
  await drawPoint(ada, OTHER);
  // There is no layer of shapes yet: that waits too.
  await drawPolygon(ada);
  await ada.at('unsaved').waitFor();
  await ada.until('the page says that it is not saved', () =>
    document.querySelector('[data-testid="saved"]').innerText.match(/[1-9] not saved yet/),
  );
  await lab.server.start();
  const back = performance.now();
  const all = Object.values(await agree(pages, 3));
  report(t, `everywhere ${Math.round(performance.now() - back)} ms after the server was back`);
  assert.deepEqual(all.map(({ shape }) => shape).sort(), ['point', 'point', 'polygon']);
  for (const page of pages) {
    await page.at('banner').waitFor({ state: 'detached' });
    const kinds = (await page.scene()).layers.map(({ kind }) => kind);
    assert.deepEqual(kinds, ['image', 'points', 'shapes'], 'no layer was made twice');
  }
  await ada.until('everything is saved', () =>
    document.querySelector('[data-testid="saved"]').matches('[data-count="0"]:not(.is-unsaved)'),
  );
});

scenario('whose access is withdrawn is told so, and stays out', known, async (lab, t) => {
  const owner = await lab.join('owner', { name: 'Ada Lovelace' });
  const page = await lab.join('annotator', { name: 'Eve' });
  await drawPoint(page, POINT);
  await owner.untilAnnotations(1);
  const path = `/v1/sessions/main/participants/${await page.me()}`;
  const { status } = await call(lab.server, 'owner', 'DELETE', path);
  const told = performance.now();
  assert.equal(status, 204);
  await page.at('refused').getByRole('heading', { name: 'Your access was withdrawn' }).waitFor();
  const took = performance.now() - told;
  report(t, `the page says so ${Math.round(took)} ms after the answer`);
  assert.ok(took < 1_000, `it took ${took} ms`);
  await owner.until('they are gone', () => globalThis.parfocal.participants.length === 1);
  assert.equal(await page.read(() => globalThis.parfocal.state), 'stopped');
  await page.raw.reload();
  await page.at('refused').getByRole('heading', { name: 'Your access was withdrawn' }).waitFor();
  assert.equal(await owner.read(() => globalThis.parfocal.participants.length), 1);
  await owner.untilAnnotations(1);
});

scenario('a version that is restored is back on every page', known, async (lab) => {
  const { ada, grace, viewer, pages } = await three(lab);
  await drawPoint(ada, POINT);
  await ada.answered();
  const kept = await agree(pages, 1);
  const versions = '/v1/sessions/main/versions';
  const saved = await call(lab.server, 'annotator', 'POST', versions, { name: 'One point' });
  assert.equal(saved.status, 201, JSON.stringify(saved.answer));
  await Promise.all([drawPoint(ada, OTHER), drawPolygon(grace)]);
  await agree(pages, 3);
  await viewer.untilColor('the polygon', MIDDLE, isLike(YELLOW));
  const path = `${versions}/${saved.answer.number}/restore`;
  const restored = await call(lab.server, 'presenter', 'POST', path);
  assert.equal(restored.status, 200, JSON.stringify(restored.answer));
  assert.deepEqual(await agree(pages, 1), kept);
  await viewer.untilColor('nothing', MIDDLE, (color) => likeness(color, YELLOW) === 0);
  await viewer.untilColor('the point', POINT, isLike(YELLOW));
  await drawPoint(grace, OTHER);
  await agree(pages, 2);
});
