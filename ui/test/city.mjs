// What people do in a running `tanggap demo`, for the tests and the pictures of it.

// HUMAN is more than the time below which the web form takes its visitor for a
// program, in milliseconds.
const HUMAN = 4000;

export const NUMBER = /BAU-\d\d-\d{6}/;

// say writes in the demo's chat and returns the city's answer to it.
export async function say(page, root, words, persona = '628110000001') {
  await page.goto(`${root}/demo?warga=${persona}`);
  const before = await page.locator('.theirs').count();
  await page.fill('#teks', words);
  const began = Date.now();
  await page.keyboard.press('Enter');
  const answer = page.locator('.theirs').nth(before);
  await answer.waitFor();
  const ms = Date.now() - began;
  const text = await answer.locator('.say').innerText();
  const link = answer.locator('.say a').first();
  return { ms, text, number: text.match(NUMBER)?.[0], link: await link.count() ? await link.getAttribute('href') : '' };
}

// logIn uses the password that the demo shows for an account.
export async function logIn(page, root, email) {
  await page.goto(root + '/demo');
  const password = await page.locator(`form:has([name=nama][value="${email}"]) [name=sandi]`).getAttribute('value');
  await page.goto(root + '/masuk');
  await page.fill('#nama', email);
  await page.fill('#sandi', password);
  await page.click('button.primary');
  await page.waitForURL('**/kotak-masuk');
}

// report fills the web form and stops at each page that it has not sent yet, for look.
// It ends on the confirmation and returns its number and code.
export async function report(page, root, { text, area, place }, look = async () => {}) {
  const next = async (to) => {
    await page.click('main button.primary');
    await page.waitForURL('**' + to);
  };
  await page.goto(root + '/lapor');
  const began = Date.now();
  await page.fill('#teks', text);
  await look('/lapor');
  await next('/lapor/lokasi');
  await page.selectOption('#kelurahan', { label: area });
  await page.fill('#patokan', place);
  await page.check('[name=bahaya][value=tidak]');
  await look('/lapor/lokasi');
  await next('/lapor/kontak');
  await page.check('[name=kontak][value=tanpa]');
  await look('/lapor/kontak');
  await next('/lapor/periksa');
  await look('/lapor/periksa');
  await page.waitForTimeout(Math.max(0, HUMAN - (Date.now() - began)));
  await next('/lapor/terkirim/*');
  const code = (await page.innerText('p.code')).replace(/[^0-9A-Z]/g, '');
  return { number: (await page.innerText('.panel .huge')).trim(), code };
}

// open finds a case by its number in the inbox and opens it.
export async function open(page, root, number) {
  await page.goto(`${root}/kotak-masuk?cari=${number}`);
  await page.locator('[data-row]').first().click();
  await page.waitForSelector('main.case');
}
