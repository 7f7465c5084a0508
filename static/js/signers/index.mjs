// The keys that a page can sign with, whatever holds them.
//
// A driver is {kind, list(), sign(handle, purpose, fields), close()}:
//   kind    "demo" (made in this browser), "soft" (a .pfx opened here), "bridge" (a UKey behind its
//           vendor's program on this computer)
//   list()  cards [{handle, kind, holder, issuer, serial, notBefore, notAfter, algorithm,
//           certificate, chain}]; handle: SHA-256 hex of the certificate's DER; serial: hex; times:
//           ISO 8601; algorithm: "P-256", "P-384", "RSA-<bits>" or "SM2"; certificate, chain:
//           base64 of DER. A demo card also has `identity`, a soft one `kept`, a bridge's `bridge`.
//   sign()  {body, signature, certificate, chain}, ready to be sent as JSON; `cert` is filled in
// Failures are SignerError (error.mjs lists the codes).

import { BridgeSigner } from "./bridge.mjs";
import { DemoSigner } from "./demo.mjs";
import { SignerError } from "./error.mjs";
import { SoftSigner } from "./soft.mjs";

export { SignerError };

/** What templates/parts/signers.html says: {demo: {ca} | null, soft, bridges: [{name, url}], words, check}. */
export function pageConfig() {
  const script = document.getElementById("signers");
  if (!script) throw new SignerError("unknown_signer");
  return JSON.parse(script.textContent);
}

/** All drivers of a page; without `config` that of the page itself. */
export function openSigners(config = pageConfig()) {
  return new Signers(config);
}

export class Signers {
  /** What there is to say, by SignerError code and a few other keys: {title, body, tone, code}. */
  words;
  demo;
  /** Driver of opened .pfx files, with open(bytes, password, {keep}); null where not allowed. */
  soft;
  /** One driver for each vendor's program, with `name`, `state` and refresh(). */
  bridges;
  /** {label, href} of the device check. */
  checkLink;
  #listeners = new Set();

  constructor({ demo = null, soft = false, bridges = [], words = {}, check = null }) {
    this.words = words;
    this.checkLink = check;
    this.demo = demo && new DemoSigner(demo);
    this.soft = soft ? new SoftSigner() : null;
    this.bridges = bridges.map((bridge) => new BridgeSigner(bridge, (one) => this.#tell(one)));
  }

  get drivers() {
    return [this.demo, this.soft, ...this.bridges].filter(Boolean);
  }

  /** Cards of every driver that answers. A driver that fails does not hide the others' keys. */
  async list() {
    const lists = await Promise.allSettled(this.drivers.map((driver) => driver.list()));
    return lists.flatMap(({ value }) => value ?? []);
  }

  /** Ask the vendors' programs again, then list(). */
  async refresh() {
    await Promise.allSettled(this.bridges.map((bridge) => bridge.refresh()));
    return this.list();
  }

  /** Whether the key of this certificate is at hand. */
  async ready(handle) {
    return (await this.#driverOf(handle)) !== null;
  }

  /** Sign with the key of `handle`; `signal` gives up waiting. Throws SignerError. */
  async sign(handle, purpose, fields, { signal } = {}) {
    const driver = await this.#driverOf(handle);
    if (driver === null) throw new SignerError("unknown_key");
    return driver.sign(handle, purpose, fields, { signal });
  }

  /** The message for a failure, its {places} filled in. */
  explain(error) {
    const left = error.detail?.left;
    const uncounted = error.code === "wrong_pin" && !Number.isInteger(left);
    return this.say(uncounted ? "wrong_pin_uncounted" : error.code, { left });
  }

  /** What looking for keys has come to: a bridge's state, where there was nothing to submit. */
  detected(state) {
    return this.say(`detected_${state}` in this.words ? `detected_${state}` : state);
  }

  /** The message `key` with its {places} filled in; what is not known is a fault. */
  say(key, places = {}) {
    const said = this.words[key] ?? this.words.failed ?? { title: key, body: "" };
    const fill = (text) => text.replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
    return { ...said, title: fill(said.title), body: fill(said.body) };
  }

  /**
   * `callback({driver, state, code})` whenever a bridge's state changes; code: that of SignerError
   * while it has no key to offer, else null. Returns how to stop that.
   */
  onState(callback) {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  close() {
    this.#listeners.clear();
    for (const driver of this.drivers) driver.close();
  }

  #tell(driver) {
    const { state } = driver;
    const code = ["idle", "connecting", "ready"].includes(state) ? null : state;
    for (const listener of this.#listeners) listener({ driver, state, code });
  }

  async #driverOf(handle) {
    for (const driver of this.drivers) {
      const cards = await driver.list().catch(() => []);
      if (cards.some((card) => card.handle === handle)) return driver;
    }
    return null;
  }
}
