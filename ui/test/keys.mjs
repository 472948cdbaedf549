// Keyboard and no-JavaScript behaviour of the officers' pages, on the preview.
import assert from 'node:assert/strict';
import { context, launch, streaming, target } from './lib.mjs';

const { root } = await target();
const browser = await launch();
const c = await context(browser, 1440);
const page = await c.newPage();
// Forms are watched, not answered: 204 keeps the page where it is.
const still = (p) => p.route('**', (route) => (route.request().method() === 'POST' ? route.fulfill({ status: 204 }) : route.continue()));
await still(page);
const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.getAttribute('href'));
let checks = 0;
const is = (got, want, what) => { assert.deepEqual(got, want, what); checks++; };

for (const [path, entry] of [['/tugas', '/tugas'], ['/tugas/baru', '/tugas'], ['/dasbor/patokan', '/dasbor'], ['/petugas/p2', '/petugas']]) {
  await page.goto(root + path);
  is(await page.$$eval('.side nav [aria-current]', (all) => all.map((a) => a.getAttribute('href'))), [entry], `${path} belongs to ${entry}`);
}

await page.goto(root + '/kotak-masuk');
await page.keyboard.press('j');
is(await focused(), '/kasus/01', 'J focuses the first row');
await page.keyboard.press('j');
is(await focused(), '/kasus/02', 'J goes on');
await page.keyboard.press('k');
is(await focused(), '/kasus/01', 'K goes back');
await page.keyboard.press('/');
is(await focused(), 'cari', '/ focuses the search');
await page.keyboard.type('jk');
is(await page.inputValue('#cari'), 'jk', 'keys are text inside a field');
await page.keyboard.press('Escape');
await page.keyboard.press('?');
is(await page.isVisible('#pintasan'), true, '? opens the help');
await page.uncheck('[data-keys]');
await page.keyboard.press('Escape');
await page.evaluate(() => document.activeElement.blur());
await page.keyboard.press('/');
is(await focused() === 'cari', false, 'switched off, keys do nothing');
await page.reload();
await page.keyboard.press('/');
is(await focused() === 'cari', false, 'and stay off after a reload');
await page.evaluate(() => localStorage.clear());

await streaming(page);
await fetch(root + '/alir', { method: 'POST' });
await page.waitForSelector('.pill');
is(await page.locator('[data-row]').first().getAttribute('href'), '/kasus/01', 'news is a pill and moves no row');
const shown = page.waitForEvent('domcontentloaded');
await page.keyboard.press('.');
await shown;
checks++;

await page.keyboard.press('j');
await page.keyboard.press('j');
await page.keyboard.press('Enter');
await page.waitForURL('**/kasus/02');
is(new URL(page.url()).pathname, '/kasus/02', 'Enter opens the row');
await page.keyboard.press('n');
is(await page.isChecked('#tab-catatan'), true, 'N chooses the internal note');
is(await focused(), 'teks', 'and focuses the text');
is(await page.isVisible('.hidden-note'), true, 'the note says who cannot see it');
await page.keyboard.press('Escape');
await page.keyboard.press('s');
is(await focused(), 'layanan', 'S opens the change form');
await page.keyboard.press('Escape');
const accepted = page.waitForRequest((r) => r.method() === 'POST' && r.url().endsWith('/saran'));
await page.keyboard.press('a');
is((await accepted).postData(), 'versi=7&terima=semua', 'A accepts all suggestions');

await page.evaluate(() => document.activeElement.blur());
for (const [key, want, what] of [['u', 'unit', 'U opens forwarding'], ['d', 'nomor', 'D opens merging'], ['p', 'urgensi', 'P opens the urgency']]) {
  await page.keyboard.press(key);
  is(await focused(), want, what);
  await page.keyboard.press('Escape');
  await page.evaluate(() => document.activeElement.blur());
}
await page.keyboard.press('z');
is(await page.isVisible('[data-snooze] [name=sampai]'), true, 'Z opens putting off');
await page.keyboard.press('Control+k');
is(await focused(), 'perintah-cari', 'Ctrl K opens the palette');
await page.keyboard.type('siap minta foto');
is(await page.locator('#perintah-daftar li').count(), 1, 'nothing fits but the search');
await page.fill('#perintah-cari', 'minta foto');
const used = page.waitForURL('**/kasus/02?siap=*');
await page.keyboard.press('Enter');
await used;
checks++;
await page.keyboard.press('Escape'); // out of the reply box, where Ctrl Z belongs to the text
const undone = page.waitForRequest((r) => r.method() === 'POST' && r.url().endsWith('/urung'));
await page.keyboard.press('Control+z');
await undone;
checks++;
await page.goto(root + '/kasus/02');
const kept = page.waitForRequest((r) => r.method() === 'POST' && r.url().endsWith('/konsep'));
await page.keyboard.press('r');
await page.keyboard.type('Tim berangkat');
is((await kept).postData().includes('Tim+berangkat'), true, 'what is written is kept on the server');
await page.keyboard.press('Escape');
await page.goto(root + '/kotak-masuk');
await page.keyboard.press('j');
await page.keyboard.press('x');
await page.keyboard.press('j');
await page.keyboard.press('j');
await page.keyboard.press('X');
is(await page.locator('[name=pilih]:checked').count(), 3, 'X selects a row, Shift X the rows up to it');
is(await page.isVisible('.bulk'), true, 'and shows what can be done with them');

await page.goto(root + '/kasus/galat');
is(await page.locator('[data-accept]').count(), 0, 'no one-key accept when a suggestion is doubtful');
is(await focused(), 'galat', 'focus moves to the error summary');

await page.goto(root + '/triase');
await page.keyboard.press('2');
is(await page.isChecked('[value=PDAM]'), true, '2 chooses the second candidate');
const sent = page.waitForRequest((r) => r.method() === 'POST' && r.url().endsWith('/triase/06'));
await page.keyboard.press('Enter');
is((await sent).postData().includes('layanan=PDAM'), true, 'Enter forwards it');

const bare = await context(browser, 360, { javaScriptEnabled: false });
const plain = await bare.newPage();
await still(plain);
await plain.goto(root + '/lapor/lokasi');
is(await plain.isVisible('[data-gps]'), false, 'the GPS button hides without JavaScript');
await plain.goto(root + '/kasus/02');
const posted = plain.waitForRequest((r) => r.method() === 'POST' && r.url().endsWith('/balas'));
await plain.fill('#teks', 'Terima kasih');
await plain.click('.answer .primary');
is((await posted).postData().replaceAll('+', ' ').includes('Terima kasih'), true, 'the reply form works without JavaScript');
await plain.goto(root + '/l/dijawab');
await plain.click('summary');
is(await plain.isVisible('#masalah'), true, 'reopening works without JavaScript');
await browser.close();
console.log(`keys: ${checks} checks`);
