// Screenshots of every page: node shots.mjs BASE [path...] [--out=FOLDER] [--width=N]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { context, launch, option, target, WIDTHS } from './lib.mjs';

const out = option('out') || 'shots';
const widths = option('width') ? [Number(option('width'))] : WIDTHS;
mkdirSync(out, { recursive: true });
const { root, pages } = await target();
const browser = await launch();
for (const width of widths) {
  const c = await context(browser, width);
  const page = await c.newPage();
  for (const { path } of pages) {
    await page.goto(root + path, { waitUntil: 'load' });
    await page.evaluate(() => document.fonts.ready);
    const name = path.replace(/^\//, '').replace(/[^\w-]+/g, '-') || 'beranda';
    await page.screenshot({ path: join(out, `${name}-${width}.png`), fullPage: true });
  }
  await c.close();
}
await browser.close();
console.log(`shots: ${pages.length * widths.length} in ${out}`);
