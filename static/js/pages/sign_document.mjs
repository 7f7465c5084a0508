// Sign what stands on the page with the certificate that is signed in, and send it.
//
// An element [data-sign-document] says what: data-purpose, data-fields (JSON of the fields that
// the server knows), data-url, data-handle (the certificate), data-ca, data-csrf, data-words.

import { openSigners } from "../signers/index.mjs";
import { freshNonce, issuedAt } from "../statement.mjs";

for (const panel of document.querySelectorAll("[data-sign-document]")) {
  const button = panel.querySelector("[data-sign]");
  button.hidden = false;
  button.addEventListener("click", () => sign(panel, button));
}

async function sign(panel, button) {
  const { purpose, fields, url, handle, ca, csrf } = panel.dataset;
  const words = JSON.parse(panel.dataset.words);
  const message = panel.querySelector("[data-sign-message]");
  button.disabled = true;
  message.textContent = words.signing;
  try {
    const signer = openSigners({ demo: { ca } });
    const signed = await signer.sign(handle, purpose, {
      ...JSON.parse(fields),
      nonce: freshNonce(),
      iat: issuedAt(),
    });
    const { response, answer } = await send(url, csrf, signed);
    if (response.ok) {
      location.assign(answer.next);
      return;
    }
    message.textContent = `${answer.title ?? words.failed} ${answer.body ?? ""}`;
  } catch (error) {
    message.textContent = words[error.code] ?? words.failed;
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
    throw Object.assign(new Error("network"), { code: "network" });
  }
  return { response, answer: await response.json().catch(() => ({})) };
}
