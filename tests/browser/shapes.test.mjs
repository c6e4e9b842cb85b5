/** Three people edit the same shapes at the same time: what each page has at the end. */

import assert from 'node:assert/strict';

import { scenario } from './rig.mjs';
import { agree, EXACT, isLike, known, showTheSame, three, YELLOW } from './three.mjs';

/** The corners of a square, in order, by parts of the picture's sides. */
const square = ([across, down], half = 0.05) => [
  [across - half, down - half],
  [across + half, down - half],
  [across + half, down + half],
  [across - half, down + half],
];
/** All reshape the first; the others are of one person each, but the last, over which they meet. */
const PLACES = {
  shared: [0.5, 0.45],
  moved: [0.25, 0.25],
  removed: [0.75, 0.25],
  reshaped: [0.25, 0.65],
  contested: [0.75, 0.65],
};

/** The name of the annotation whose first vertex is at a spot. */
async function nameOf(page, spot) {
  const [y, x] = await page.worldAt(...(await page.spot(...spot)));
  const far = ([, one]) => Math.hypot(one.vertices[0][1] - y, one.vertices[0][2] - x);
  const all = Object.entries(await page.annotations());
  return all.reduce((best, one) => (far(one) < far(best) ? one : best))[0];
}

/** Draws a square in each place; gives their names. */
async function drawAll(page) {
  await page.at('tool-polygon').click();
  for (const middle of Object.values(PLACES)) {
    await page.click(...square(middle));
    await page.raw.keyboard.press('Enter');
  }
  await page.untilAnnotations(Object.keys(PLACES).length);
  const names = {};
  for (const [what, middle] of Object.entries(PLACES))
    names[what] = await nameOf(page, square(middle)[0]);
  return names;
}

/** Selects a square by a click into its middle. */
async function choose(page, name, spot) {
  await page.click(spot);
  await page.until(
    `${name} alone is selected`,
    (wanted) => globalThis.parfocal.selected.join() === wanted,
    name,
  );
}

/** Where a vertex of the selected annotation is on the page. */
async function corner(page, index) {
  const box = await page.at(`corner-${index}`).boundingBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
}

/** Drags a vertex of the selected annotation to a spot. */
async function reshape(page, index, to) {
  await page.pull(await corner(page, index), await page.spot(...to));
}

/** How far a vertex is from a spot, in samples. */
async function offBy(page, annotation, index, spot) {
  const [y, x] = await page.worldAt(...(await page.spot(...spot)));
  const [, v, h] = annotation.vertices[index];
  return Math.hypot(v - y, h - x);
}

scenario('three reshape, move, delete and take back at once', known, async (lab) => {
  const { ada, grace, viewer } = await three(lab, { query: EXACT });
  const mary = await lab.join('annotator', { name: 'Mary Cartwright', query: EXACT });
  const pages = [ada, grace, mary];
  const names = await drawAll(ada);
  const before = await agree([...pages, viewer], 5);
  for (const page of pages) await page.at('tool-select').click();

  // Each drags another corner of the same polygon outwards, twice.
  const corners = [
    [
      [0.42, 0.38],
      [0.4, 0.36],
    ],
    [
      [0.58, 0.38],
      [0.6, 0.36],
    ],
    [
      [0.58, 0.52],
      [0.6, 0.54],
    ],
  ];
  await Promise.all(
    pages.map(async (page, index) => {
      await choose(page, names.shared, PLACES.shared);
      for (const to of corners[index]) await reshape(page, index, to);
    }),
  );

  // Each edits one of their own meanwhile, and takes some of it back.
  const adas = async () => {
    await choose(ada, names.moved, PLACES.moved);
    await ada.stroke(PLACES.moved, [0.35, 0.3]);
    await ada.raw.keyboard.press('Control+z');
  };
  const graces = async () => {
    await choose(grace, names.removed, PLACES.removed);
    await grace.raw.keyboard.press('Delete');
    await grace.raw.keyboard.press('Control+z');
    await grace.until(
      'it is back',
      (name) => globalThis.parfocal.annotation(name) !== null && globalThis.parfocal.pending === 0,
      names.removed,
    );
    await choose(grace, names.removed, PLACES.removed);
    await grace.raw.keyboard.press('Delete');
  };
  const marys = async () => {
    await choose(mary, names.reshaped, PLACES.reshaped);
    await reshape(mary, 0, [0.17, 0.57]);
    await mary.stroke(PLACES.reshaped, [0.3, 0.6]);
    await mary.raw.keyboard.press('Control+z');
  };
  await Promise.all([adas(), graces(), marys()]);
  for (const page of pages) await page.answered();
  const now = await agree([...pages, viewer], 4);
  for (const [index, spots] of corners.entries()) {
    const off = await offBy(ada, now[names.shared], index, spots.at(-1));
    assert.ok(off < 0.5, `corner ${index} is ${off} samples from where it was dragged`);
  }
  assert.deepEqual(now[names.shared].vertices[3], before[names.shared].vertices[3]);
  assert.deepEqual(now[names.moved], before[names.moved], 'the move was taken back');
  assert.equal(now[names.removed], undefined);
  const [first, ...others] = now[names.reshaped].vertices;
  assert.notDeepEqual(first, before[names.reshaped].vertices[0]);
  assert.deepEqual(others, before[names.reshaped].vertices.slice(1), 'the move was taken back');

  for (const page of [...pages, viewer]) {
    await page.untilColor('the corner that was dragged', [0.42, 0.38], isLike(YELLOW));
    await page.untilColor('nothing', PLACES.removed, ([r, g, b]) => r === g && g === b);
  }
  await showTheSame([...pages, viewer]);
});

scenario('who deletes what others are reshaping wins, and can take it back', known, async (lab) => {
  const { ada, grace, viewer } = await three(lab, { query: EXACT });
  const mary = await lab.join('annotator', { name: 'Mary Cartwright', query: EXACT });
  const pages = [ada, grace, mary, viewer];
  const names = await drawAll(ada);
  const before = await agree(pages, 5);
  for (const page of [ada, grace, mary]) {
    await page.at('tool-select').click();
    await choose(page, names.contested, PLACES.contested);
  }
  const [from, to] = [await corner(ada, 0), await ada.spot(0.67, 0.57)];
  await Promise.all([
    ada.pull(from, to),
    grace.stroke(PLACES.contested, [0.7, 0.6]),
    mary.raw.keyboard.press('Delete'),
  ]);
  for (const page of [ada, grace, mary]) await page.answered();
  await agree(pages, 4);
  await mary.raw.keyboard.press('Control+z');
  const now = await agree(pages, 5);
  assert.equal(now[names.contested].vertices.length, 4);
  for (const name of Object.values(names))
    if (name !== names.contested) assert.deepEqual(now[name], before[name]);
  for (const page of pages) await page.untilColor('it', [0.73, 0.63], isLike(YELLOW));
  await showTheSame(pages);
});
