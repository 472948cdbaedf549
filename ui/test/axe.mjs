// Accessibility gate: axe on every page at every width, in Indonesian and, for
// the default state of each template, in English; no sideways scrolling; no console
// error (which is how a broken CSP shows); a planted-defect page must fail.
import AxeBuilder from '@axe-core/playwright';
import { context, launch, target, WIDTHS } from './lib.mjs';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const MUST_FIND = ['color-contrast', 'document-title', 'html-has-lang', 'image-alt', 'label', 'target-size'];
const PLANTED = `<!doctype html><html><head></head><body><main><h1>Halaman cacat</h1><p style="color:#bbb;background:#fff">tulisan pucat</p>
<img src="data:,"><input><p><a href="#a" style="display:inline-block;width:9px;height:9px;overflow:hidden">a</a><a href="#b" style="display:inline-block;width:9px;height:9px;overflow:hidden">b</a></p></main></body></html>`;

const scan = async (page) => (await new AxeBuilder({ page }).withTags(TAGS).analyze()).violations;

const { root, pages } = await target();
const browser = await launch();
const faults = [];
let scans = 0;

const seen = new Set();
const english = pages.filter((p) => p.template && !seen.has(p.template) && seen.add(p.template))
  .map((p) => ({ ...p, variant: true, path: p.path === '/' ? '/en' : '/en' + p.path }));

// The help dialog is the same everywhere: once per width is enough.
const helped = new Set();

async function check(page, path, width) {
  const noise = [];
  const listen = (m) => { if (m.type() === 'error' && !/status of (404|401|403)|\/alir/.test(m.text() + m.location().url)) noise.push(m.text()); };
  page.on('console', listen);
  page.on('pageerror', (e) => noise.push(String(e)));
  await page.goto(root + path, { waitUntil: 'load' });
  const dialog = await page.$('[data-help]');
  for (const v of await scan(page)) faults.push(`${path} @${width}: ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(' | ')}`);
  scans++;
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 0) faults.push(`${path} @${width}: scrolls sideways by ${over} px`);
  if (dialog && !helped.has(width) && await dialog.isVisible()) {
    helped.add(width);
    await dialog.click();
    for (const v of await scan(page)) faults.push(`${path} @${width} help dialog: ${v.id}`);
    scans++;
  }
  page.off('console', listen);
  for (const n of noise) faults.push(`${path} @${width}: console: ${n}`);
}

for (const width of WIDTHS) {
  const c = await context(browser, width);
  for (const { path, variant } of [...pages, ...english]) {
    if (variant && width !== WIDTHS[0]) continue; // differs in words only
    const page = await c.newPage();
    await check(page, path, width);
    await page.close();
  }
  await c.close();
}

const c = await context(browser, 360);
const page = await c.newPage();
await page.setContent(PLANTED);
const found = (await scan(page)).map((v) => v.id);
for (const id of MUST_FIND) if (!found.includes(id)) faults.push(`planted page: axe did not find ${id}; the gate is blind`);
await browser.close();

for (const f of faults) console.log(f);
console.log(`axe: ${scans} scans, ${faults.length} faults, planted page found ${found.length} rules`);
process.exit(faults.length ? 1 : 0);
