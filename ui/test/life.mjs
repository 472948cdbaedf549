// A case from the chat to its end on `tanggap demo`, and who may not see it: another unit's
// officer finds none by any of its addresses, and who looks at a contact is written down.
import assert from 'node:assert/strict';
import { NUMBER, logIn, open, say } from './city.mjs';
import { context, done, launch, listen } from './lib.mjs';

const root = (process.argv[2] || '').replace(/\/$/, '');
if (!root) throw new Error('usage: node life.mjs BASE');
const PERSONA = '628110000004';
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

// Another unit's officer: the case does not exist, whichever way he tries.
const other = await visitor();
await logIn(other, root, 'dishub@baubau.example');
for (const path of [`/kasus/${id}`, `/kasus/${id}/cetak`, `/kasus/${id}/tanda-terima`, `/kasus/${id}/berubah`]) {
  is((await other.request.get(root + path)).status(), 404, `${path} is not there`);
}
for (const what of ['balas', 'ambil', 'buka-kontak', 'ubah', 'gabung']) {
  is((await other.request.post(`${root}/kasus/${id}/${what}`, { form: { versi: '1', teks: 'x' }, headers: { origin: root } })).status(), 404, `and cannot be worked on (${what})`);
}
await other.goto(`${root}/kotak-masuk?tampil=semua&cari=${told.number}`);
is(await other.locator('[data-row]').count(), 0, 'nor is it found');

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
