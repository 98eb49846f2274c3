// The Service Worker: passes requests of Web Workers on to their page, and nothing else.
// It keeps no state, because a browser stops a Service Worker that is idle.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// A page asks for its own id, which its Web Workers put into their requests.
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
