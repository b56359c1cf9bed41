// Tells of what comes in: counts from a stream, said politely, with a sound where one was chosen. Keeps nothing.
"use strict";

const stream = new EventSource("/arrivals");
let urgentCount = null;
let audio = null;

function announcement(kind, count) {
  return document.body.dataset[count === 1 ? `${kind}One` : `${kind}Many`].replace("{count}", count);
}

function playTone() {
  if (!audio) return;
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  volume.gain.value = 0.1;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.2);
}

stream.onmessage = (event) => {
  const [waits, urgent] = event.data.split(" ").map(Number);
  const badges = [...document.querySelectorAll("[data-waits]")];
  const oldWaits = badges.length ? Number(badges[0].dataset.waits) : waits;
  for (const badge of badges) {
    badge.dataset.waits = waits;
    badge.firstElementChild.textContent = waits;
    badge.hidden = waits === 0;
  }
  const line = document.querySelector("[data-waits-line]");
  if (line && waits !== oldWaits) line.textContent = announcement("arrived", waits);
  const isUrgent = urgentCount !== null && urgent > urgentCount;
  urgentCount = urgent;
  if (isUrgent) announce(announcement("pressing", urgent));
  else if (waits > oldWaits) announce(announcement("arrived", waits));
  if (isUrgent || waits > oldWaits) playTone();
};

// A browser lets a page sound only once somebody has touched it.
if ("sound" in document.body.dataset) {
  for (const kind of ["pointerdown", "keydown"]) {
    document.addEventListener(kind, () => { audio ??= new AudioContext(); }, { once: true });
  }
}

window.addEventListener("leaving", () => stream.close());
