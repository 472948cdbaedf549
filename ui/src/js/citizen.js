// Enhancement of citizen pages; every page works without it. Under 3 KB gzip.
const d = document;
const each = (selector, f) => d.querySelectorAll(selector).forEach(f);

// Paper, or a PDF, is made by the browser.
each('[data-print]', (b) => { b.hidden = false; b.onclick = () => print(); });

const summary = d.getElementById('galat');
if (summary) summary.focus();

// A draft of what was typed stays on the phone until the report is sent.
each('[data-draft]', (form) => {
  const area = form.querySelector('textarea');
  const key = 'tanggap.' + form.dataset.draft;
  try {
    if (!area.value) area.value = localStorage.getItem(key) || '';
    area.addEventListener('input', () => localStorage.setItem(key, area.value));
  } catch (e) { /* storage may be switched off */ }
  addEventListener('offline', () => say(form, form.dataset.offline));
  addEventListener('online', () => say(form, ''));
});
each('[data-sent]', (mark) => {
  try { localStorage.removeItem('tanggap.' + mark.dataset.sent); } catch (e) { /* as above */ }
});

function say(form, text) {
  let bar = form.querySelector('[data-say]');
  if (!bar) {
    bar = d.createElement('p');
    bar.className = 'notice warn';
    bar.dataset.say = '';
    bar.setAttribute('role', 'status');
    form.prepend(bar);
  }
  bar.hidden = !text;
  bar.textContent = text;
}

// A second press while the first is under way would only cost the citizen's data.
each('form[method=post]', (form) => form.addEventListener('submit', (event) => {
  const button = event.submitter || form.querySelector('button:not([name])');
  if (form.dataset.busy) { event.preventDefault(); return; }
  form.dataset.busy = '1';
  if (button && button.dataset.busy) {
    button.setAttribute('aria-disabled', 'true');
    button.textContent = button.dataset.busy;
  }
}));
addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });

// Photos are shrunk to 1600 px before they are sent.
const LIMIT = 1600;
const shrink = (file) => new Promise((done) => {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size < 300000) return done(file);
  const image = new Image();
  image.onerror = () => done(file);
  image.onload = () => {
    const scale = Math.min(1, LIMIT / Math.max(image.width, image.height));
    const canvas = d.createElement('canvas');
    canvas.width = image.width * scale;
    canvas.height = image.height * scale;
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    canvas.toBlob((blob) => done(blob && blob.size < file.size
      ? new File([blob], file.name.replace(/\.\w+$/, '') + '.jpg', { type: 'image/jpeg' }) : file), 'image/jpeg', 0.72);
  };
  image.src = URL.createObjectURL(file);
});
each('.file input', (input) => {
  const label = input.parentNode.querySelector('[data-file]');
  const empty = label.textContent;
  input.addEventListener('change', async () => {
    const files = Array.from(input.files);
    label.textContent = files.length ? label.dataset.count.replace('{n}', files.length) : empty;
    if (!window.DataTransfer) return;
    const small = await Promise.all(files.map(shrink));
    const list = new DataTransfer();
    small.forEach((file) => list.items.add(file));
    input.files = list.files;
  });
});

// The phone's position, asked for only when the citizen presses the button.
each('[data-gps]', (box) => {
  if (!navigator.geolocation) return;
  box.hidden = false;
  const words = box.querySelector('p');
  const form = box.closest('form');
  box.querySelector('button').addEventListener('click', () => {
    words.textContent = box.dataset.wait;
    navigator.geolocation.getCurrentPosition((at) => {
      form.elements.lat.value = at.coords.latitude.toFixed(6);
      form.elements.lon.value = at.coords.longitude.toFixed(6);
      words.textContent = box.dataset.ok.replace('{m}', Math.round(at.coords.accuracy));
    }, () => { words.textContent = box.dataset.no; }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
  });
});

// Writing a number or address chooses its way of contact.
each('.sub input', (input) => input.addEventListener('input', () => {
  const choice = input.form.querySelector(`[name=kontak][value=${input.name}]`);
  if (choice) choice.checked = true;
}));
