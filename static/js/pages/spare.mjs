// Another certificate for whoever is signed in: list those at hand, have the chosen one answer a
// challenge of this session, send that.
//
// A section [data-spare]: data-url, data-challenge-url, data-csrf, data-words. In it a
// script.spare-fields of JSON {fields, known} (what is signed; certificates that are bound already),
// a list [data-spare-list], a button [data-spare-find], a form [data-open-pfx] where files may be
// opened, a place [data-spare-message].

import { openSigners, SignerError } from "../signers/index.mjs";
import { day } from "../signin/cards.mjs";
import { issuedAt } from "../statement.mjs";
import { attach } from "../ui/pfxform.mjs";
import { signHere, tell } from "../ui/signhere.mjs";

const panel = document.querySelector("[data-spare]");
const words = JSON.parse(panel.dataset.words);
const { fields, known } = JSON.parse(panel.querySelector(".spare-fields").textContent);
const list = panel.querySelector("[data-spare-list]");
const place = panel.querySelector("[data-spare-message]");
const find = panel.querySelector("[data-spare-find]");
const signers = openSigners();
let busy = false;

find.hidden = false;
find.addEventListener("click", async () => {
  find.disabled = true;
  const found = offer(await signers.refresh());
  tell(place, found ? null : words.none);
  find.disabled = false;
});
const files = panel.querySelector("[data-open-pfx]");
if (files) {
  attach(files, signers, async (cards) => {
    offer(await signers.list());
    return cards.some(isNew) ? null : words.known;
  });
}
addEventListener("pagehide", () => signers.close());
offer(await signers.list());

function isNew(card) {
  return !known.includes(card.handle);
}

/** A button for each certificate that is not bound yet; how many there are. */
function offer(cards) {
  const fresh = cards.filter(isNew);
  list.replaceChildren(...fresh.map(item));
  return fresh.length;
}

function item(card) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn--card";
  button.append(line("b", card.holder), line("span", `${card.issuer} · ${word("serial", { tail: card.serial.slice(-4) })}`));
  button.append(line("span", `${word("until", { day: day(card.notAfter, word) })} · ${card.algorithm}`));
  button.addEventListener("click", () => add(card));
  const entry = document.createElement("li");
  entry.append(button);
  return entry;
}

/** The words `key` with their {places} filled in. */
function word(key, places) {
  return words[key].replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
}

function line(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (tag === "span") made.className = "note";
  return made;
}

async function add({ handle }) {
  if (busy) return;
  busy = true;
  try {
    const { nonce } = await post(panel.dataset.challengeUrl, {});
    const asked = { ...fields, nonce, iat: issuedAt() };
    const signed = await signHere(place, signers, handle, "enrolment", asked);
    const { next } = await post(panel.dataset.url, { ...signed, nonce });
    location.assign(next);
    return;
  } catch (error) {
    tell(place, error.answer?.title ? error.answer : said(error));
  }
  busy = false;
}

function said(error) {
  if (error.code === "network") return words.network;
  return error instanceof SignerError ? signers.explain(error) : words.failed;
}

async function post(url, body) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": panel.dataset.csrf },
      body: JSON.stringify(body),
    });
  } catch {
    throw new SignerError("network");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw Object.assign(new Error("refused"), { answer });
  return answer;
}
