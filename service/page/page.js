// Makes better what works without it: forms are sent in place, so that history holds one entry; a page left open is
// wiped; Escape three times leaves. Keeps nothing.
"use strict";

const IDLE_MS = 10 * 60 * 1000;
const WARN_MS = IDLE_MS - 60 * 1000;
const LEAVE_MS = 2000;
const SLOW_MS = 400;
const body = document.body;
let lastUse = Date.now();
let isSending = false;

function announce(text, isVisible = true) {
  const region = document.getElementById("live");
  region.classList.toggle("visually-hidden", !isVisible);
  region.textContent = text;
}

// `part`: the id of what the focus goes to, a field or a part; without it, to what is wrong or to the page's heading.
function show(html, buttonId = null, part = "") {
  const next = new DOMParser().parseFromString(html, "text/html");
  for (const name of ["header", "main", "footer"]) {
    const oldPart = document.querySelector(name);
    const newPart = next.querySelector(name);
    if (!oldPart || !newPart) return false;
    oldPart.replaceWith(document.adoptNode(newPart));
  }
  document.documentElement.lang = next.documentElement.lang;
  document.title = next.title;
  body.className = next.body.className;
  Object.assign(body.dataset, next.body.dataset);
  ready();
  const button = buttonId && document.getElementById(buttonId);
  if (button) {
    button.focus();
    const card = button.closest(".card");
    const message = card.querySelector("[role=alert]") ?? card.querySelector("[role=status], h3");
    announce(message.textContent, false);
    return true;
  }
  const summary = document.querySelector("main .summary");
  const target = document.getElementById(part);
  const field = target?.matches("input, select, textarea") ? target : null;
  const heading = summary ?? (field ? null : target) ?? document.querySelector("main h1");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  if (heading === target) target.scrollIntoView();
  else window.scrollTo({ top: 0, behavior: "instant" });
  if (!summary && heading !== target) begin(field);
  announce(heading.textContent, false);
  return true;
}

function enable() {
  for (const part of document.querySelectorAll("[data-print], [data-scripted]")) part.hidden = false;
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
}

function ready() {
  enable();
  const form = document.querySelector("form[data-rest]");
  if (form) complete(form);
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
    const oldRest = document.getElementById("rest");
    const newRest = new DOMParser().parseFromString(html, "text/html").getElementById("rest");
    if (!form.isConnected || answer.redirected || !newRest) return;
    if (newRest.dataset.version !== oldRest.dataset.version) {
      show(html);
      return;
    }
    oldRest.replaceWith(document.adoptNode(newRest));
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
  const buttonId = form.hasAttribute("data-queue") ? button.id : null;
  if (isSending) {
    if (buttonId) presses.push(buttonId);
    return;
  }
  isSending = true;
  body.setAttribute("aria-busy", "true");
  const timer = setTimeout(() => announce(body.dataset.busy), SLOW_MS);
  const action = (button && button.hasAttribute("formaction") && button.getAttribute("formaction")) || form.getAttribute("action");
  try {
    const answer = await post(form, button, action);
    const html = await answer.text();
    if (answer.redirected) {
      window.location.replace(answer.url);
    } else if (!show(html, buttonId, action.split("#")[1])) {
      announce(body.dataset.away);
      presses.length = 0;
    }
  } catch {
    announce(body.dataset.away);
    presses.length = 0;
  } finally {
    clearTimeout(timer);
    isSending = false;
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
  const button = event.target.closest("[data-copy]");
  if (button) navigator.clipboard.writeText(button.dataset.copy).then(() => announce(button.dataset.message), () => {});
});

ready();
if (!document.querySelector("main .summary")) begin(null);

// ---- needs, filtered as one types: what is typed stays in its field, which no form sends

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().split(/[^\p{L}\p{N}]+/u).join(" ").trim();

function matchingNeeds() {
  return [...document.querySelectorAll("[data-words]")].filter((need) => !need.hidden);
}

function filter(field) {
  const words = plain(field.value).split(" ").filter(Boolean);
  for (const group of document.querySelectorAll("[data-filter-group]")) {
    const needs = [...group.querySelectorAll("[data-words]")];
    for (const need of needs) {
      const text = ` ${plain(`${need.textContent} ${need.dataset.words}`)}`;
      need.hidden = !words.every((word) => text.includes(` ${word}`));
    }
    group.hidden = needs.every((need) => need.hidden);
    if (group.localName !== "details") continue;
    group.dataset.open ??= String(group.open);
    group.open = words.length ? !group.hidden : group.dataset.open === "true";
  }
  const count = matchingNeeds().length;
  const status = document.getElementById("fits");
  const text = status.dataset[count === 0 ? "none" : count === 1 ? "one" : "many"];
  status.textContent = words.length ? text.replace("{count}", count) : "";
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-filter]")) filter(event.target);
});

// Enter takes the first need that fits; with nothing typed it goes on.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches("[data-filter]") || !event.target.value) return;
  event.preventDefault();
  const need = matchingNeeds()[0];
  if (!need) return;
  need.querySelector("input").checked = true;
  need.closest("details")?.setAttribute("data-open", "true");
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
  const reply = fetch("/leave", { method: "POST", redirect: "manual", credentials: "same-origin", keepalive: true });
  const timeout = new Promise((resolve) => setTimeout(resolve, LEAVE_MS));
  const goAway = () => window.location.replace(body.dataset.leave);
  Promise.race([reply, timeout]).then(goAway, goAway); // whatever the server says, and if it says nothing
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
  document.addEventListener(kind, () => { lastUse = Date.now(); }, { passive: true, capture: true });
}
setInterval(() => {
  const idle = Date.now() - lastUse;
  if (idle >= IDLE_MS) wipe();
  else if (idle >= WARN_MS && document.querySelector("header nav")) announce(body.dataset.warning);
}, 5000);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && Date.now() - lastUse >= IDLE_MS) wipe();
});

// ---- what a browser would bring back

window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});

// ---- numbers at hand without a network

if ("serviceWorker" in navigator && body.classList.contains("officer")) {
  navigator.serviceWorker.register("/worker.js").catch(() => {});
}
