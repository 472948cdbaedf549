// Speed gate: Lighthouse as on a phone, three times a page, the median counts:
// node run.mjs BASE, with BASE the address of `tanggap demo`. Citizens' pages reach 95 for
// performance, officers' 90, both 100 for accessibility.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import lighthouse from 'lighthouse';
import { chromium } from 'playwright-core';
import { logIn, open, report, say } from '../city.mjs';

const RUNS = 3;
const LIMITS = { citizen: { performance: 95, accessibility: 100 }, officer: { performance: 90, accessibility: 100 } };

const root = process.argv[2]?.replace(/\/$/, '');
if (!root) throw new Error('usage: node run.mjs BASE');

// A browser of its own: Lighthouse speaks to it by its port, the log-in by the same.
const profile = mkdtempSync(join(tmpdir(), 'lighthouse-'));
const chrome = spawn(process.env.CHROMIUM || '/usr/bin/chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], { stdio: 'ignore', detached: true }); // a process group, to be ended as one
let port = 0;
for (let i = 0; i < 300 && !port; i++) {
  await new Promise((done) => setTimeout(done, 100));
  try { port = Number(readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')[0]); } catch { /* not yet */ }
}
if (!port) throw new Error('the browser did not start');

const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
const context = browser.contexts()[0];
const page = await context.newPage();
const told = await say(page, root, 'Lampu jalan di depan SD di kelurahan Lipu mati sudah tiga hari');
const sent = await report(page, root, { text: 'Jalan berlubang besar di depan pasar, sering bikin motor jatuh', area: 'Wameo', place: 'depan Pasar Wameo' });
await logIn(page, root, 'koordinator@baubau.example');
await open(page, root, told.number);
const kasus = new URL(page.url()).pathname;
await page.close();

const work = [
  ...['/', '/lapor', '/lacak', `/lacak/${sent.code}`, new URL(told.link).pathname, '/urusan'].map((path) => ({ path, kind: 'citizen' })),
  ...['/kotak-masuk', kasus, '/triase', '/dasbor'].map((path) => ({ path, kind: 'officer' })),
];
const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
const faults = [];
for (const { path, kind } of work) {
  const scores = { performance: [], accessibility: [] };
  const lcp = [];
  for (let i = 0; i < RUNS; i++) {
    const { lhr } = await lighthouse(root + path, { port, output: 'json', logLevel: 'error', onlyCategories: ['performance', 'accessibility'], disableStorageReset: true,
      formFactor: kind === 'citizen' ? 'mobile' : 'desktop',
      screenEmulation: kind === 'citizen' ? undefined : { mobile: false, width: 1350, height: 940, deviceScaleFactor: 1, disabled: false },
      throttling: kind === 'citizen' ? undefined : { rttMs: 40, throughputKbps: 10240, cpuSlowdownMultiplier: 1, requestLatencyMs: 0, downloadThroughputKbps: 0, uploadThroughputKbps: 0 } });
    if (lhr.runtimeError) throw new Error(`${path}: ${lhr.runtimeError.message}`);
    for (const key of Object.keys(scores)) scores[key].push(Math.round(lhr.categories[key].score * 100));
    lcp.push(lhr.audits['largest-contentful-paint'].numericValue / 1000);
    if (i === 0) for (const audit of lhr.categories.accessibility.auditRefs) if (lhr.audits[audit.id].score === 0) faults.push(`${path}: ${audit.id}: ${lhr.audits[audit.id].title}`);
  }
  const got = Object.fromEntries(Object.entries(scores).map(([key, list]) => [key, median(list)]));
  const name = path.replace(sent.code, 'CODE').replace(new URL(told.link).pathname, '/l/TOKEN').replace(/[0-9a-f-]{36}/, 'ID');
  console.log(`${name}\t${kind}\tperformance ${got.performance}\taccessibility ${got.accessibility}\tLCP ${median(lcp).toFixed(1)} s`);
  for (const [key, least] of Object.entries(LIMITS[kind])) if (got[key] < least) faults.push(`${name}: ${key} ${got[key]}, at least ${least}`);
}
for (const f of faults) console.log(f);
console.log(`lighthouse: ${work.length} pages, median of ${RUNS}, ${faults.length} faults`);
await browser.close();
const ended = new Promise((done) => chrome.once('exit', done));
try { process.kill(-chrome.pid, 'SIGKILL'); } catch { /* it has ended */ }
await ended;
try { rmSync(profile, { recursive: true, force: true }); } catch (e) { console.log(`left behind: ${profile}: ${e.code}`); }
process.exit(faults.length ? 1 : 0);
