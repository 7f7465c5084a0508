// Bringing up the key of the signed-in certificate, and waiting for it to sign.

import { SignerError } from "../signers/index.mjs";
import { attach } from "./pfxform.mjs";
import { show } from "./saying.mjs";

const WAIT_MS = 600;
const attached = new WeakSet();
let settle = null;

/**
 * Resolves as soon as the key of `handle` is at hand; if it is not, a dialog asks for it. Throws
 * SignerError("cancelled") when the dialog is closed without it.
 */
export async function unlock(handle, signers) {
  if (await signers.ready(handle)) return;
  const panel = document.getElementById("key-panel");
  if (!panel) throw new SignerError("unknown_key");
  if (!attached.has(panel)) start(panel, signers);
  await new Promise((resolve, reject) => {
    const stop = signers.onState(() => seen());
    settle = { handle, seen };
    panel.addEventListener(
      "close",
      () => {
        stop();
        settle = null;
        if (panel.returnValue === "ready") resolve();
        else reject(new SignerError("cancelled"));
      },
      { once: true },
    );
    panel.returnValue = "";
    panel.showModal();

    async function seen() {
      if (panel.open && (await signers.ready(handle))) panel.close("ready");
    }
  });
}

/**
 * Sign with the key of `handle`, having it brought up first. While a key takes its time, `waiting`
 * gets the message to show, with `seconds`, and once null when the wait is over. Throws SignerError.
 */
export async function sign(signers, handle, purpose, fields, { signal, waiting = () => {} } = {}) {
  await unlock(handle, signers);
  const began = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - began) / 1000);
    waiting(signers.say("waiting", { seconds }), seconds);
  }, WAIT_MS);
  try {
    return await signers.sign(handle, purpose, fields, { signal });
  } finally {
    clearInterval(timer);
    waiting(null);
  }
}

function start(panel, signers) {
  attached.add(panel);
  panel.querySelector("[data-key-cancel]").addEventListener("click", () => panel.close("cancel"));
  const look = panel.querySelector("[data-key-look]");
  look?.addEventListener("click", () => lookForKeys(panel, look, signers));
  const form = panel.querySelector("[data-open-pfx]");
  if (!form) return;
  attach(form, signers, async (cards) => {
    await settle?.seen();
    return cards.some((card) => card.handle === settle?.handle) || !panel.open
      ? null
      : signers.say("other_key");
  });
}

async function lookForKeys(panel, button, signers) {
  const state = panel.querySelector("[data-key-state]");
  button.disabled = true;
  show(state, signers.say("connecting"));
  await signers.refresh();
  button.disabled = false;
  await settle?.seen();
  if (!panel.open) return;
  const states = signers.bridges.map((bridge) => bridge.state);
  const worst = states.find((one) => one !== "ready" && one !== "bridge_absent") ?? states[0];
  show(state, states.includes("ready") ? signers.say("other_key") : signers.detected(worst));
}
