// Shared by the browser tests. Every script is called as: node NAME.mjs BASE [path...]
// Without paths it asks BASE/pages.json, which the preview server answers.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const WIDTHS = [360, 1440];
export const ALL = [360, 768, 1440];
export const NARROW = 320; // nothing scrolls sideways down to here (WCAG 1.4.10)

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// Waits end when what they wait for happens; the limit is for a machine with other work.
const LIMIT = 60_000;

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

export const viewport = (width) => ({ width, height: width < 700 ? 780 : 900 });

export async function context(browser, width, more = {}) {
  const c = await browser.newContext({ viewport: viewport(width), locale: 'id-ID', timezoneId: 'Asia/Makassar', reducedMotion: 'reduce', ...more });
  c.setDefaultTimeout(LIMIT);
  return c;
}

// scan returns what axe finds, one line a rule. The pages have no frames, so axe runs in
// the page itself: through its builder, with a second page for each result, it takes thrice
// as long.
const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
export async function scan(page) {
  await page.evaluate(AXE);
  const violations = await page.evaluate((tags) => axe.run({ runOnly: tags, resultTypes: ['violations'] }).then((r) => r.violations), TAGS);
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(' | ')}`);
}

// sideways returns by how many pixels a page scrolls sideways.
export const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

// spaced sets the text spacing of WCAG 1.4.12 and reports whether the page took it. The
// context needs bypassCSP: under our policy the style would be dropped without a word.
export async function spaced(page) {
  await page.addStyleTag({ content: '*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}' });
  return page.evaluate(() => parseFloat(getComputedStyle(document.querySelector('h1')).letterSpacing) > 0);
}

// listen collects the errors of a context's pages; a broken content security policy
// shows as one. The statuses of refusals that a test provokes are none.
export function listen(c) {
  const noise = [];
  c.on('console', (m) => {
    if (m.type() === 'error' && !/status of (401|403|404|409|422)|\/alir/.test(m.text() + m.location().url)) noise.push(`${m.location().url}: console: ${m.text()}`);
  });
  c.on('weberror', (e) => noise.push(`${e.page()?.url()}: ${e.error()}`));
  return noise;
}

// streaming opens the present address anew and waits until the page hears of news. It
// leaves the old page first: its stream, late on a busy machine, would be taken for the
// new one's.
export async function streaming(page) {
  const url = page.url();
  await page.goto('about:blank');
  const open = page.waitForResponse((r) => new URL(r.url()).pathname === '/alir');
  await page.goto(url);
  await open;
}

export async function target() {
  const [base, ...paths] = process.argv.slice(2).filter((a) => !a.startsWith('--'));
  if (!base) throw new Error('usage: node NAME.mjs BASE [path...]');
  const root = base.replace(/\/$/, '');
  if (paths.length) return { root, pages: paths.map((path) => ({ path, staff: false, template: '' })) };
  const answer = await fetch(root + '/pages.json');
  if (!answer.ok) throw new Error(`${root}/pages.json: ${answer.status}; name the paths instead`);
  return { root, pages: await answer.json() };
}

// done prints what is wrong and a summary, and ends the program.
export function done(faults, summary) {
  for (const f of faults) console.log(f);
  console.log(`${summary}, ${faults.length} faults`);
  process.exit(faults.length ? 1 : 0);
}
