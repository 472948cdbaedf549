// Pictures of the main pages, taken of `tanggap demo`: node shots.mjs BASE FOLDER
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { logIn, open, report, say } from './city.mjs';
import { context, launch, viewport, WIDTHS } from './lib.mjs';

const [base, folder] = process.argv.slice(2);
if (!folder) throw new Error('usage: node shots.mjs BASE FOLDER');
const root = base.replace(/\/$/, '');
mkdirSync(folder, { recursive: true });
const browser = await launch();
let taken = 0;

// shoot takes what a visitor sees first, at every width.
async function shoot(page, name) {
  await page.evaluate(() => document.fonts.ready);
  for (const width of WIDTHS) {
    await page.setViewportSize(viewport(width));
    await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
    await page.screenshot({ path: join(folder, `${name}-${width}.png`), animations: 'disabled' });
    taken++;
  }
}

const citizen = await (await context(browser, WIDTHS[1])).newPage();
const told = await say(citizen, root, 'Lampu jalan di depan SD di kelurahan Lipu mati sudah tiga hari');
await shoot(citizen, 'demo');
await citizen.goto(told.link);
await shoot(citizen, 'pribadi');
await citizen.goto(root + '/');
await shoot(citizen, 'beranda');
const names = { '/lapor': 'lapor', '/lapor/periksa': 'periksa' };
const sent = await report(citizen, root, { text: 'Jalan berlubang besar di depan pasar, sering bikin motor jatuh', area: 'Wameo', place: 'depan Pasar Wameo' },
  async (path) => { if (names[path]) await shoot(citizen, names[path]); });
await citizen.goto(`${root}/lacak/${sent.code}`);
await shoot(citizen, 'lacak');
await say(citizen, root, 'Halo, tolong dibantu, ada masalah di dekat rumah saya', '628110000003');

const officer = await (await context(browser, WIDTHS[1])).newPage();
await logIn(officer, root, 'koordinator@baubau.example');
await shoot(officer, 'kotak-masuk');
await open(officer, root, told.number);
await shoot(officer, 'kasus');
await officer.goto(root + '/triase');
await officer.waitForSelector('[data-triage]');
await shoot(officer, 'triase');
await browser.close();
console.log(`shots: ${taken} in ${folder}`);
