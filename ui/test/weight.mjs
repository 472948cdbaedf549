// Weight gate: one response of at most 14 KB gzip for a citizen page, of which at most
// 3 KB script, and no request besides it. Pictures that citizens sent do not count.
import { gzipSync } from 'node:zlib';
import { context, done, launch, target } from './lib.mjs';

const PAGE = 14 * 1024;
const SCRIPT = 3 * 1024;

const { root, pages } = await target();
const size = (text) => gzipSync(Buffer.from(text), { level: 9 }).length;
const faults = [];
let heaviest = { bytes: 0, path: '' };
let script = 0;

const browser = await launch();
const page = await (await context(browser, 360)).newPage();
let extra = [];
page.on('request', (r) => { if (!r.url().startsWith('data:') && r.resourceType() !== 'document' && r.resourceType() !== 'image') extra.push(r.url()); });
for (const { path } of pages.filter((p) => !p.staff)) {
  const html = await (await fetch(root + path)).text();
  const bytes = size(html);
  const scripts = Array.from(html.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g), (m) => m[1]).join('');
  if (bytes > heaviest.bytes) heaviest = { bytes, path };
  script = Math.max(script, size(scripts));
  if (bytes > PAGE) faults.push(`${path}: ${bytes} bytes gzip, at most ${PAGE}`);
  if (size(scripts) > SCRIPT) faults.push(`${path}: ${size(scripts)} bytes of script gzip, at most ${SCRIPT}`);
  if (/<(script|link)[^>]+(src=|rel="?stylesheet)/.test(html)) faults.push(`${path}: loads a second file`);
  extra = [];
  await page.goto(root + path, { waitUntil: 'load' });
  if (extra.length) faults.push(`${path}: also asks for ${extra.join(', ')}`);
}
await browser.close();
done(faults, `weight: heaviest ${heaviest.path} ${heaviest.bytes} bytes gzip, script ${script} bytes gzip`);
