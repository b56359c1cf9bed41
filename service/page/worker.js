// Keeps what is public at hand for `/next` without a network: style, script, and the lines that always answer.
"use strict";

const STORE = "public-1";
const OFFLINE = "/next/offline";
const PATHS = ["/page.css", "/page.js", OFFLINE];

async function storePages() {
  const store = await caches.open(STORE);
  await Promise.all(PATHS.map(async (path) => {
    const answer = await fetch(path, { cache: "no-store", credentials: "same-origin" });
    if (answer.ok && !answer.redirected) await store.put(path, answer);
  }));
}

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(storePages().catch(() => {}));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  const path = url.pathname;
  if (path !== "/next" && path !== "/page.css" && path !== "/page.js") return;
  event.respondWith(
    fetch(event.request)
      .then((answer) => {
        if (path === "/next" && answer.ok && event.request.method === "GET") event.waitUntil(storePages().catch(() => {}));
        return answer;
      })
      .catch(async () => (await caches.match(path === "/next" ? OFFLINE : path)) ?? Response.error()),
  );
});
