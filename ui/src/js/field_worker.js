// Shows the page of the field without a network. It only reads what the page has put
// aside; a page that the server no longer gives, because the session has ended, goes.
const STORE = 'lapangan';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (e) => e.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== 'GET' || url.origin !== location.origin) return;
  if (url.pathname.startsWith('/aset/')) e.respondWith(caches.match(e.request).then((hit) => hit || fetch(e.request)));
  else if (e.request.mode === 'navigate') e.respondWith(page(e.request));
});

async function page(request) {
  try {
    const answer = await fetch(request);
    if (answer.type === 'opaqueredirect' || answer.redirected || [401, 403].includes(answer.status)) await caches.delete(STORE);
    return answer;
  } catch (err) {
    const hit = await caches.match(request, { ignoreSearch: true, cacheName: STORE });
    if (hit && Date.now() < Number(hit.headers.get('x-until'))) return hit;
    await caches.delete(STORE);
    throw err;
  }
}
