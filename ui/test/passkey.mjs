// Passkeys in a real browser with a virtual device: node passkey.mjs BASE, where BASE is a
// running `tanggap demo`. Browsers make keys for names only, so localhost is used.
import { context, done, launch, listen } from './lib.mjs';
import { logIn } from './city.mjs';

const root = process.argv[2].replace(/\/$/, '').replace('127.0.0.1', 'localhost');
const browser = await launch();
const faults = [];
let checks = 0;
const check = (ok, what) => { checks++; if (!ok) faults.push('passkey: ' + what); };

// device plugs a virtual device with a finger reader into a page's browser.
async function device(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  return { cdp, authenticatorId };
}

const email = await (async () => {
  const c = await context(browser, 1440);
  const page = await c.newPage();
  await page.goto(root + '/demo');
  const first = await page.locator('form [name=nama]').first().getAttribute('value');
  await c.close();
  return first;
})();

const c = await context(browser, 1440);
const noise = listen(c);
const page = await c.newPage();
const { cdp, authenticatorId } = await device(page);
await logIn(page, root, email);
const password = await (async () => { await page.goto(root + '/demo'); return page.locator(`form:has([name=nama][value="${email}"]) [name=sandi]`).getAttribute('value'); })();

await page.goto(root + '/akun');
const add = page.locator('form[data-make]');
await page.locator('summary', { hasText: 'Tambah kunci sandi' }).click();
check(await add.locator('[data-script]').isHidden(), 'the words for browsers without JavaScript are shown with it');
await add.locator('[data-send=nama]').fill('Gawai uji');
await add.locator('[data-send=sandi]').fill('salah sama sekali');
await add.locator('[data-go]').click();
await add.locator('[data-say]:visible').waitFor();
check(/salah/.test(await add.locator('[data-say]').innerText()), 'a wrong password is not answered on the page');
await add.locator('[data-send=sandi]').fill(password);
await add.locator('[data-go]').click();
await page.locator('td', { hasText: 'Gawai uji' }).waitFor();
check(await page.locator('.codes li').count() === 8, 'no backup codes with the first key');
const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
check(credentials.length === 1 && credentials[0].isResidentCredential && credentials[0].rpId === 'localhost', 'the device holds no key of its own for localhost');

// The second try on the same device is known.
await page.locator('summary', { hasText: 'Tambah kunci sandi' }).click();
await add.locator('[data-send=nama]').fill('Lagi');
await add.locator('[data-send=sandi]').fill(password);
await add.locator('[data-go]').click();
await add.locator('[data-say]:visible').waitFor();
check(/sudah punya kunci/.test(await add.locator('[data-say]').innerText()), 'a device with a key makes another');

const out = async () => { await page.locator('form[action="/keluar"] button').click(); await page.waitForURL('**/masuk'); };
await out();
await page.locator('form[action="/masuk/kunci"] [data-go]').click();
await page.waitForURL('**/kotak-masuk');
check(true, 'in by the key alone');
await out();

// As second factor after the password.
await page.fill('#nama', email);
await page.fill('#sandi', password);
await page.click('form[action="/masuk"] button.primary');
await page.locator('form[action="/masuk/kode"][data-passkey] [data-go]').click();
await page.waitForURL('**/kotak-masuk');
await out();

// A device that does not know its holder is refused where it stands for the password.
await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
await page.locator('form[action="/masuk/kunci"] [data-go]').click();
await page.locator('form[action="/masuk/kunci"] [data-say]:visible').waitFor();
check(page.url().endsWith('/masuk'), 'in by a key that did not verify its holder');
await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });

// A device without the key, and a browser without JavaScript.
const other = await context(browser, 360);
const stranger = await other.newPage();
const { cdp: cdp2 } = await device(stranger);
await stranger.goto(root + '/masuk');
await cdp2.send('WebAuthn.enable');
await stranger.locator('[data-go]').click();
await stranger.locator('[data-say]:visible').waitFor();
check(/Dibatalkan|tidak punya kunci/.test(await stranger.locator('[data-say]').innerText()), 'a device without a key gets no words');
await other.close();
const plain = await context(browser, 360, { javaScriptEnabled: false });
const bare = await plain.newPage();
await bare.goto(root + '/masuk');
check(await bare.locator('[data-script]').isVisible() && await bare.locator('[data-go]').isHidden(), 'without JavaScript the page does not say what to do');
await plain.close();

// The key is taken away again.
await page.locator('form[action="/masuk/kunci"] [data-go]').click();
await page.waitForURL('**/kotak-masuk');
await page.goto(root + '/akun');
check((await page.locator('#sesi-judul').count()) === 1 && (await page.locator('.tag.ok', { hasText: 'Sesi ini' }).count()) === 1, 'the session of this browser is not marked');
await page.locator('[name=kunci][type=radio]').first().check();
await page.locator('summary', { hasText: 'Hapus kunci yang dipilih' }).click();
await page.fill('#sandi-kunci', password);
await page.click('button[value=hapus-kunci]');
await page.getByText('Belum ada kunci sandi').waitFor();

faults.push(...noise);
await browser.close();
done(faults, `passkey: ${checks} checks`);
