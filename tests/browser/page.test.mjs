/** The page itself: what it tells, what it loads, and who can use it. */

import assert from 'node:assert/strict';

import { scenario } from './rig.mjs';

/** Roles of what can be operated, which must say what they are. */
const OPERATED = [
  'button',
  'checkbox',
  'combobox',
  'link',
  'menuitem',
  'option',
  'radio',
  'searchbox',
  'slider',
  'spinbutton',
  'switch',
  'tab',
  'textbox',
  'application',
];

/** Operable things that a screen reader could not name, by the browser's own accessibility tree. */
async function nameless(page) {
  const cdp = await page.context.newCDPSession(page.raw);
  const { nodes } = await cdp.send('Accessibility.getFullAXTree');
  const operated = nodes.filter(({ ignored, role }) => !ignored && OPERATED.includes(role?.value));
  assert.ok(operated.length > 3, 'the tree was read');
  const bad = operated.filter(({ name }) => !name?.value?.trim());
  const described = await Promise.all(
    bad.map(async ({ backendDOMNodeId }) => {
      const { outerHTML } = await cdp.send('DOM.getOuterHTML', { backendNodeId: backendDOMNodeId });
      return outerHTML.slice(0, 160);
    }),
  );
  await cdp.detach();
  return described;
}

scenario('the token is nowhere but in the link and in the first message', {}, async (lab) => {
  const page = await lab.join('presenter');
  const token = lab.server.token('presenter');
  assert.equal(page.raw.url(), `${lab.server.origin}/s/main`, 'it left the address bar');
  assert.ok(
    page.asked.some((url) => url.startsWith('ws')),
    'sockets were seen',
  );
  // The first request is the link itself; a browser keeps the fragment to itself.
  const leaks = page.asked.slice(1).filter((url) => url.includes(token));
  assert.deepEqual(leaks, []);
  assert.deepEqual(
    page.asked.filter((url) => /[?&]token=/.test(url)),
    [],
  );
  const foreign = page.asked.filter((url) => {
    const { host, protocol } = new URL(url);
    return !['data:', 'blob:'].includes(protocol) && host !== new URL(lab.server.origin).host;
  });
  assert.deepEqual(foreign, [], 'nothing comes from elsewhere');
  assert.ok(!lab.server.log.join('\n').includes(token), 'the server does not log it');
  const shown = await page.read(() => JSON.stringify(globalThis.parfocal));
  assert.ok(!shown.includes(token));

  await page.raw.reload();
  await page.live();
  assert.equal(page.raw.url(), `${lab.server.origin}/s/main`, 'a reload needs no link');
});

scenario('the page keeps its own rules of where contents come from', {}, async (lab) => {
  const page = await lab.join('presenter');
  await page.read(() => {
    globalThis.broken = [];
    addEventListener('securitypolicyviolation', (event) =>
      globalThis.broken.push(event.violatedDirective),
    );
  });
  for (const id of ['colormap', 'people', 'quality', 'help']) {
    await page.at(id).click();
    await page.raw.keyboard.press('Escape');
  }
  await page.drag('t', 4);
  assert.deepEqual(await page.read(() => globalThis.broken), []);
  const answer = await page.raw.request.get(`${lab.server.origin}/s/main`);
  const policy = answer.headers()['content-security-policy'] ?? '';
  assert.match(policy, /default-src 'self'/);
  assert.doesNotMatch(policy, /unsafe-eval/);
});

scenario('everything that can be operated says what it is', {}, async (lab) => {
  const page = await lab.join('owner', { name: 'Ada Lovelace' });
  await lab.join('viewer', { name: 'Grace Hopper' });
  await page.until('both are there', () => globalThis.parfocal.participants.length === 2);
  assert.deepEqual(await nameless(page), [], 'the workspace');
  for (const id of ['colormap', 'people', 'quality', 'help', 'mode-follow']) {
    await page.at(id).click();
    assert.deepEqual(await nameless(page), [], `with ${id} open`);
    await page.raw.keyboard.press('Escape');
  }
  const refused = await lab.open(`${lab.server.origin}/s/main#token=nonsense`);
  await refused.at('refused').waitFor();
  const first = await lab.open(`${lab.server.origin}/`);
  await first.at('first-run').waitFor();
  for (const { raw } of [refused, first])
    assert.equal(await raw.locator('button:not([aria-label]):empty').count(), 0);
});
