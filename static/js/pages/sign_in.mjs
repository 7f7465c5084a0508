// Sign-in: choose a certificate, have its key sign the server's challenge, send the answer.
// The key never leaves this computer.

import { element, hindrance } from "../signin/cards.mjs";
import { Refused, Server } from "../signin/server.mjs";
import { enrol, enrolmentFrom } from "../signers/demo.mjs";
import { openSigners } from "../signers/index.mjs";
import { attach } from "../ui/pfxform.mjs";
import { box } from "../ui/saying.mjs";

const WAIT_MS = 1000;

const page = document.getElementById("sign-in");
const place = document.getElementById("sign-in-message");
const messageTemplate = document.getElementById("message-template");
const certTemplate = document.getElementById("cert-template");
const held = page.querySelector("[data-held]");
const detect = page.querySelector("[data-detect]");
const soft = page.querySelector("[data-open-pfx]");
const words = JSON.parse(document.getElementById("sign-in-words").textContent);
const server = new Server(page.dataset);
const signers = openSigners();

let busy = false;
let stage = "key";
let shown = [];

// Without script there is nothing to press.
for (const way of page.querySelectorAll("[data-way]")) way.hidden = false;
signers.onState(changed);
for (const button of page.querySelectorAll("[data-identity]")) {
  button.addEventListener("click", () => attempt(() => demoCard(button.dataset.identity)));
}
detect?.addEventListener("click", () => find());
if (soft) {
  attach(soft, signers, async () => {
    clear();
    await show();
    held.querySelector("[data-cert]").focus();
  });
}
addEventListener("pagehide", () => signers.close());
show();

// --- which certificates there are ------------------------------------------------------------------

/** List the certificates at hand; demo identities have buttons of their own. */
async function show(cards = null) {
  const all = (cards ?? (await signers.list())).filter((card) => card.kind !== "demo");
  shown = all;
  const usable = (card) => hindrance(card, word) === null;
  all.sort((one, other) => usable(other) - usable(one));
  held.hidden = all.length === 0;
  const items = all.map((card) => element(certTemplate, card, word, () => attempt(() => card)));
  held.querySelector("[data-cards]").replaceChildren(...items);
  step(all.some(usable) || page.dataset.ca ? "choose" : "key");
  return all;
}

/** A key was plugged in or pulled out, a program was started or ended, while the page is open. */
function changed({ driver, state }) {
  if (busy) return;
  if (state === "ready" || state === "no_device") show();
  else if (state === "bridge_absent") show(shown.filter((card) => card.bridge !== driver.name));
}

async function find() {
  const said = page.querySelector("[data-detected]");
  const { title, body } = signers.say("connecting");
  clear();
  busy = detect.disabled = true;
  said.textContent = `${title} ${body}`;
  const all = await show(await signers.refresh());
  const found = all.filter((card) => card.kind === "bridge").length;
  said.textContent = found ? word("found", { n: found }) : "";
  busy = detect.disabled = false;
  if (found) held.querySelector("[data-cert]").focus();
  else undetected();
}

/** One reason at a time: a program that answers has more to say than one that is not there. */
function undetected() {
  const states = signers.bridges.map((bridge) => bridge.state);
  const worst = states.find((one) => one !== "bridge_absent" && one !== "ready") ?? states[0];
  step(stage, "problem");
  say(signers.detected(worst), { actions: [{ label: word("retry"), act: find }, check()] });
}

/** The certificate of a demo identity; made now if this browser has none yet. */
async function demoCard(identity) {
  const known = (await signers.list()).find((one) => one.identity === identity);
  return known ?? (await enrol(enrolmentFrom(page), identity));
}

// --- signing in ------------------------------------------------------------------------------------

/** One attempt at a time; `choose` gives the card. */
async function attempt(choose) {
  if (busy) return;
  busy = true;
  clear();
  try {
    const { handle } = await choose();
    step("sign");
    const challenge = await server.challenge();
    const answer = await server.answer(await sign(handle, challenge), challenge.nonce);
    await enter(answer.confirm ? await confirm(answer) : answer);
  } catch (error) {
    fail(error, () => attempt(choose));
  } finally {
    busy = false;
  }
}

async function sign(handle, { aud, nonce }) {
  const giveUp = new AbortController();
  const began = performance.now();
  const waiting = setInterval(() => {
    const seconds = Math.round((performance.now() - began) / 1000);
    const cancel = { label: signers.say("cancel").title, act: () => giveUp.abort() };
    // Once aloud; the seconds that follow are for the eye.
    say(signers.say("waiting", { seconds }), { spoken: seconds <= 1, actions: [cancel] });
  }, WAIT_MS);
  try {
    const iat = String(Math.floor(Date.now() / 1000));
    return await signers.sign(handle, "login", { aud, nonce, iat }, { signal: giveUp.signal });
  } finally {
    clearInterval(waiting);
    clear();
  }
}

/** The certificate is in use elsewhere: end that session only if its holder says so. */
async function confirm({ confirm: token, title, body }) {
  const dialog = document.getElementById("elsewhere");
  dialog.querySelector("[data-title]").textContent = title;
  dialog.querySelector("[data-body]").textContent = body;
  dialog.returnValue = "cancel";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "continue" ? server.takeOver(token) : null;
}

async function enter(answer) {
  if (answer === null) {
    say({ title: word("not_taken"), body: word("not_taken_body"), tone: "blue" });
    step("choose");
    return;
  }
  step("done");
  new BroadcastChannel("session").postMessage("changed");
  location.assign(answer.next);
  await new Promise(() => {}); // Nothing more is pressed until the next page is there.
}

// --- what is said ----------------------------------------------------------------------------------

function fail(error, again = null) {
  const retry = again && { label: word("retry"), act: again };
  const { answer } = error;
  step(stage, "problem");
  if (error instanceof Refused && answer.code === "FORM_EXPIRED") {
    const reload = { label: word("reload"), act: () => location.reload() };
    say({ title: word("form_expired"), body: word("form_expired_body") }, { actions: [reload] });
  } else if (error instanceof Refused && answer.title) {
    const register = answer.enrol && { label: word("enrol"), href: answer.enrol };
    say(answer, { actions: [register ?? (answer.retry !== false && retry)] });
  } else {
    say(signers.explain(error), { actions: [retry, check()] });
  }
}

function check() {
  return { label: word("check"), href: words.check_url };
}

function say(said, { actions = [], spoken = true } = {}) {
  place.setAttribute("aria-live", spoken ? "assertive" : "off");
  place.replaceChildren(box(messageTemplate, said, actions.filter(Boolean)));
}

/** Nothing is said at the moment; how the last session ended is read by now. */
function clear() {
  page.querySelector("[data-ended]")?.remove();
  place.replaceChildren();
}

function step(name, problem = null) {
  stage = name;
  const items = [...page.querySelectorAll("[data-step]")];
  const at = name === "done" ? items.length : items.findIndex((item) => item.dataset.step === name);
  items.forEach((item, number) => {
    const current = number === at;
    item.classList.toggle("is-done", number < at);
    item.classList.toggle("is-problem", current && problem !== null);
    if (current) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
    item.querySelector("[data-step-state]").textContent =
      number < at ? word("done") : current ? word("current") : "";
  });
}

function word(key, places = {}) {
  return fill(words[key] ?? "", places);
}

function fill(text, places) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
}
