// The page of officers who are out: what they do is kept on the telephone first and sent
// when it can be. Without this script the forms work as forms.
const d = document;
const main = d.querySelector('[data-field]');
const find = (s, where = d) => where.querySelector(s);
const STORE = 'lapangan';
const KEPT = 12 * 3600e3; // as long as a session can last
const OLD = 7 * 86400e3; // after which what another officer has left on the telephone goes

// --- what waits, in IndexedDB, sealed with a key that only this officer's page holds

let db;
const opened = main && self.indexedDB && self.crypto.subtle ? open() : Promise.reject();
function open() {
  return new Promise((done, fail) => {
    const r = indexedDB.open('tanggap-lapangan', 1);
    r.onupgradeneeded = () => r.result.createObjectStore('antrean', { keyPath: 'id' });
    r.onsuccess = () => done(r.result);
    r.onerror = () => fail(r.error);
  });
}
function table(mode, f) {
  return new Promise((done, fail) => {
    const t = db.transaction('antrean', mode);
    const r = f(t.objectStore('antrean'));
    t.oncomplete = () => done(r.result);
    t.onerror = t.onabort = () => fail(t.error);
  });
}
const me = main && main.dataset.officer;
let key;
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

async function seal(entry) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const files = await Promise.all(entry.files.map(async (f) => ({ field: f.field, name: f.file.name, type: f.file.type, at: 0, data: await f.file.arrayBuffer() })));
  let n = 0;
  for (const f of files) { f.at = n; n += f.data.byteLength; }
  const head = new TextEncoder().encode(JSON.stringify({ ...entry, files: files.map((f) => ({ field: f.field, name: f.name, type: f.type, at: f.at, size: f.data.byteLength })) }));
  const plain = new Uint8Array(4 + head.length + n);
  new DataView(plain.buffer).setUint32(0, head.length);
  plain.set(head, 4);
  for (const f of files) plain.set(new Uint8Array(f.data), 4 + head.length + f.at);
  return { id: entry.id, who: me, made: entry.made, iv, sealed: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plain) };
}
async function unseal(row) {
  const plain = new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: row.iv }, key, row.sealed));
  const start = 4 + new DataView(plain.buffer).getUint32(0);
  const entry = JSON.parse(new TextDecoder().decode(plain.subarray(4, start)));
  entry.files = entry.files.map((f) => ({ field: f.field, file: new File([plain.subarray(start + f.at, start + f.at + f.size)], f.name, { type: f.type }) }));
  return entry;
}
async function waiting() {
  const rows = await table('readonly', (s) => s.getAll());
  const mine = [];
  for (const row of rows.sort((a, b) => a.made - b.made)) {
    if (row.who === me) mine.push(await unseal(row));
    else if (Date.now() - row.made > OLD) await table('readwrite', (s) => s.delete(row.id));
  }
  return mine;
}
const keep = async (entry) => { const row = await seal(entry); await table('readwrite', (s) => s.put(row)); };
const drop = (entry) => table('readwrite', (s) => s.delete(entry.id));

// --- sending, one after the other, each under its key

let busy = false;
let again = 0;
async function send() {
  if (busy) return;
  busy = true;
  clearTimeout(again);
  let sent = 0;
  const stuck = new Set(); // cases whose later steps wait for an earlier one
  try {
    for (const entry of await waiting()) {
      if (entry.wrong || stuck.has(entry.to)) { stuck.add(entry.to); continue; }
      say('sending');
      const body = new FormData();
      entry.fields.forEach(([k, v]) => body.append(k, v));
      entry.files.forEach((f) => body.append(f.field, f.file, f.file.name));
      const answer = await fetch(entry.to, { method: 'POST', body, headers: { Accept: 'application/json' } });
      if (answer.redirected || answer.status === 401) { await forget(); return await show('login'); }
      let told = await answer.json().catch(() => null);
      if (!told && [403, 404].includes(answer.status)) told = { galat: find('[data-state]', queue).dataset.gone };
      if (answer.status >= 500 || answer.status === 429 || !told) throw new Error(answer.status);
      if (told.ok) { await drop(entry); sent++; continue; }
      entry.wrong = told.galat;
      entry.clash = told.konflik;
      await keep(entry);
      stuck.add(entry.to);
    }
    await show();
    if (sent && !(await waiting()).length) done();
  } catch (err) { // no network, or the server is not well: later
    await show(navigator.onLine ? 'waiting' : 'offline');
    again = setTimeout(send, 15000);
  } finally {
    busy = false;
  }
}
// done loads the list anew, unless somebody is writing.
function done() {
  const writing = Array.from(d.querySelectorAll('.field form')).some((f) => Array.from(f.elements).some((x) => (x.tagName === 'TEXTAREA' || x.type === 'file') && x.value));
  if (writing) find('[data-sent]').hidden = false; else location.replace(main.dataset.self);
}

// --- what the officer sees of it

const queue = main && find('[data-queue]');
const say = (what) => { const p = find('[data-state]', queue); p.textContent = what ? p.dataset[what] : ''; };
async function show(what) {
  const list = await waiting();
  const title = find('h2', queue);
  queue.hidden = !list.length;
  title.textContent = list.length === 1 ? title.dataset.single : title.dataset.many.replace('{n}', list.length);
  find('ul', queue).replaceChildren(...list.map(line));
  say(what);
}
function line(entry) {
  const li = find('[data-entry]').content.firstElementChild.cloneNode(true);
  find('b', li).textContent = entry.label;
  find('span', li).textContent = [entry.number, ...entry.fields.filter(([k]) => k === 'teks').map(([, v]) => v), ...entry.files.map((f) => f.file.name)].join(' · ');
  const wrong = find('.wrong', li);
  wrong.hidden = !entry.wrong;
  wrong.textContent = [entry.wrong, entry.clash && entry.clash.status].filter(Boolean).join(' ');
  if (entry.clash) {
    const since = find('.since', li);
    since.hidden = false;
    since.replaceChildren(...entry.clash.sejak.map((words) => Object.assign(d.createElement('li'), { textContent: words })));
  }
  const force = find('[data-force]', li);
  force.hidden = !entry.wrong;
  force.addEventListener('click', async () => {
    if (entry.clash) entry.fields = entry.fields.map(([k, v]) => [k, k === 'versi' ? String(entry.clash.versi) : v]);
    entry.wrong = entry.clash = undefined;
    await keep(entry);
    send();
  });
  find('[data-drop]', li).addEventListener('click', async () => { await drop(entry); show(); });
  return li;
}

async function submit(e) {
  const form = e.target.closest('form[data-act]');
  if (!form || !db) return;
  e.preventDefault();
  const fields = [];
  const files = [];
  for (const [name, value] of new FormData(form)) {
    if (typeof value === 'string') { if (name !== 'kunci') fields.push([name, value]); } else if (value.size) files.push({ field: name, file: value });
  }
  const button = e.submitter || find('button', form);
  const id = crypto.randomUUID();
  fields.push(['kunci', id], [button.name, button.value]);
  const card = form.closest('[data-id]');
  await keep({ id, made: Date.now(), to: form.action, label: form.dataset.act, number: card.dataset.number, fields, files });
  form.reset();
  const fold = form.closest('details');
  if (fold) fold.open = false;
  await show(navigator.onLine ? 'sending' : 'offline');
  queue.scrollIntoView({ block: 'nearest' });
  send();
}

// --- the page itself, for when there is no network

async function forget() { await caches.delete(STORE); }
async function putAside() {
  if (!('serviceWorker' in navigator)) return;
  await navigator.serviceWorker.register(main.dataset.worker, { scope: main.dataset.self });
  const answer = await fetch(main.dataset.self);
  if (answer.redirected || !answer.ok) return forget();
  const headers = new Headers(answer.headers);
  headers.set('x-until', Date.now() + KEPT);
  ['content-encoding', 'content-length'].forEach((h) => headers.delete(h));
  const store = await caches.open(STORE);
  const html = (await answer.text()).replace('<main ', `<main data-kept="${Date.now()}" `);
  await store.put(main.dataset.self, new Response(html, { headers }));
  const assets = Array.from(d.querySelectorAll('link[href^="/aset/"],script[src^="/aset/"]'), (x) => x.getAttribute('href') || x.getAttribute('src'));
  await Promise.all(assets.map(async (a) => { if (!(await store.match(a))) await store.add(a); }));
}

// --- where the telephone is: for the order of the list, and as evidence if its owner says so

const here = () => new Promise((done, fail) => navigator.geolocation.getCurrentPosition(done, fail, { maximumAge: 60000, timeout: 20000, enableHighAccuracy: true }));
function km(a, card) {
  if (!card.dataset.spotAt) return Infinity;
  const [lat, lon] = card.dataset.spotAt.split(',');
  const rad = Math.PI / 180;
  return 6371 * Math.hypot((lon - a.longitude) * rad * Math.cos(a.latitude * rad), (lat - a.latitude) * rad);
}
async function near() {
  const state = find('[data-near-state]');
  state.hidden = false;
  state.textContent = state.dataset.asking;
  try {
    const { coords } = await here();
    const list = find('[data-tasks]');
    const cards = Array.from(list.children, (card) => ({ card, far: km(coords, card) })).sort((a, b) => a.far - b.far);
    for (const { card, far } of cards) {
      list.append(card);
      const label = find('[data-far]', card);
      label.hidden = far === Infinity;
      label.textContent = label.textContent.replace(/\{n\}|[\d.,]+/, far.toLocaleString(d.documentElement.lang, { maximumFractionDigits: 1 }));
    }
    state.textContent = state.dataset.done;
  } catch (err) {
    state.textContent = state.dataset.failed;
  }
}
async function spot(box) {
  const field = find('[name=posisi]', box.closest('[data-spot]'));
  field.value = '';
  if (!box.checked) return;
  try {
    const { coords } = await here();
    field.value = `${coords.latitude.toFixed(5)},${coords.longitude.toFixed(5)}`;
  } catch (err) { box.checked = false; }
}

async function start() {
  db = await opened;
  key = await crypto.subtle.importKey('raw', bytes(main.dataset.key), 'AES-GCM', false, ['encrypt', 'decrypt']);
  d.addEventListener('submit', submit);
  addEventListener('online', send);
  addEventListener('offline', () => show('offline'));
  find('[data-send]').addEventListener('click', send);
  if (main.dataset.kept) {
    const p = find('[data-stale]');
    p.hidden = false;
    find('b', p).textContent = new Date(Number(main.dataset.kept)).toLocaleTimeString(d.documentElement.lang, { hour: '2-digit', minute: '2-digit' });
  }
  await show();
  send();
  await putAside().catch(() => { /* no network: what was put aside stays */ });
}
if (main) {
  if (navigator.geolocation) {
    const button = find('[data-near]');
    if (button) { button.hidden = false; button.addEventListener('click', near); }
    d.querySelectorAll('[data-spot]').forEach((x) => { x.hidden = false; });
    d.addEventListener('change', (e) => { if (e.target.matches('[data-spot-add]')) spot(e.target); });
  }
  start().catch(() => { /* nothing can be kept here: the forms work as forms */ });
}
