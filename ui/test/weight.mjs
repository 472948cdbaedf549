// Weight gate. A citizen's page is one response of at most 14 KB gzip, of which at most 3 KB
// script, and no request besides it; an officer's first page is at most 100 KB with its
// fonts, as a browser that has seen nothing yet gets it. Pictures that citizens sent do not
// count. A page that is too heavy on purpose proves that the gate can fail.
import { gzipSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import { context, done, launch, target } from './lib.mjs';

const PAGE = 14 * 1024;
const BOARD = 120 * 1024;
const CHARTS = 250 * 1024;
const SCRIPT = 3 * 1024;
const FIRST = 100 * 1024;
const MUST_SEE = ['home', 'report_text', 'report_place', 'report_contact', 'report_check', 'report_sent', 'track', 'case_status', 'private', 'survey', 'pulse', 'decision', 'mine'];

const { root, pages } = await target();
const size = (text) => gzipSync(Buffer.from(text), { level: 9 }).length;

// weigh returns what is wrong with a citizen's page.
function weigh(path, html) {
  const wrong = [];
  const scripts = Array.from(html.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g), (m) => m[1]).join('');
  if (size(html) > PAGE) wrong.push(`${path}: ${size(html)} bytes gzip, at most ${PAGE}`);
  if (size(scripts) > SCRIPT) wrong.push(`${path}: ${size(scripts)} bytes of script gzip, at most ${SCRIPT}`);
  if (/<(script|link)[^>]+(src=|rel="?stylesheet)/.test(html)) wrong.push(`${path}: loads a second file`);
  return { wrong, script: size(scripts), bytes: size(html) };
}

const faults = [];
let heaviest = { bytes: 0, path: '' };
let script = 0;

const noise = randomBytes(20000).toString('base64');
if (weigh('planted', `<script src="/x.js"></script><script>${noise}</script>`).wrong.length !== 3) faults.push('planted page: the gate is blind');

const browser = await launch();
const page = await (await context(browser, 360)).newPage();
let extra = [];
page.on('request', (r) => { if (!r.url().startsWith('data:') && r.resourceType() !== 'document' && r.resourceType() !== 'image') extra.push(r.url()); });
const citizen = pages.filter((p) => !p.staff);
for (const { path } of citizen) {
  const got = weigh(path, await (await fetch(root + path)).text());
  faults.push(...got.wrong);
  if (got.bytes > heaviest.bytes) heaviest = { bytes: got.bytes, path };
  script = Math.max(script, got.script);
  extra = [];
  await page.goto(root + path, { waitUntil: 'load' });
  if (extra.length) faults.push(`${path}: also asks for ${extra.join(', ')}`);
}
for (const template of MUST_SEE) if (!citizen.some((p) => p.template === template)) faults.push(`no page of ${template} was weighed`);

// first is what a new browser loads for an officer's page. Files keep the size in which they
// are sent; pages, which the preview sends as they are, count as the server sends them.
async function first(path) {
  const c = await context(browser, 1440);
  const p = await c.newPage();
  const sent = [];
  p.on('response', (r) => { if (!r.url().startsWith('data:') && r.request().resourceType() !== 'image' && !r.url().includes('/alir')) sent.push(r); });
  await p.goto(root + path, { waitUntil: 'load' });
  await p.evaluate(() => document.fonts.ready);
  let sum = 0;
  let charts = 0; // once per version, after everything else
  for (const r of sent) {
    const packed = (await r.allHeaders())['content-encoding'];
    const bytes = packed ? (await r.request().sizes()).responseBodySize : r.request().resourceType() === 'font' ? (await r.body()).length : size(await r.body());
    if (/\/charts\.\w+\.js/.test(r.url())) charts += bytes; else sum += bytes;
  }
  await c.close();
  return { sum, charts, requests: sent.length };
}
const inbox = await first('/kotak-masuk');
if (inbox.sum > FIRST) faults.push(`/kotak-masuk: ${inbox.sum} bytes at first, at most ${FIRST}`);
if (inbox.requests < 3) faults.push('/kotak-masuk: its style sheet and script were not seen; the gate is blind');
const board = await first('/dasbor');
if (board.sum > BOARD) faults.push(`/dasbor: ${board.sum} bytes before its charts, at most ${BOARD}`);
if (!board.charts || board.charts > CHARTS) faults.push(`/dasbor: ${board.charts} bytes of charts, at most ${CHARTS}`);

await browser.close();
done(faults, `weight: heaviest ${heaviest.path} ${heaviest.bytes} bytes gzip, script ${script} bytes gzip; inbox ${inbox.sum} bytes at first in ${inbox.requests} requests; dashboard ${board.sum} and ${board.charts} of charts`);
