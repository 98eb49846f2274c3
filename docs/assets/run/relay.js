// The Service Worker forwards requests of Web Workers to their page.
// Browsers stop idle Service Workers, so this script keeps no state.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// A page requests its own id, which its Web Workers include in their requests.
self.addEventListener("message", (event) => event.ports[0].postMessage(event.source.id));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.pathname.endsWith("/broker")) {
    event.respondWith(pass(event.request, url.searchParams.get("page")));
  }
});

async function pass(request, id) {
  const text = await request.text();
  const page = await self.clients.get(id);
  if (!page) return new Response("The page was closed.", { status: 410 });
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => { port1.onmessage = (event) => resolve(event.data); });
  page.postMessage({ request: text }, [port2]);
  const { status, body } = await answer;
  return new Response(body, { status });
}
