// Sign what stands on the page with the certificate that is signed in, and send it.
//
// An element [data-sign-document] says what: data-purpose, data-fields (JSON of the fields that
// the server knows), data-url, data-handle (the certificate), data-csrf.

import { openSigners, SignerError } from "../signers/index.mjs";
import { freshNonce, issuedAt } from "../statement.mjs";
import { signHere, tell } from "../ui/signhere.mjs";

const signers = openSigners();
addEventListener("pagehide", () => signers.close());

for (const panel of document.querySelectorAll("[data-sign-document]")) {
  const button = panel.querySelector("[data-sign]");
  button.hidden = false;
  button.addEventListener("click", () => sign(panel, button));
}

async function sign(panel, button) {
  const { purpose, fields, url, handle, csrf } = panel.dataset;
  const place = panel.querySelector("[data-sign-message]");
  button.disabled = true;
  try {
    const all = { ...JSON.parse(fields), nonce: freshNonce(), iat: issuedAt() };
    const signed = await signHere(place, signers, handle, purpose, all);
    const { response, answer } = await send(url, csrf, signed);
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

async function send(url, csrf, signed) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
      body: JSON.stringify(signed),
    });
  } catch {
    throw new SignerError("network");
  }
  return { response, answer: await response.json().catch(() => ({})) };
}
