// A case from the chat to its end on `tanggap demo`, and who may not see it: another unit's
// officer, another region's, and one of its own unit once it is secret find none by any of
// its addresses; who looks at a contact is written down.
import assert from 'node:assert/strict';
import { NUMBER, logIn, open, say } from './city.mjs';
import { context, done, launch, listen } from './lib.mjs';

const root = (process.argv[2] || '').replace(/\/$/, '');
if (!root) throw new Error('usage: node life.mjs BASE');
const PERSONA = '628110000004';
const NEIGHBOUR = 'koordinator@kudus.example';
let checks = 0;
const is = (got, want, what) => { assert.deepEqual(got, want, what); checks++; };
const has = (text, want, what) => { assert.match(text, want, what); checks++; };

const browser = await launch();
const noises = [];
const visitor = async () => {
  const c = await context(browser, 1440);
  noises.push(listen(c));
  return c.newPage();
};
const loads = (page, act) => Promise.all([page.waitForEvent('domcontentloaded'), act]);

const citizen = await visitor();
const told = await say(citizen, root, 'Apa saja syarat mengurus KTP yang hilang?', PERSONA);
has(told.text, NUMBER, 'the chat gets a number');

const officer = await visitor();
await logIn(officer, root, 'koordinator@baubau.example');
await open(officer, root, told.number);
const id = new URL(officer.url()).pathname.split('/')[2];

// A contact is seen for a purpose, and the history says so.
await officer.locator('details.reveal summary').first().click();
await officer.locator('#buka-tujuan input').first().check({ force: true });
await loads(officer, officer.locator('details.reveal:has(#buka-tujuan) button').first().click());
has((await officer.innerText('main')).replace(/\D/g, ''), new RegExp(PERSONA.slice(2)), 'the number is shown');
await officer.goto(`${root}/kasus/${id}`);
is((await officer.innerText('main')).replace(/\D/g, '').includes(PERSONA.slice(2)), false, 'once');
has(await officer.innerText('.history'), /melihat kontak warga/, 'and it is written down');

// blind holds that a case does not exist for somebody, whichever way he tries. He asks from
// his own pages, as a browser does.
async function blind(page, base, { case: id, number }, who) {
  await page.goto(`${base}/kotak-masuk?tampil=semua&cari=${number}`);
  is(await page.locator('[data-row]').count(), 0, `${who}: it is not found`);
  const ask = (path, form) => page.evaluate(async ([to, fields]) => (await fetch(to, fields && { method: 'POST', body: new URLSearchParams(fields) })).status, [`/kasus/${id}${path}`, form]);
  for (const path of ['', '/cetak', '/tanda-terima', '/berubah']) is(await ask(path), 404, `${who}: ${path || 'the case'} is not there`);
  for (const what of ['/balas', '/ambil', '/buka-kontak', '/ubah', '/gabung']) is(await ask(what, { versi: '1', teks: 'x' }), 404, `${who}: nor can it be worked on (${what})`);
}

const unit = await visitor();
await logIn(unit, root, 'dishub@baubau.example');
await blind(unit, root, { case: id, number: told.number }, 'another unit');

// The second region of the demo answers on a name below localhost.
const away = new URL(root);
away.hostname = 'kudus.localhost';
const neighbour = await visitor();
await logIn(neighbour, away.origin, NEIGHBOUR);
await blind(neighbour, away.origin, { case: id, number: told.number }, 'another region');

// A case of his own unit, until it is secret.
const lamp = await say(citizen, root, 'Lampu jalan di depan masjid kelurahan Lipu mati total sejak kemarin malam', PERSONA);
await open(unit, root, lamp.number);
const secret = new URL(unit.url()).pathname.split('/')[2];
await open(officer, root, lamp.number);
await officer.locator('details:has(form[action$="/tanda"]) summary').click();
await officer.locator('[name=rahasia]').check();
await loads(officer, officer.locator('form[action$="/tanda"] button').click());
await blind(unit, root, { case: secret, number: lamp.number }, 'a secret case');
await officer.goto(`${root}/kasus/${id}`);

// The answer, and the citizen's word that it is solved.
await officer.fill('#teks', 'Bawa surat kehilangan dari kepolisian dan kartu keluarga ke loket Dukcapil.');
await loads(officer, officer.locator('[data-answered]').click());
has(await officer.innerText('main'), /Menunggu tanggapan/, 'the case is answered');
await citizen.goto(told.link);
await loads(citizen, citizen.locator('form[action$="/beres"] button').click());
has(await citizen.innerText('main'), /Selesai/, 'the citizen has closed it');
await officer.goto(`${root}/kasus/${id}`);
has(await officer.innerText('main'), /Selesai/, 'and the officer sees that');

await browser.close();
done(noises.flat(), `life: ${checks} checks`);
