// Tells of what comes in: counts from a stream, said politely, with a sound where one was chosen. Keeps nothing.
"use strict";

const stream = new EventSource("/arrivals");
let pressing = null;
let audio = null;

function said(what, count) {
  return document.body.dataset[count === 1 ? `${what}One` : `${what}Many`].replace("{count}", count);
}

function sound() {
  if (!audio) return;
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  volume.gain.value = 0.1;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.2);
}

stream.onmessage = (event) => {
  const [waits, presses] = event.data.split(" ").map(Number);
  const badges = [...document.querySelectorAll("[data-waits]")];
  const before = badges.length ? Number(badges[0].dataset.waits) : waits;
  for (const badge of badges) {
    badge.dataset.waits = waits;
    badge.firstElementChild.textContent = waits;
    badge.hidden = waits === 0;
  }
  const line = document.querySelector("[data-waits-said]");
  if (line && waits !== before) line.textContent = said("arrived", waits);
  const urged = pressing !== null && presses > pressing;
  pressing = presses;
  if (urged) tell(said("pressing", presses));
  else if (waits > before) tell(said("arrived", waits));
  if (urged || waits > before) sound();
};

// A browser lets a page sound only once somebody has touched it.
if ("sound" in document.body.dataset) {
  for (const kind of ["pointerdown", "keydown"]) {
    document.addEventListener(kind, () => { audio ??= new AudioContext(); }, { once: true });
  }
}

window.addEventListener("leaving", () => stream.close());
