// Makes better what works without it: forms are sent in place, so that history holds one entry; a page left open is
// wiped; Escape three times leaves. Keeps nothing.
"use strict";

const IDLE_MS = 10 * 60 * 1000;
const WARN_MS = IDLE_MS - 60 * 1000;
const LEAVE_MS = 2000;
const SLOW_MS = 400;
const body = document.body;
let touched = Date.now();
let sending = false;

function tell(text, seen = true) {
  const told = document.getElementById("told");
  told.classList.toggle("unseen", !seen);
  told.textContent = text;
}

// `part`: the id of what the focus goes to, a field or a part; without it, to what is wrong or to the page's heading.
function show(html, pressed = null, part = "") {
  const next = new DOMParser().parseFromString(html, "text/html");
  for (const name of ["header", "main", "footer"]) {
    const now = document.querySelector(name);
    const then = next.querySelector(name);
    if (!now || !then) return false;
    now.replaceWith(document.adoptNode(then));
  }
  document.documentElement.lang = next.documentElement.lang;
  document.title = next.title;
  body.className = next.body.className;
  Object.assign(body.dataset, next.body.dataset);
  ready();
  const again = pressed && document.getElementById(pressed);
  if (again) {
    again.focus();
    const card = again.closest(".card");
    const said = card.querySelector("[role=alert]") ?? card.querySelector("[role=status], h3");
    tell(said.textContent, false);
    return true;
  }
  const wrong = document.querySelector("main .summary");
  const asked = document.getElementById(part);
  const field = asked?.matches("input, select, textarea") ? asked : null;
  const heading = wrong ?? (field ? null : asked) ?? document.querySelector("main h1");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  if (heading === asked) asked.scrollIntoView();
  else window.scrollTo({ top: 0, behavior: "instant" });
  if (!wrong && heading !== asked) begin(field);
  tell(heading.textContent, false);
  return true;
}

function enable() {
  for (const part of document.querySelectorAll("[data-print], [data-scripted]")) part.hidden = false;
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
}

function ready() {
  enable();
  const more = document.querySelector("form[data-rest]");
  if (more) complete(more);
}

// Where somebody types next: the field that was asked for, else the page's first, but for who has to open a keyboard.
function begin(field) {
  const next = field ?? (matchMedia("(pointer: fine)").matches ? document.querySelector("[data-first]") : null);
  if (next) next.focus();
}

function post(form, button, action) {
  return fetch(action, {
    method: "POST",
    headers: { Accept: "text/html" },
    body: new URLSearchParams(new FormData(form, button)),
    credentials: "same-origin",
    cache: "no-store",
  });
}

// The rest of an answer is asked for once its first part is on the screen. Where it does not come, its button stays.
async function complete(form) {
  try {
    const answer = await post(form, null, form.getAttribute("action"));
    const html = await answer.text();
    const now = document.getElementById("rest");
    const then = new DOMParser().parseFromString(html, "text/html").getElementById("rest");
    if (!form.isConnected || answer.redirected || !then) return;
    if (then.dataset.version !== now.dataset.version) {
      show(html);
      return;
    }
    now.replaceWith(document.adoptNode(then));
    form.remove();
    enable();
  } catch {
    // no network: what stands there is right as it is
  }
}

// What is pressed again and again, such as one bed or one person more, is sent once for each press, and the focus stays
// on it.
const presses = [];

async function send(form, button) {
  const pressed = form.hasAttribute("data-queue") ? button.id : null;
  if (sending) {
    if (pressed) presses.push(pressed);
    return;
  }
  sending = true;
  body.setAttribute("aria-busy", "true");
  const slow = setTimeout(() => tell(body.dataset.busy), SLOW_MS);
  const action = (button && button.hasAttribute("formaction") && button.getAttribute("formaction")) || form.getAttribute("action");
  try {
    const answer = await post(form, button, action);
    const html = await answer.text();
    if (answer.redirected) {
      window.location.replace(answer.url);
    } else if (!show(html, pressed, action.split("#")[1])) {
      tell(body.dataset.away);
      presses.length = 0;
    }
  } catch {
    tell(body.dataset.away);
    presses.length = 0;
  } finally {
    clearTimeout(slow);
    sending = false;
    body.removeAttribute("aria-busy");
  }
  const next = document.getElementById(presses.shift());
  if (next) next.click();
  else presses.length = 0;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("data-plain")) return;
  event.preventDefault();
  send(form, event.submitter);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  const copied = event.target.closest("[data-copy]");
  if (copied) navigator.clipboard.writeText(copied.dataset.copy).then(() => tell(copied.dataset.said), () => {});
});

ready();
if (!document.querySelector("main .summary")) begin(null);

// ---- needs, found as one types: what is typed stays in its field, which no form sends

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().split(/[^\p{L}\p{N}]+/u).join(" ").trim();

function fitting() {
  return [...document.querySelectorAll("[data-words]")].filter((need) => !need.hidden);
}

function filter(field) {
  const words = plain(field.value).split(" ").filter(Boolean);
  for (const among of document.querySelectorAll("[data-among]")) {
    const needs = [...among.querySelectorAll("[data-words]")];
    for (const need of needs) {
      const said = ` ${plain(`${need.textContent} ${need.dataset.words}`)}`;
      need.hidden = !words.every((word) => said.includes(` ${word}`));
    }
    among.hidden = needs.every((need) => need.hidden);
    if (among.localName !== "details") continue;
    among.dataset.open ??= String(among.open);
    among.open = words.length ? !among.hidden : among.dataset.open === "true";
  }
  const count = fitting().length;
  const fits = document.getElementById("fits");
  const said = fits.dataset[count === 0 ? "none" : count === 1 ? "one" : "many"];
  fits.textContent = words.length ? said.replace("{count}", count) : "";
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-filter]")) filter(event.target);
});

// Enter takes the first need that fits; with nothing typed it goes on.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches("[data-filter]") || !event.target.value) return;
  event.preventDefault();
  const first = fitting()[0];
  if (!first) return;
  first.querySelector("input").checked = true;
  first.closest("details")?.setAttribute("data-open", "true");
  event.target.value = "";
  filter(event.target);
});

// ---- leaving

function forget() {
  window.dispatchEvent(new Event("leaving"));
  document.querySelector("main").replaceChildren();
  window.history.replaceState(null, "", "/");
}

function leave() {
  forget();
  const asked = fetch("/leave", { method: "POST", redirect: "manual", credentials: "same-origin", keepalive: true });
  const late = new Promise((resolve) => setTimeout(resolve, LEAVE_MS));
  const away = () => window.location.replace(body.dataset.leave);
  Promise.race([asked, late]).then(away, away); // whatever the server says, and if it says nothing
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form.leave")) return;
  event.preventDefault();
  leave();
});

function closeMenu() {
  const menu = document.querySelector("details.menu[open]");
  if (menu) menu.open = false;
  return menu;
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("details.menu")) closeMenu();
});

let escapes = [];
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
  const menu = closeMenu();
  if (menu) {
    menu.querySelector("summary").focus();
    return; // this one closed the menu, and is none of the three
  }
  const now = Date.now();
  escapes = [...escapes.filter((at) => now - at < 1500), now];
  if (escapes.length >= 3) leave();
});

// ---- a page that is left open

function wipe() {
  const main = document.querySelector("main");
  if (!document.querySelector("header nav") || main.dataset.locked) return;
  window.location.replace("/locked");
  main.replaceChildren();
}

for (const kind of ["pointerdown", "keydown", "input", "scroll"]) {
  document.addEventListener(kind, () => { touched = Date.now(); }, { passive: true, capture: true });
}
setInterval(() => {
  const idle = Date.now() - touched;
  if (idle >= IDLE_MS) wipe();
  else if (idle >= WARN_MS && document.querySelector("header nav")) tell(body.dataset.warning);
}, 5000);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && Date.now() - touched >= IDLE_MS) wipe();
});

// ---- what a browser would bring back

window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});

// ---- numbers at hand without a network

if ("serviceWorker" in navigator && body.classList.contains("officer")) {
  navigator.serviceWorker.register("/worker.js").catch(() => {});
}
