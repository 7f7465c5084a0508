// Signing at the seat: which key, how long it takes, and what is said while one waits for it.

import { openSigners } from "../signers/index.mjs";
import { freshNonce, issuedAt, purposeFor } from "../statement.mjs";
import { remembered } from "../signers/timing.mjs";
import { sign, unlock } from "../ui/keypanel.mjs";

const MEASURED = 5;
// A key in the browser signs within milliseconds; "0.0 s" would look like no measurement.
const SHOWN_LEAST = 0.1;
// What the device check can find the cause of.
const KEY_FAULTS = new Set(["bridge_absent", "bridge_denied", "bridge_fault", "no_device", "timeout"]);

export class Signing {
  #data;
  #messages;
  #signers = openSigners();
  #times = [];

  /** `messages`: where it is told that the key is waited for, and what went wrong with it. */
  constructor(data, messages) {
    this.#data = data;
    this.#messages = messages;
    addEventListener("pagehide", () => this.#signers.close());
  }

  /** Whether the key of the signed-in certificate is at hand. */
  async ready() {
    return this.#signers.ready(this.#data.handle);
  }

  /** `callback()` when a key was inserted, pulled or opened. */
  onChange(callback) {
    this.#signers.onState(callback);
  }

  /** Have the key brought up before it is needed. Throws SignerError("cancelled"). */
  async unlock() {
    await unlock(this.#data.handle, this.#signers);
  }

  /** Seconds that a signature takes: median of the last ones, or as the device check measured it;
   * null where neither is known. */
  get seconds() {
    const times = [...this.#times].sort((a, b) => a - b);
    const usual = times[Math.floor(times.length / 2)] ?? remembered(this.#data.handle);
    return usual === null ? null : Math.max(usual, SHOWN_LEAST);
  }

  /** A signed declaration on this lot: an `answer`, or an entry to the draw. Throws SignerError.
   *
   * The nonce is made here, by this browser: for an entry it is the bidder's share of the draw.
   */
  async declare(purpose, fields) {
    const { aud, lot, signedPlate, rules, practice } = this.#data;
    return this.#sign(purposeFor(purpose, practice), {
      aud,
      lot,
      plate: signedPlate,
      rules,
      nonce: freshNonce(),
      iat: issuedAt(),
      ...fields,
    });
  }

  /** A signed bid over `fen`, made under the head that this page shows. Throws SignerError. */
  async sign(fen, head) {
    const { aud, lot, signedPlate, rules, currency, purpose } = this.#data;
    await this.unlock();
    const began = performance.now();
    const signed = await this.#sign(purpose, {
      aud,
      lot,
      plate: signedPlate,
      rules,
      amount: String(fen),
      cur: currency,
      prev: `${head.size}:${head.root}`,
      nonce: freshNonce(),
      iat: issuedAt(),
    });
    this.#times.push((performance.now() - began) / 1000);
    if (this.#times.length > MEASURED) this.#times.shift();
    return signed;
  }

  /** The message that the key is not at hand. */
  get missing() {
    return this.#signers.say("missing");
  }

  /** Say what went wrong, with `actions` to choose from. */
  failed(error, actions = []) {
    const { label, href } = this.#signers.checkLink;
    // Beside the seat, which nobody wants to leave during a round.
    const check = { label, act: () => open(href, "_blank", "noopener") };
    const all = KEY_FAULTS.has(error.code) ? [...actions, check] : actions;
    this.#messages.show("sign", this.#signers.explain(error), { actions: all });
  }

  async #sign(purpose, fields) {
    const giveUp = new AbortController();
    const cancel = { label: this.#signers.say("cancel").title, act: () => giveUp.abort() };
    let box = null;
    const waiting = (said) => {
      if (said === null) this.#messages.clear("sign");
      // Told once; then only the seconds move, and the button keeps the focus.
      else if (box?.isConnected) box.querySelector(".notice__body").textContent = said.body;
      else box = this.#messages.show("sign", said, { actions: [cancel], stays: true });
    };
    const how = { signal: giveUp.signal, waiting };
    const { handle } = this.#data;
    const { body, signature, certificate } = await sign(this.#signers, handle, purpose, fields, how);
    // The server has known the certificate's issuers since its holder signed in.
    return { body, signature, certificate };
  }
}
