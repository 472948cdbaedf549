// Passkeys: the browser's part. A form with data-passkey asks that address for a
// challenge, lets the device answer it, and is sent with the answer in its field "kunci".
// With data-make it makes a new key; fields with data-send go along with the question.
const text = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
const named = (list) => (list || []).map((k) => Object.assign({}, k, { id: bytes(k.id) }));

const make = (o) => navigator.credentials.create({ publicKey: Object.assign({}, o, {
  challenge: bytes(o.challenge), user: Object.assign({}, o.user, { id: bytes(o.user.id) }), excludeCredentials: named(o.excludeCredentials),
}) });
const ask = (o) => navigator.credentials.get({ publicKey: Object.assign({}, o, {
  challenge: bytes(o.challenge), allowCredentials: named(o.allowCredentials),
}) });

// answer is what the device said, as text that the server can read.
function answer(key) {
  const response = {};
  for (const part of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (key.response[part]) response[part] = text(key.response[part]);
  }
  if (key.response.getTransports) response.transports = key.response.getTransports();
  return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, response, clientExtensionResults: key.getClientExtensionResults(),
    authenticatorAttachment: key.authenticatorAttachment || undefined });
}

document.querySelectorAll('form[data-passkey]').forEach((form) => {
  const button = form.querySelector('[data-go]');
  const line = form.querySelector('[data-say]');
  const say = (words) => { line.textContent = words; line.hidden = !words; };
  form.querySelector('[data-script]').hidden = true;
  if (!window.PublicKeyCredential) { say(line.dataset.unsupported); return; }
  button.hidden = false;
  button.addEventListener('click', async () => {
    button.disabled = true;
    say('');
    try {
      const fields = new URLSearchParams();
      form.querySelectorAll('[data-send]').forEach((x) => fields.set(x.dataset.send, x.value));
      const reply = await fetch(form.dataset.passkey, { method: 'POST', body: fields });
      const options = await reply.json();
      if (!reply.ok) { say(options.error); return; }
      const key = await ('make' in form.dataset ? make : ask)(options.publicKey);
      form.querySelector('[name=kunci]').value = answer(key);
      form.submit();
    } catch (e) {
      const known = { NotAllowedError: 'cancelled', AbortError: 'cancelled', InvalidStateError: 'known' };
      say(line.dataset[known[e.name] || 'failed']);
    } finally {
      button.disabled = false;
    }
  });
});
