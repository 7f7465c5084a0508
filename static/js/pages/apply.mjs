// Sign what stands on the page, one statement or several, and send them together.
//
// An element [data-sign-and-send]: data-url, data-handle (the certificate that is signed in),
// data-csrf. In it a script.to-sign of JSON: {statements: [{name, purpose, fields}],
// sent: {form, ...}}, a button [data-sign] and a place [data-sign-message].

import { openSigners, SignerError } from "../signers/index.mjs";
import { freshNonce, issuedAt, sha256Hex } from "../statement.mjs";
import { signHere, tell } from "../ui/signhere.mjs";

const signers = openSigners();
addEventListener("pagehide", () => signers.close());

for (const panel of document.querySelectorAll("[data-sign-and-send]")) {
  const button = panel.querySelector("[data-sign]");
  button.hidden = false;
  button.addEventListener("click", () => signAndSend(panel, button));
}

async function signAndSend(panel, button) {
  const place = panel.querySelector("[data-sign-message]");
  button.disabled = true;
  try {
    const { statements, sent } = JSON.parse(panel.querySelector(".to-sign").textContent);
    await requireSameForm(statements, sent);
    const signed = await signEach(place, panel.dataset.handle, statements);
    const { response, answer } = await send(panel.dataset, { ...sent, ...signed });
    if (response.ok) {
      location.assign(answer.next);
      return;
    }
    tell(place, answer.title ? answer : signers.say("failed"));
  } catch (error) {
    tell(place, signers.explain(error));
  }
  button.disabled = false;
}

/** The hash that will be signed is that of the form in this page, whatever the server says. */
async function requireSameForm(statements, sent) {
  for (const { fields } of statements) {
    if (!fields.form) continue;
    const bytes = new TextEncoder().encode(sent.form ?? "");
    if ((await sha256Hex(bytes)) !== fields.form) throw new SignerError("other_form");
  }
}

async function signEach(place, handle, statements) {
  const signed = {};
  for (const { name, purpose, fields } of statements) {
    const all = { ...fields, nonce: freshNonce(), iat: issuedAt() };
    signed[name] = await signHere(place, signers, handle, purpose, all);
  }
  return signed;
}

async function send({ url, csrf }, body) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
      body: JSON.stringify(body),
    });
  } catch {
    throw new SignerError("network");
  }
  return { response, answer: await response.json().catch(() => ({})) };
}
