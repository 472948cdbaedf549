// Officers' pages: htmx with server-sent events, and a keyboard layer of plain keys.
import 'htmx.org';
import 'htmx-ext-sse';

const d = document;
const find = (selector) => d.querySelector(selector);
const KEY = 'tanggap.pintasan';

// Whoever has to log in has left: what was put aside for the field goes.
if (find('body.gate') && self.caches) caches.delete('lapangan');

const summary = d.getElementById('galat');
if (summary) summary.focus();

each('.side nav a', (a) => { // a page below another one belongs to its entry
  if (location.pathname === a.pathname) a.setAttribute('aria-current', 'page');
  else if (location.pathname.startsWith(`${a.pathname}/`)) a.setAttribute('aria-current', 'true');
});
function each(selector, f) { d.querySelectorAll(selector).forEach(f); }

// Single keys can be switched off for good (WCAG 2.1.4).
const on = () => { try { return localStorage.getItem(KEY) !== 'mati'; } catch (e) { return true; } };
const dialog = d.getElementById('pintasan');
const toggle = find('[data-keys]');
if (toggle) {
  toggle.checked = on();
  toggle.addEventListener('change', () => { try { localStorage.setItem(KEY, toggle.checked ? 'hidup' : 'mati'); } catch (e) { /* storage is off */ } });
}
each('[data-help]', (button) => { button.hidden = false; button.addEventListener('click', help); });
function help() { if (dialog && !dialog.open) dialog.showModal(); }

each('[data-print]', (button) => { button.hidden = false; button.addEventListener('click', () => print()); });

const go = (link) => { if (link) link.click(); return Boolean(link); };

// J and K walk the list; on a case page they open the neighbour.
function walk(step) {
  const rows = Array.from(d.querySelectorAll('.inbox [data-row]'));
  if (!rows.length) return go(find(step > 0 ? '[data-next]' : '[data-prev]'));
  const at = rows.indexOf(d.activeElement);
  const row = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
  row.focus();
  row.scrollIntoView({ block: 'nearest' });
  return true;
}

function write(tab) {
  const radio = d.getElementById(tab);
  if (!radio) return false;
  radio.checked = true;
  d.getElementById('teks').focus();
  return true;
}

function choose(key) {
  const radio = find(`[data-triage] [data-key="${key}"]`);
  if (!radio) return false;
  radio.checked = true;
  if (key === '0') d.getElementById('lain').focus(); else radio.focus();
  return true;
}

function forward() {
  const form = find('[data-triage]');
  if (!form || !form.querySelector('[name=layanan]:checked')) return false;
  form.requestSubmit(form.querySelector('.primary'));
  return true;
}

function accept() {
  const form = find('[data-accept]');
  if (!form) return false;
  form.requestSubmit(form.querySelector('button'));
  return true;
}

function change() {
  const fold = find('[data-change]');
  if (!fold) return false;
  fold.open = true;
  fold.querySelector('select').focus();
  return true;
}

// unfold opens a part of the case page and puts the cursor into it.
function unfold(name, field) {
  const fold = find(`[data-${name}]`);
  if (!fold) return false;
  fold.open = true;
  const first = fold.querySelector(field || 'select,input:not([type=hidden]),textarea,button');
  if (first) first.focus();
  return true;
}

// X selects the row under the cursor; with Shift all from the last one selected.
let last = -1;
function select(range) {
  const boxes = Array.from(d.querySelectorAll('[data-bulk] [name=pilih]'));
  const at = boxes.findIndex((box) => box.closest('.pick').contains(d.activeElement));
  if (at < 0) return false;
  const on = !boxes[at].checked;
  const from = range && last >= 0 ? Math.min(last, at) : at;
  for (let i = from; i <= (range && last >= 0 ? Math.max(last, at) : at); i++) boxes[i].checked = range || on;
  last = at;
  return true;
}

const press = (selector) => { const button = find(selector); if (button) button.click(); return Boolean(button); };
function undo() {
  const form = find('[data-undo]');
  if (form) form.requestSubmit();
  return Boolean(form);
}

// G and then a letter opens a page.
let going = false;
const pages = { i: '[data-go=inbox]', t: '[data-go=triage]', d: '[data-go=dashboard]', l: '[data-go=reports]' };

const keys = {
  g: () => { going = true; return true; }, x: () => select(false), X: () => select(true),
  m: () => press('[data-take]'), z: () => unfold('snooze'), d: () => unfold('merge'), u: () => unfold('assign'),
  p: () => unfold('change', '#urgensi'), c: () => unfold('change', '#layanan'),
  j: () => walk(1), ArrowDown: () => walk(1), k: () => walk(-1), ArrowUp: () => walk(-1),
  a: accept, s: change, r: () => write('tab-balasan'), n: () => write('tab-catatan'),
  '/': () => { const box = find('[data-search]'); if (box) { box.focus(); box.select(); } return Boolean(box); },
  '?': () => { help(); return true; },
  '.': () => go(find('[data-new]')),
  0: () => choose('0'), 1: () => choose('1'), 2: () => choose('2'), 3: () => choose('3'),
  Escape: () => go(find('[data-back]')),
};

d.addEventListener('keydown', (event) => {
  if (event.altKey || find('dialog[open]') || event.isComposing) return;
  const at = event.target;
  const writing = at.matches('textarea,select,input:not([type=radio]):not([type=checkbox])');
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && at.form && at.form.matches('[data-answer]')) {
    event.preventDefault();
    at.form.requestSubmit((event.shiftKey && at.form.querySelector('[data-answered]')) || at.form.querySelector('.primary'));
    return;
  }
  if (event.ctrlKey || event.metaKey) {
    const key = event.key.toLowerCase();
    if (key === 'k' && openPalette()) event.preventDefault();
    if (key === 'z' && !writing && undo()) event.preventDefault();
    return;
  }
  if (writing) { if (event.key === 'Escape') at.blur(); return; }
  if (!on() && event.key !== 'Escape') return;
  if (event.key === 'Enter') {
    if (!at.matches('a,button,summary') && forward()) event.preventDefault();
    return;
  }
  // Arrow keys belong to a focused radio.
  if (event.key.startsWith('Arrow') && at.matches('input')) return;
  if (going) {
    going = false;
    if (go(find(pages[event.key.toLowerCase()] || '[data-nowhere]'))) event.preventDefault();
    return;
  }
  const key = event.key === 'X' || event.key.length > 1 ? event.key : event.key.toLowerCase();
  if (keys[key] && keys[key]()) event.preventDefault();
});

// The palette lists what this page can do and where one can go, and searches for the rest.
const palette = d.getElementById('perintah');
const wanted = d.getElementById('perintah-cari');
const found = d.getElementById('perintah-daftar');
let commands = [];
let chosen = 0;
function openPalette() {
  if (!palette || palette.open) return false;
  const label = (element) => { const copy = element.cloneNode(true); copy.querySelectorAll('kbd,.count,svg').forEach((x) => x.remove()); return copy.textContent.trim(); };
  commands = Array.from(d.querySelectorAll('[data-command],.side nav a,.views a')).filter((x) => x.offsetParent).map((x) => ({ text: label(x), run: () => x.click() }));
  const ready = d.getElementById('siap');
  if (ready) {
    for (const option of ready.options) commands.push({ text: option.text, run: () => { ready.value = option.value; ready.form.requestSubmit(); } });
  }
  wanted.value = '';
  list();
  palette.showModal();
  wanted.focus();
  return true;
}
function list() {
  const words = wanted.value.trim().toLowerCase();
  const fits = commands.filter((c) => words.split(/\s+/).every((w) => c.text.toLowerCase().includes(w))).slice(0, 12);
  if (words) fits.push({ text: `${found.dataset.find}: ${wanted.value.trim()}`, run: () => { location.href = `${found.dataset.inbox}?tampil=semua&cari=${encodeURIComponent(wanted.value.trim())}`; } });
  chosen = 0;
  found.replaceChildren(...fits.map((c, i) => {
    const item = d.createElement('li');
    item.id = `perintah-${i}`;
    item.setAttribute('role', 'option');
    item.textContent = c.text;
    item.addEventListener('click', () => { palette.close(); c.run(); });
    return item;
  }));
  mark();
}
function mark() {
  Array.from(found.children).forEach((item, i) => item.setAttribute('aria-selected', String(i === chosen)));
  if (found.children[chosen]) { wanted.setAttribute('aria-activedescendant', found.children[chosen].id); found.children[chosen].scrollIntoView({ block: 'nearest' }); } else wanted.removeAttribute('aria-activedescendant');
}
if (palette) {
  wanted.addEventListener('input', list);
  wanted.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { chosen = Math.max(0, Math.min(found.children.length - 1, chosen + step)); mark(); event.preventDefault(); }
    if (event.key === 'Enter') { event.preventDefault(); if (found.children[chosen]) found.children[chosen].click(); }
  });
  each('[data-palette]', (button) => { button.hidden = false; button.addEventListener('click', openPalette); });
}

// What is being written is kept on the server three seconds after the last key.
each('[data-draft]', (form) => {
  const text = form.querySelector('textarea');
  const kept = form.querySelector('[data-kept]');
  let timer = 0;
  const keep = async () => {
    timer = 0;
    const body = new URLSearchParams({ teks: text.value, tab: form.querySelector('[name=tab]:checked').value });
    try {
      const answer = await fetch(form.dataset.draft, { method: 'POST', body });
      if (answer.ok) kept.textContent = await answer.text();
    } catch (e) { /* the next key tries again */ }
  };
  text.addEventListener('input', () => { if (!timer) timer = setTimeout(keep, 3000); });
  form.addEventListener('submit', () => clearTimeout(timer));
});

// One status strip tells of a lost stream after ten seconds.
const strip = find('[data-offline]');
let lost;
d.body.addEventListener('htmx:sseError', () => {
  if (lost || !strip) return;
  lost = setTimeout(() => { strip.textContent = strip.dataset.offline; strip.hidden = false; }, 10000);
});
d.body.addEventListener('htmx:sseOpen', () => { clearTimeout(lost); lost = 0; if (strip) strip.hidden = true; });

// A form is sent once.
d.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'post') return;
  if (form.dataset.busy) event.preventDefault();
  form.dataset.busy = '1';
});
addEventListener('pageshow', () => each('form', (form) => { delete form.dataset.busy; }));
