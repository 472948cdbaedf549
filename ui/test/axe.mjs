// Accessibility gate: axe on every page at every width, in Indonesian and, for
// the default state of each template, in English; no sideways scrolling; no console
// error (which is how a broken CSP shows); a planted-defect page must fail.
import { context, done, launch, listen, scan, sideways, target, WIDTHS } from './lib.mjs';

const MUST_FIND = ['color-contrast', 'document-title', 'html-has-lang', 'image-alt', 'label', 'target-size'];
const PLANTED = `<!doctype html><html><head></head><body><main><h1>Halaman cacat</h1><p style="color:#bbb;background:#fff">tulisan pucat</p>
<img src="data:,"><input><p><a href="#a" style="display:inline-block;width:9px;height:9px;overflow:hidden">a</a><a href="#b" style="display:inline-block;width:9px;height:9px;overflow:hidden">b</a></p></main></body></html>`;

const { root, pages } = await target();
const browser = await launch();
const faults = [];
let scans = 0;

const seen = new Set();
const english = pages.filter((p) => p.template && !seen.has(p.template) && seen.add(p.template))
  .map((p) => ({ ...p, variant: true, path: p.path === '/' ? '/en' : '/en' + p.path }));
const work = WIDTHS.flatMap((width) => [...pages, ...english]
  .filter((p) => !p.variant || width === WIDTHS[0]) // a variant differs in words only
  .map(({ path }) => ({ path, width })));

// The help dialog is the same everywhere: once per width is enough.
const helped = new Set();

async function check(page, path, width) {
  const look = async (what) => {
    for (const v of await scan(page)) faults.push(`${path} @${width}${what}: ${v}`);
    scans++;
  };
  await page.goto(root + path, { waitUntil: 'load' });
  await look('');
  const over = await sideways(page);
  if (over > 0) faults.push(`${path} @${width}: scrolls sideways by ${over} px`);
  const help = page.locator('[data-help]:visible').first();
  if (!helped.has(width) && await help.count()) {
    helped.add(width);
    await help.click();
    await look(' help dialog');
  }
}

// Two at a time: a browser keeps about one core busy for each.
async function worker() {
  const contexts = new Map();
  const noises = [];
  for (let next = work.shift(); next; next = work.shift()) {
    if (!contexts.has(next.width)) {
      contexts.set(next.width, await context(browser, next.width));
      noises.push(listen(contexts.get(next.width)));
    }
    const page = await contexts.get(next.width).newPage();
    await check(page, next.path, next.width);
    await page.close();
  }
  faults.push(...noises.flat());
}
await Promise.all([worker(), worker()]);

const page = await (await context(browser, WIDTHS[0])).newPage();
await page.setContent(PLANTED);
const found = (await scan(page)).map((v) => v.split(':')[0]);
for (const id of MUST_FIND) if (!found.includes(id)) faults.push(`planted page: axe did not find ${id}; the gate is blind`);
await browser.close();
done(faults, `axe: ${scans} scans, planted page found ${found.length} rules`);
