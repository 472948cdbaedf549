// The dashboard and the monthly report on `tanggap demo`: a number opens the list of its
// cases and is as long as that, the tables are there without JavaScript, and a month is asked
// for, made, read and taken home.
import assert from 'node:assert/strict';
import { logIn } from './city.mjs';
import { context, done, launch, listen, scan, sideways, viewport, WIDTHS } from './lib.mjs';

const root = (process.argv[2] || '').replace(/\/$/, '');
if (!root) throw new Error('usage: node board.mjs BASE');
const faults = [];
let checks = 0;
const is = (got, want, what) => { assert.deepEqual(got, want, what); checks++; };
const has = (text, want, what) => { assert.match(text, want, what); checks++; };

const browser = await launch();
const c = await context(browser, 1440);
const noise = listen(c);
const page = await c.newPage();
const look = async (name) => {
  for (const width of WIDTHS) {
    await page.setViewportSize(viewport(width));
    for (const v of await scan(page)) faults.push(`${name} @${width}: ${v}`);
    const over = await sideways(page);
    if (over > 0) faults.push(`${name} @${width}: scrolls sideways by ${over} px`);
  }
};

await logIn(page, root, 'koordinator@baubau.example');
await page.goto(`${root}/dasbor?jangka=90`);
await page.locator('.figures canvas').first().waitFor();
await look('/dasbor');
const tile = page.locator('.figures a.big').first();
const opened = Number((await tile.innerText()).replace(/\D/g, ''));
assert.ok(opened > 0, 'the demo has cases');
await tile.click();
await page.waitForURL('**/kotak-masuk?*');
let rows = await page.locator('[data-row]').count();
while (await page.locator('.pages a[rel=next]').count()) {
  await Promise.all([page.waitForEvent('domcontentloaded'), page.locator('.pages a[rel=next]').click()]);
  rows += await page.locator('[data-row]').count();
}
is(rows, opened, 'the number opens a list that is as long');

const plain = await (await browser.newContext({ javaScriptEnabled: false, storageState: await c.storageState() })).newPage();
await plain.goto(`${root}/dasbor`);
assert.ok(await plain.locator('.panel table').count() >= 4, 'the tables are there without JavaScript'); checks++;

await page.goto(`${root}/laporan`);
await page.locator('form:has(#bulan) button').click();
await page.waitForURL('**/laporan/*');
await page.locator('main .card').first().waitFor({ timeout: 60_000 });
has((await page.locator('main .card td').allTextContents()).join(' '), /\d/, 'the report has figures');
await look('/laporan/*');
const links = Object.fromEntries(await page.locator('main a[download]').evaluateAll((list) => list.map((a) => [a.href.split('/').pop(), a.href])));
for (const [format, begins] of [['pdf', '%PDF'], ['xlsx', 'PK']]) {
  assert.ok(links[format], `there is a link to ${format}`);
  const res = await page.request.get(links[format]);
  is([res.status(), (await res.body()).subarray(0, begins.length).toString()], [200, begins], `the ${format} is one`);
}
await browser.close();
faults.push(...noise);
done(faults, `board: ${checks} checks`);
