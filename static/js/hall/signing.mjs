// Signing at the seat: which key, how long it takes, and what is said while one waits for it.

import { openSigners } from "../signers/index.mjs";
import { freshNonce, issuedAt, purposeFor } from "../statement.mjs";

const MEASURED = 5;
// A key in the browser signs within milliseconds; "0.0 s" would look like no measurement.
const SHOWN_LEAST = 0.1;

export class Signing {
  #data;
  #signer;
  #times = [];

  constructor(data) {
    this.#data = data;
    this.#signer = openSigners({ demo: { ca: data.ca } });
  }

  /** Whether this browser holds the key of the signed-in certificate. */
  async ready() {
    try {
      return (await this.#signer.list()).some((one) => one.handle === this.#data.handle);
    } catch {
      return false;
    }
  }

  /** Seconds that a signature took, median of the last ones; null before the first. */
  get seconds() {
    if (!this.#times.length) return null;
    const median = [...this.#times].sort((a, b) => a - b)[Math.floor(this.#times.length / 2)];
    return Math.max(median, SHOWN_LEAST);
  }

  /** A signed declaration on this lot: an `answer`, or an entry to the draw. Throws SignerError.
   *
   * The nonce is made here, by this browser: for an entry it is the bidder's share of the draw.
   */
  async declare(purpose, fields) {
    const { aud, lot, signedPlate, rules, handle, practice } = this.#data;
    return this.#signer.sign(handle, purposeFor(purpose, practice), {
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
    const { aud, lot, signedPlate, rules, currency, handle, purpose } = this.#data;
    const began = performance.now();
    const signed = await this.#signer.sign(handle, purpose, {
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
}
