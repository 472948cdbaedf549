// Officers' pages: htmx with server-sent events, and a keyboard layer of plain keys.
import 'htmx.org';
import 'htmx-ext-sse';

const d = document;
const find = (selector) => d.querySelector(selector);
const KEY = 'tanggap.pintasan';

const summary = d.getElementById('galat');
if (summary) summary.focus();

each('.side nav a', (a) => { if (location.pathname.endsWith(a.getAttribute('href'))) a.setAttribute('aria-current', 'page'); });
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

const keys = {
  j: () => walk(1), ArrowDown: () => walk(1), k: () => walk(-1), ArrowUp: () => walk(-1),
  a: accept, s: change, r: () => write('tab-balasan'), n: () => write('tab-catatan'),
  '/': () => { const box = find('[data-search]'); if (box) { box.focus(); box.select(); } return Boolean(box); },
  '?': () => { help(); return true; },
  '.': () => go(find('[data-new]')),
  0: () => choose('0'), 1: () => choose('1'), 2: () => choose('2'), 3: () => choose('3'),
  Escape: () => go(find('[data-back]')),
};

d.addEventListener('keydown', (event) => {
  if (event.altKey || (dialog && dialog.open) || event.isComposing) return;
  const at = event.target;
  const writing = at.matches('textarea,select,input:not([type=radio]):not([type=checkbox])');
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && at.form && at.form.matches('[data-answer]')) {
    event.preventDefault();
    at.form.requestSubmit(at.form.querySelector('.primary'));
    return;
  }
  if (event.ctrlKey || event.metaKey) return;
  if (writing) { if (event.key === 'Escape') at.blur(); return; }
  if (!on() && event.key !== 'Escape') return;
  if (event.key === 'Enter') {
    if (!at.matches('a,button,summary') && forward()) event.preventDefault();
    return;
  }
  // Arrow keys belong to a focused radio.
  if (event.key.startsWith('Arrow') && at.matches('input')) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (keys[key] && keys[key]()) event.preventDefault();
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
