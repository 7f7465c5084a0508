// Sign-in: get a challenge, have the key sign it, send the answer. The key never leaves here.

import { enrol, enrolmentFrom } from "../signers/demo.mjs";
import { openSigners, SignerError } from "../signers/index.mjs";

const page = document.getElementById("sign-in");
const message = document.getElementById("sign-in-message");
const { challengeUrl, answerUrl, csrf, ca, next } = page.dataset;

for (const button of page.querySelectorAll("[data-identity]")) {
  button.addEventListener("click", () => signIn(button));
}

async function signIn(button) {
  say("");
  mark("choose");
  button.disabled = true;
  try {
    const signer = openSigners({ demo: { ca } });
    const handle = await handleOf(signer, button.dataset.identity);
    mark("sign");
    const challenge = await post(challengeUrl, {});
    const signed = await signer.sign(handle, "login", {
      aud: challenge.aud,
      nonce: challenge.nonce,
      iat: String(Math.floor(Date.now() / 1000)),
    });
    const done = await post(answerUrl, { ...signed, nonce: challenge.nonce, next });
    location.assign(done.next);
  } catch (error) {
    say(error instanceof Refused ? `${error.title} ${error.body}` : page.dataset.failed ?? error.code);
    mark("choose");
    button.disabled = false;
  }
}

/** The certificate of a demo identity; made now if this browser has none yet. */
async function handleOf(signer, identity) {
  const known = (await signer.list()).find((one) => one.identity === identity);
  return known ? known.handle : (await enrol(enrolmentFrom(page), identity)).handle;
}

class Refused extends Error {
  constructor(answer) {
    super(answer.code);
    this.title = answer.title ?? answer.code;
    this.body = answer.body ?? "";
  }
}

async function post(url, body) {
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
  const answer = await response.json();
  if (!response.ok) {
    throw new Refused(answer);
  }
  return answer;
}

function mark(step) {
  for (const item of page.querySelectorAll("[data-step]")) {
    item.toggleAttribute("data-current", item.dataset.step === step);
  }
}

function say(text) {
  message.textContent = text;
}
