// Signing at a place of the page that says what is going on, and lets one give up waiting.

import { sign } from "./keypanel.mjs";
import { show } from "./saying.mjs";

/** A signed statement, as signers.sign gives it; `place` tells of the wait. Throws SignerError. */
export async function signHere(place, signers, handle, purpose, fields) {
  const giveUp = new AbortController();
  const text = document.createElement("p");
  const cancel = document.createElement("button");
  cancel.type = "button";
  cancel.className = "btn btn--small";
  cancel.textContent = signers.say("cancel").title;
  cancel.addEventListener("click", () => giveUp.abort());
  tell(place, signers.say("signing"));
  const waiting = (said, seconds) => {
    if (said === null) {
      tell(place, signers.say("signing"));
      return;
    }
    // Once aloud; the seconds that follow are for the eye, and the button keeps the focus.
    if (!text.isConnected) place.replaceChildren(text, cancel);
    else place.setAttribute("aria-live", "off");
    show(text, said);
  };
  return sign(signers, handle, purpose, fields, { signal: giveUp.signal, waiting });
}

/** Say {title, body} at `place`, aloud. */
export function tell(place, said) {
  place.setAttribute("aria-live", "assertive");
  show(place, said);
}
