// The demo's telephone: sends without leaving the page and fetches new lines.
const d = document;
const lines = d.getElementById('baris');
let shown = '';

const down = () => { lines.scrollTop = lines.scrollHeight; };
down();

async function refresh() {
  const answer = await fetch(lines.dataset.poll, { headers: { Accept: 'text/html' } });
  if (!answer.ok) return;
  const text = await answer.text();
  if (text === shown) return;
  shown = text;
  const bottom = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 80;
  lines.innerHTML = text;
  if (bottom) down();
}

d.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!form.matches('[data-chat]')) return;
  event.preventDefault();
  const body = new FormData(form);
  if (event.submitter && event.submitter.name) body.append(event.submitter.name, event.submitter.value);
  const empty = !body.get('teks') && !body.get('tombol') && !body.get('lokasi') && !(body.get('foto') && body.get('foto').size);
  if (empty) return;
  if (form.matches('.compose')) {
    form.reset();
    form.querySelector('details').open = false;
    form.querySelector('textarea').focus();
  }
  try {
    await fetch(form.action, { method: 'POST', body, redirect: 'manual' });
    await refresh();
  } catch (e) {
    if (form.matches('.compose')) form.querySelector('textarea').value = body.get('teks');
  }
  down();
});

const box = d.getElementById('teks');
box.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  box.form.requestSubmit();
});

setInterval(() => { if (!d.hidden) refresh().catch(() => {}); }, 1200);
