// How long this browser stays signed in: a warning before it ends, a keystroke keeps it, and when it
// has ended (also in another tab, or elsewhere) the page does not stay as if nothing had happened.

import { durationWords, nowUs } from "./clock.mjs";
import { announcer } from "./ui/announcer.mjs";

const LOOK_MS = 15_000;
const KEEP_MS = 60_000;
const WARN_US = 120e6;
const AFTER_MS = 1000;

const warning = document.getElementById("session-warning");
const { stateUrl, keepUrl, backUrl, token } = warning.dataset;
const here = location.pathname.slice(document.documentElement.dataset.base.length) + location.search;
// The hall has messages, records and a socket of its own; it is told there and stops by itself.
const hall = document.querySelector("[data-hall=seat]");
const tabs = new BroadcastChannel("session");

let lasting = null;
let busy = false;
let atWork = false;
let keptAt = performance.now();
let lookedAt = -Infinity;

tabs.addEventListener("message", () => setTimeout(look, AFTER_MS));
addEventListener("pageshow", (event) => event.persisted && look());
document.addEventListener("visibilitychange", () => (document.hidden ? atWork && keep() : glance()));
addEventListener("focus", glance);
for (const kind of ["keydown", "pointerdown"]) {
  addEventListener(kind, () => (warning.hidden || !idles() ? (atWork = true) : keep()), true);
}
for (const form of document.querySelectorAll("form[action$='/sign-out']")) {
  form.addEventListener("submit", signOut);
}
warning.querySelector("[data-keep]").addEventListener("click", () => (idles() ? keep() : hide()));
setInterval(beat, LOOK_MS);
setInterval(tick, 1000);
look();

/** While the page is seen, so that an ended session shows soon. */
function beat() {
  if (atWork && performance.now() - keptAt >= KEEP_MS) keep();
  else if (!document.hidden) look();
}

/** Somebody comes back to the page, which may tell of it twice. */
function glance() {
  if (performance.now() - lookedAt >= AFTER_MS) look();
}

/** Ask how the session stands; asking does not keep it alive. */
async function look() {
  lookedAt = performance.now();
  const answer = await ask(`${stateUrl}?next=${encodeURIComponent(here)}`);
  if (answer) settle(answer);
}

/** Somebody is at work here: tell the server, at most once a minute. */
async function keep() {
  if (busy) return;
  busy = true;
  atWork = false;
  keptAt = performance.now();
  const answer = await ask(keepUrl, { method: "POST", headers: { "X-CSRFToken": token } });
  busy = false;
  if (answer) settle(answer);
  else look();
}

async function ask(url, options = {}) {
  try {
    const headers = { Accept: "application/json", ...options.headers };
    const response = await fetch(url, { credentials: "same-origin", ...options, headers });
    return response.ok ? await response.json() : null;
  } catch {
    return null; // The line is down: that says nothing about the session.
  }
}

async function settle(answer) {
  if (answer.state === "ended") await forgetKeys();
  if (answer.state === "lasting") {
    lasting = answer;
    tick();
  } else if (hall) {
    hall.dispatchEvent(new CustomEvent("session:over", { detail: answer }));
  } else if (answer.grave) {
    location.replace(`${backUrl}?next=${encodeURIComponent(here)}`);
  } else {
    location.reload(); // What may be seen without a session is shown, else the way back in.
  }
}

/** The warning, from two minutes before the end on. */
function tick() {
  if (lasting === null) return;
  const left = lasting.idle_us - nowUs();
  if (left > WARN_US) {
    hide();
    return;
  }
  if (left <= 0) {
    lasting = null;
    look();
    return;
  }
  const line = warning.querySelector(idles() ? "[data-idle]" : "[data-end]");
  line.querySelector("[data-left]").textContent = durationWords(Math.ceil(left / 1e6));
  if (!line.hidden || warning.dataset.read === String(lasting.end_us)) return;
  for (const one of warning.querySelectorAll("[data-idle], [data-end]")) one.hidden = one !== line;
  warning.hidden = false;
  announcer.assertive(`${warning.querySelector("h2").textContent} ${line.textContent}`);
}

/** Whether it ends because nothing was done, and not because its time is up. */
function idles() {
  return lasting !== null && lasting.idle_us < lasting.end_us;
}

function hide() {
  if (warning.hidden) return;
  // What cannot be put off is said once.
  if (lasting && !idles()) warning.dataset.read = String(lasting.end_us);
  warning.hidden = true;
  for (const line of warning.querySelectorAll("[data-idle], [data-end]")) line.hidden = true;
}

async function signOut(event) {
  event.preventDefault();
  await forgetKeys();
  tabs.postMessage("changed");
  event.target.submit();
}

/** Keys kept open in this browser go with their holder's session, however it ended. */
async function forgetKeys() {
  try {
    const { forgetAll } = await import("./signers/kept.mjs");
    await forgetAll();
  } catch {
    // Without storage nothing was kept.
  }
}
