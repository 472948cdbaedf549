// Accessibility gate: axe on pages at every width, no sideways scrolling down to 320 px, no
// console error (which is how a broken CSP shows). Without --full it takes the paths it is
// given at the first and the last width; with it every page in every state, in both
// languages, at every width, with its folds opened, with its dialogs, and once more with
// the text spacing of WCAG 1.4.12. A page with planted defects must fail in both.
import { ALL, context, done, launch, listen, NARROW, scan, sideways, spaced, target, WIDTHS } from './lib.mjs';

const MUST_FIND = ['color-contrast', 'document-title', 'html-has-lang', 'image-alt', 'label', 'target-size'];
const PLANTED = `<!doctype html><html><head></head><body><main><h1>Halaman cacat</h1><p style="color:#bbb;background:#fff">tulisan pucat</p>
<img src="data:,"><input><p><a href="#a" style="display:inline-block;width:9px;height:9px;overflow:hidden">a</a><a href="#b" style="display:inline-block;width:9px;height:9px;overflow:hidden">b</a></p></main></body></html>`;

const full = process.argv.includes('--full');
const { root, pages } = await target();
const browser = await launch();
const faults = [];
let scans = 0;

const inEnglish = (p) => ({ ...p, path: p.path === '/' ? '/en' : '/en' + p.path });
const widths = full ? ALL : WIDTHS;
const seen = new Set();
const first = pages.filter((p) => p.template && !seen.has(p.template) && seen.add(p.template));
const work = full
  ? [...widths, 'spaced'].flatMap((width) => [...pages.map(inEnglish)]
    // A page that differs from another in words only is looked at once a language.
    .filter((p) => !p.variant || width === widths[0]).map(({ path }) => ({ path, width })))
  : widths.flatMap((width) => [...pages, ...(width === widths[0] ? first.map(inEnglish) : [])].map(({ path }) => ({ path, width })));

// Dialogs are the same everywhere: once per width is enough.
const helped = new Set();

async function check(page, path, width) {
  const look = async (what) => {
    for (const v of await scan(page)) faults.push(`${path} @${width}${what}: ${v}`);
    scans++;
  };
  const scrolls = async (what) => {
    const over = await sideways(page);
    if (over > 0) faults.push(`${path} @${what}: scrolls sideways by ${over} px`);
  };
  await page.goto(root + path, { waitUntil: 'load' });
  if (width === 'spaced' && !await spaced(page)) faults.push(`${path}: text spacing did not reach the page; the gate is blind`);
  await look('');
  await scrolls(width);
  if (full && await page.locator('details:not([open])').count()) {
    await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
    await look(' unfolded');
    await scrolls(`${width} unfolded`);
  }
  if (width === WIDTHS[0]) {
    const before = page.viewportSize();
    await page.setViewportSize({ ...before, width: NARROW });
    await scrolls(NARROW);
    await page.setViewportSize(before);
  }
  for (const [button, what] of [['[data-help]', ' help dialog'], ...(full ? [['[data-palette]', ' palette']] : [])]) {
    const opens = page.locator(button + ':visible').first();
    if (helped.has(width + what) || !await opens.count()) continue;
    helped.add(width + what);
    await opens.click();
    await look(what);
    await page.keyboard.press('Escape');
  }
}

const contextOf = (width) => (width === 'spaced' ? context(browser, WIDTHS[0], { bypassCSP: true }) : context(browser, width));

// Two at a time: a browser keeps about one core busy for each.
async function worker() {
  const tabs = new Map(); // one for each width: opening one costs as much as looking at a page
  const noises = [];
  for (let next = work.shift(); next; next = work.shift()) {
    if (!tabs.has(next.width)) {
      const c = await contextOf(next.width);
      noises.push(listen(c));
      tabs.set(next.width, await c.newPage());
    }
    await check(tabs.get(next.width), next.path, next.width);
  }
  faults.push(...noises.flat());
}
await Promise.all([worker(), worker()]);

let found = [];
for (const width of full ? [WIDTHS[0], 'spaced'] : [WIDTHS[0]]) {
  const page = await (await contextOf(width)).newPage();
  await page.setContent(PLANTED);
  if (width === 'spaced') await spaced(page);
  found = (await scan(page)).map((v) => v.split(':')[0]);
  for (const id of MUST_FIND) if (!found.includes(id)) faults.push(`planted page @${width}: axe did not find ${id}; the gate is blind`);
}
await browser.close();
done(faults, `axe: ${scans} scans, planted page found ${found.length} rules`);
