// The real program in a real browser, on `tanggap demo`: the citizen in the chat and
// in the web form, the officers who answer, and axe on every page of the way.
import assert from 'node:assert/strict';
import { NUMBER, logIn, open, report, say } from './city.mjs';
import { context, done, launch, listen, scan, sideways, streaming, viewport, WIDTHS } from './lib.mjs';

const root = (process.argv[2] || '').replace(/\/$/, '');
if (!root) throw new Error('usage: node smoke.mjs BASE');
const browser = await launch();
const faults = [];
const contexts = [];
let scans = 0;
let checks = 0;
const is = (got, want, what) => { assert.deepEqual(got, want, what); checks++; };
const has = (text, want, what) => { assert.match(text, want, what); checks++; };

async function visitor(more) {
  const c = await context(browser, WIDTHS[1], more);
  contexts.push(listen(c));
  return c.newPage();
}

// look scans the page that is open, as it is, at every width.
async function look(page, name) {
  for (const width of WIDTHS) {
    await page.setViewportSize(viewport(width));
    for (const v of await scan(page)) faults.push(`${name} @${width}: ${v}`);
    scans++;
    const over = await sideways(page);
    if (over > 0) faults.push(`${name} @${width}: scrolls sideways by ${over} px`);
  }
}

async function citizen() {
  const page = await visitor();
  const told = await say(page, root, 'Lampu jalan di depan SD di kelurahan Lipu mati sudah tiga hari');
  has(told.text, NUMBER, 'the answer has a number');
  has(told.text, /paling lambat \w+, \d+ \w+ 20\d\d pukul \d\d\.\d\d/, 'and a due date');
  is(new URL(told.link).pathname.startsWith('/l/'), true, 'and a private link');
  console.log(`chat: ${told.number} in ${told.ms} ms`);
  await look(page, '/demo');
  await page.goto(told.link);
  has(await page.innerText('main'), /Lipu/, 'the private page knows the place');
  await look(page, 'private');
  await page.goto(told.link + '/keputusan');
  await look(page, 'decision');
  return told;
}

// The form is filled without JavaScript; axe needs it, so another browser with the
// same cookies looks at what the first one sees.
async function form() {
  const plain = await visitor({ javaScriptEnabled: false });
  const eyes = await visitor();
  const see = async (name) => {
    await eyes.context().addCookies(await plain.context().cookies());
    await eyes.goto(plain.url());
    await look(eyes, name);
  };
  await plain.goto(root + '/lapor');
  await plain.click('main button.primary');
  is(await plain.isVisible('#teks-galat'), true, 'an empty report is refused beside the field');
  const text = 'Jalan berlubang besar di depan pasar, sering bikin motor jatuh';
  const sent = await report(plain, root, { text, area: 'Wameo', place: 'depan Pasar Wameo' }, see);
  has(sent.number, NUMBER, 'the confirmation has a number');
  is(sent.code.length, 13, 'and a tracking code');
  await see('sent');
  await plain.goto(root + '/lacak');
  await plain.fill('#kode', sent.code);
  await plain.click('main button.primary');
  has(await plain.innerText('main'), new RegExp(sent.number), 'the code opens the status page');
  await see('status');
  for (const path of ['/', '/lacak', '/masuk']) {
    await eyes.goto(root + path);
    await look(eyes, path);
  }
  await eyes.goto(root + '/lapor');
  await eyes.fill('#teks', '');
  await eyes.click('main button.primary');
  await eyes.waitForSelector('#galat');
  await look(eyes, '/lapor with an error');
}

async function officer(told) {
  const page = await visitor();
  await logIn(page, root, 'dishub@baubau.example');
  await streaming(page);
  has(await page.innerText('[data-rows]'), /kelurahan Lipu/, 'the inbox shows the case');
  await look(page, 'inbox');

  const other = await visitor();
  const more = await say(other, root, 'Lampu jalan di Bukit Wolio Indah padam semua', '628110000002');
  await page.waitForSelector('.pill');
  checks++;
  await Promise.all([page.waitForEvent('domcontentloaded'), page.keyboard.press('.')]);
  has(await page.innerText('[data-rows]'), /Bukit Wolio Indah/, `the pill brings ${more.number}`);

  await open(page, root, told.number);
  await look(page, 'case');
  await page.setViewportSize(viewport(WIDTHS[1]));
  await page.keyboard.press('r');
  await page.keyboard.type('Petugas kami ke sana besok pagi.');
  await Promise.all([page.waitForEvent('domcontentloaded'), page.keyboard.press('Control+Enter')]);
  has(await page.innerText('.talk'), /besok pagi/, 'the reply is in the case');
  await Promise.all([page.waitForEvent('domcontentloaded'), page.evaluate(() => { document.activeElement.blur(); document.querySelector('[data-undo]').requestSubmit(); })]);
  is((await page.innerText('.talk')).includes('besok pagi'), false, 'an undone reply is not said');
  is(await page.inputValue('#teks'), 'Petugas kami ke sana besok pagi.', 'and is a draft again');
  await other.goto(told.link);
  is((await other.innerText('main')).includes('besok pagi'), false, 'the citizen has read nothing');
  await conflict(page, told.number);
  await open(page, root, told.number);
  await page.fill('#teks', 'Petugas kami ke sana besok pagi.');
  await Promise.all([page.waitForEvent('domcontentloaded'), page.keyboard.press('Control+Enter')]);
  // The chat gets it by day only; the private page once it cannot be undone any more.
  await reads(other, told.link, /besok pagi/);
  await logOut(page);
}

// reads reloads a page until it says something.
async function reads(page, url, want) {
  const until = Date.now() + 60_000;
  do {
    await page.goto(url);
    if (want.test(await page.innerText('main'))) { checks++; return; }
    await page.waitForTimeout(1000);
  } while (Date.now() < until);
  has(await page.innerText('main'), want, 'the citizen reads the reply');
}

// conflict lets another officer act on the case that a page shows, and then its own.
async function conflict(page, number) {
  const rival = await visitor();
  await logIn(rival, root, 'koordinator@baubau.example');
  await open(rival, root, number);
  await open(page, root, number);
  await Promise.all([rival.waitForEvent('domcontentloaded'), rival.keyboard.press('m')]);
  await page.fill('#teks', 'Kalimat yang tidak boleh hilang.');
  await Promise.all([page.waitForEvent('domcontentloaded'), page.keyboard.press('Control+Enter')]);
  has(await page.innerText('main'), /diubah orang lain/, 'the second officer is told');
  is(await page.inputValue('#teks'), 'Kalimat yang tidak boleh hilang.', 'and loses no words');
  await look(page, 'conflict');
  await page.setViewportSize(viewport(WIDTHS[1]));
  await logOut(rival);
}

// place sends the case on the screen to where the first candidate says, without a mouse.
async function place(page) {
  await page.waitForSelector('[data-triage]');
  if (await page.locator('[data-key="1"]').count()) await page.keyboard.press('1');
  else {
    await page.keyboard.press('0'); // leads into the list
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Escape');
  }
  await Promise.all([page.waitForEvent('domcontentloaded'), page.keyboard.press('Enter')]);
  has(await page.innerText('.notice.ok'), NUMBER, 'triage forwards a case by keyboard');
}

async function coordinator() {
  const other = await visitor();
  // Too little to know the service: a person decides.
  const vague = await say(other, root, 'Halo, tolong dibantu, ada masalah di dekat rumah saya', '628110000003');
  const page = await visitor();
  await logIn(page, root, 'koordinator@baubau.example');
  await page.goto(root + '/triase');
  await page.waitForSelector('[data-triage]');
  await look(page, 'triage');
  await page.setViewportSize(viewport(WIDTHS[1]));
  for (let i = 0; i < 10; i++) {
    if (!await page.locator('[data-triage]').count()) {
      await page.goto(root + '/baru');
      await page.check('[name=cara][value=phone]', { force: true });
      await page.fill('#teks', `Tolong dibantu, ada masalah di dekat rumah saya yang ke-${i}`);
      await page.check('[name=bahaya][value=tidak]', { force: true });
      await page.click('main button.primary');
      await page.waitForURL('**/kasus/*');
      await page.goto(root + '/triase');
    }
    await place(page);
  }
  // The last one is taken back.
  await Promise.all([page.waitForEvent('domcontentloaded'), page.keyboard.press('Control+z')]);
  is(new URL(page.url()).pathname, '/triase', 'Ctrl Z takes the last placing back');

  await open(page, root, vague.number);
  await page.keyboard.press('Escape');
  await page.waitForURL('**/kotak-masuk*');
  checks++;
  await logOut(page);
}

async function logOut(page) {
  await page.click('form[action$="/keluar"] button');
  await page.waitForURL('**/masuk');
  await page.goto(root + '/kotak-masuk');
  is(new URL(page.url()).pathname, '/masuk', 'after the log-out the inbox is closed');
}

const steps = async () => officer(await citizen());
try {
  await Promise.all([steps(), (async () => { await form(); await coordinator(); })()]);
} catch (e) {
  faults.push(String(e.stack || e));
}
await browser.close();
faults.push(...contexts.flat());
done(faults, `smoke: ${checks} checks, ${scans} scans`);
