// Signing at a place of the page that says what is going on, and lets one give up waiting.

import { sign } from "./keypanel.mjs";
import { box } from "./saying.mjs";

/** A signed statement, as signers.sign gives it; `place` tells of the wait. Throws SignerError. */
export async function signHere(place, signers, handle, purpose, fields) {
  const giveUp = new AbortController();
  const cancel = { label: signers.say("cancel").title, act: () => giveUp.abort() };
  let shown = null;
  const waiting = (said) => {
    if (said === null) {
      tell(place, signers.say("signing"));
    } else if (shown?.isConnected) {
      // Once aloud; the seconds that follow are for the eye, and the button keeps the focus.
      place.setAttribute("aria-live", "off");
      shown.querySelector(".notice__body").textContent = said.body;
    } else {
      shown = tell(place, said, [cancel]);
    }
  };
  tell(place, signers.say("signing"));
  return sign(signers, handle, purpose, fields, { signal: giveUp.signal, waiting });
}

/** Say {title, body, tone} at `place`, aloud; the box that says it. */
export function tell(place, said, actions = []) {
  place.setAttribute("aria-live", "assertive");
  const made = box(document.getElementById("signer-notice"), said, actions);
  place.replaceChildren(made);
  return made;
}
