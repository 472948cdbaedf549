// An officer in the field on `tanggap demo`: he works while there is no network, loads the
// page again, and once there is one, all of it arrives, and once. The network is a pipe
// of this test, so that it can break after the server has done its work and before its
// answer is heard, as when a process dies in between.
import assert from 'node:assert/strict';
import net from 'node:net';
import { logIn } from './city.mjs';
import { context, done, launch, listen, scan, sideways } from './lib.mjs';

const root = (process.argv[2] || '').replace(/\/$/, '');
if (!root) throw new Error('usage: node field.mjs BASE [FOLDER for pictures]');
const shots = process.argv[3];
const faults = [];
let checks = 0;
const is = (got, want, what) => { assert.deepEqual(got, want, what); checks++; };
const has = (text, want, what) => { assert.match(text, want, what); checks++; };

// The pipe: closed, it refuses; deaf, it passes requests on and never their answers.
const city = new URL(root);
const pipe = { open: true, deaf: false, ends: new Set() };
const server = net.createServer((phone) => {
  if (!pipe.open) return phone.destroy();
  const far = net.connect(city.port, city.hostname);
  for (const end of [phone, far]) { pipe.ends.add(end); end.on('error', () => end.destroy()); end.on('close', () => { pipe.ends.delete(end); phone.destroy(); far.destroy(); }); }
  phone.pipe(far);
  far.on('data', (data) => { if (pipe.deaf) { phone.destroy(); pipe.heard?.(); } else phone.write(data); });
});
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const base = `http://127.0.0.1:${server.address().port}`;
const cut = () => { pipe.open = false; for (const end of pipe.ends) end.destroy(); };

const browser = await launch();
const c = await context(browser, 360, { permissions: ['geolocation'], geolocation: { latitude: -5.4712, longitude: 122.6011 } });
const noise = listen(c);
const page = await c.newPage();
const look = async (name) => {
  if (shots) await page.screenshot({ path: `${shots}/lapangan-${name}.png`, fullPage: true });
  for (const v of await scan(page)) faults.push(`${name}: ${v}`);
  const over = await sideways(page);
  if (over > 0) faults.push(`${name}: scrolls sideways by ${over} px`);
};
const unsent = () => page.locator('[data-queue] .entry').count();
const waits = async (n) => { await page.waitForFunction((want) => document.querySelectorAll('[data-queue] .entry').length === want, n); };
// sends presses a button after which everything is sent: the page then loads its list anew.
const sends = async (button) => {
  const anew = page.waitForEvent('load');
  await page.click(button);
  await anew;
  await waits(0);
};

// A case that nobody has taken, of a service that ends with a photo and no second person.
await logIn(page, base, 'koordinator@baubau.example');
await page.goto(base + '/baru');
await page.check('[name=cara][value=phone]', { force: true });
await page.fill('#teks', 'Lampu jalan di depan masjid kelurahan Lipu mati sudah tiga hari');
await page.check('[name=bahaya][value=tidak]', { force: true });
await page.selectOption('#layanan', 'PJU-PADAM').catch(() => {});
await page.click('main button.primary');
await page.waitForURL('**/kasus/*');
const id = new URL(page.url()).pathname.split('/')[2];
await page.goto(base + '/lapangan');
await page.waitForFunction(() => navigator.serviceWorker.controller && caches.match('/lapangan'));
await look('daftar');
const card = page.locator(`#k-${id}`);
const number = await card.getAttribute('data-number');
await page.click('[data-near]');
await page.waitForFunction(() => /tidak dikirim/.test(document.querySelector('[data-near-state]').textContent));
checks++;

// Without a network: begin, note, load again, photo, done.
const picture = await page.evaluate(() => {
  const canvas = document.createElement('canvas');
  canvas.width = 400; canvas.height = 300;
  const ink = canvas.getContext('2d');
  for (let i = 0; i < 60; i++) { ink.fillStyle = `hsl(${i * 47} 80% ${20 + (i * 13) % 60}%)`; ink.fillRect((i * 71) % 400, (i * 37) % 300, 90, 60); }
  return canvas.toDataURL('image/jpeg').split(',')[1];
});
cut();
await c.setOffline(true);
await card.locator('button[value=mulai]').click();
await waits(1);
await card.locator('summary', { hasText: 'Catat' }).first().click();
await card.locator('[name=teks]').first().fill('Tiang nomor dua belas, tangga dibawa.');
await card.locator('button[value=catat]').click();
await waits(2);
has(await page.innerText('[data-queue]'), /2 belum terkirim/, 'what is not sent is counted');
await page.goto(base + '/lapangan');
await waits(2);
has(await page.innerText('main'), new RegExp(number), 'the list is there without a network');
has(await page.innerText('main'), /Tanpa jaringan. Daftar ini disimpan/, 'and says that it is an old one');
await look('luring');
await card.locator('summary', { hasText: 'Selesai' }).first().click();
await card.locator('[id^=selesai-]').fill('Lampu sudah diganti dan menyala.');
await card.locator('input[id^=foto-s-]').setInputFiles({ name: 'sesudah.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(picture, 'base64') });
await card.locator('button[value=selesai]').click();
await waits(3);

// The server does the first thing and dies before it answers.
pipe.open = pipe.deaf = true;
const heard = new Promise((yes) => { pipe.heard = yes; });
await c.setOffline(false);
await page.click('[data-send]');
await heard;
await waits(3);
cut();
pipe.open = true;
pipe.deaf = false;
await sends('[data-send]');
is(await unsent(), 0, 'everything is sent');
await page.goto(`${base}/kasus/${id}`);
const text = await page.innerText('main');
is(text.split('Tiang nomor dua belas').length - 1, 1, 'the note arrived once');
is(await page.locator('.proofs li').count(), 1, 'and the photo');
has(text, /Menunggu tanggapan Anda/, 'and the result');
const started = await page.locator('.history li', { hasText: 'Sedang dikerjakan' }).count();
is(started, 1, 'and it was begun once');

// Somebody else acts meanwhile: both versions, and the officer decides.
await page.goto(base + '/lapangan');
await page.waitForFunction(() => navigator.serviceWorker.controller && document.querySelector('[data-tasks]'));
const other = page.locator('[data-tasks] > li:has(button[value=mulai])').first();
const theirs = await other.getAttribute('data-id');
cut();
await c.setOffline(true);
await page.locator(`#k-${theirs} button[value=mulai]`).click();
await waits(1);
const rival = await (await context(browser, 1440)).newPage();
await logIn(rival, root, 'kominfo@baubau.example');
await rival.goto(`${root}/kasus/${theirs}`);
await Promise.all([rival.waitForEvent('domcontentloaded'), rival.locator('[data-take]').click()]);
pipe.open = true;
await c.setOffline(false);
await page.waitForSelector('[data-queue] .since li');
has(await page.innerText('[data-queue]'), /Orang lain|diubah orang lain/i, 'the other version is shown');
await look('bentrok');
await sends('[data-force]');
checks++;

// Logged out, nothing is left to read.
await page.goto(base + '/lapangan');
await page.locator('form[action$="/keluar"] button').click();
await page.waitForURL('**/masuk');
await page.waitForFunction(async () => !(await caches.has('lapangan')));
cut();
await c.setOffline(true);
is(await page.goto(base + '/lapangan').then(() => true, () => false), false, 'the page is gone after logging out');

await browser.close();
server.close();
// The network was broken on purpose, and how a browser words that is its own affair; only what
// it refuses itself (blocked by policy) is a fault.
faults.push(...noise.filter((n) => !/net::ERR_(?!BLOCKED)|Failed to fetch|alir/.test(n)));
done(faults, `field: ${checks} checks`);
