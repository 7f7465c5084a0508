// Certificates as cards: which of them can sign in, and of the others why not.

import { readCertificate } from "../signers/certificate.mjs";
import { fromBase64 } from "../statement.mjs";
import { nowUs } from "../clock.mjs";

const DAY_MS = 86_400_000;
const SOON_DAYS = 30;
const BEIJING_MS = 8 * 3_600_000;

/** Why this certificate cannot sign in, or null. */
export function hindrance(card, word, nowMs = nowUs() / 1000) {
  if (!signs(card)) return word("encryption");
  if (card.algorithm === null) return word("algorithm");
  if (Date.parse(card.notAfter) <= nowMs) return word("expired", { day: day(card.notAfter, word) });
  if (Date.parse(card.notBefore) > nowMs) return word("early", { day: day(card.notBefore, word) });
  return null;
}

/** The days that are left if the certificate ends soon, else null. */
export function endsSoon(card) {
  const days = Math.floor((Date.parse(card.notAfter) - nowUs() / 1000) / DAY_MS);
  return days < SOON_DAYS ? days : null;
}

/** A card's element; `choose(card, button)` when it is pressed. */
export function element(template, card, word, choose) {
  const item = template.content.firstElementChild.cloneNode(true);
  const button = item.querySelector("[data-cert]");
  const fill = (name, text) => (item.querySelector(`[data-${name}]`).textContent = text);
  button.dataset.handle = card.handle;
  fill("holder", card.holder);
  fill("kind", card.bridge ? `${word(`kind_${card.kind}`)} · ${card.bridge}` : word(`kind_${card.kind}`));
  fill("issuer", card.issuer);
  fill("serial", word("serial", { tail: card.serial.slice(-4) }));
  fill("until", word("until", { day: day(card.notAfter, word) }));
  const why = hindrance(card, word);
  if (why !== null) {
    // It stays in reach of the keyboard, so that the reason can be read.
    button.setAttribute("aria-disabled", "true");
    fill("why", why);
    item.querySelector("[data-why]").hidden = false;
    return item;
  }
  const days = endsSoon(card);
  if (days !== null) {
    const soon = item.querySelector("[data-until]").appendChild(document.createElement("span"));
    soon.className = "cert__soon";
    soon.textContent = word("soon", { days });
  }
  button.addEventListener("click", () => choose(card, button));
  return item;
}

function signs(card) {
  try {
    return readCertificate(fromBase64(card.certificate)).signs;
  } catch {
    return false;
  }
}

/** The day on Beijing's calendar, in words. */
export function day(iso, word) {
  const local = new Date(Date.parse(iso) + BEIJING_MS);
  return word("day", { y: local.getUTCFullYear(), m: local.getUTCMonth() + 1, d: local.getUTCDate() });
}
