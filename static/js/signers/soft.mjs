// Soft certificates: a .pfx is opened in this page, its keys stay in this page, and the server
// never sees file or password. Nothing is stored unless its holder asks for it (kept.mjs).

import { card, readCertificate } from "./certificate.mjs";
import { SignerError } from "./error.mjs";
import { forgetAll, keep, kept } from "./kept.mjs";
import { openPfx } from "./pkcs12.mjs";
import { signStatement } from "./signed.mjs";
import { isSupported, pair, signWith } from "./softkey.mjs";

const DEEPEST = 4;

export class SoftSigner {
  kind = "soft";
  #held = new Map();
  #restored = null;

  /**
   * Open a .pfx (ArrayBuffer or Uint8Array) and hold its signing keys; `keep`: also after this page,
   * until forget(). Returns their cards. Throws SignerError: not_a_pfx, wrong_password, no_key (no
   * private key with a certificate that may sign), unsupported_key, insecure_context.
   */
  async open(source, password, { keep: keepOpen = false } = {}) {
    if (!globalThis.crypto?.subtle) throw new SignerError("insecure_context");
    const { keys, certificates } = await openPfx(new Uint8Array(source), password);
    const held = await signingKeys(keys, certificates).finally(() => {
      for (const key of keys) key.fill(0);
    });
    for (const one of held) {
      if (keepOpen) {
        one.card.kept = true;
        await keep(one);
      }
      this.#held.set(one.card.handle, one);
    }
    return held.map((one) => one.card);
  }

  /** Cards of the keys that are open now. */
  async list() {
    await this.#restore();
    return [...this.#held.values()].map((one) => one.card);
  }

  async sign(handle, purpose, fields) {
    await this.#restore();
    const held = this.#held.get(handle);
    if (!held) throw new SignerError("unknown_key");
    return signStatement(held.card, purpose, fields, (bytes) => signWith(held, bytes));
  }

  /** Forget all keys, the kept ones too. */
  async forget() {
    this.close();
    await forgetAll();
  }

  close() {
    for (const { secret } of this.#held.values()) secret?.fill(0);
    this.#held.clear();
    this.#restored = null;
  }

  #restore() {
    this.#restored ??= kept()
      .then((records) => {
        for (const record of records) this.#held.set(record.card.handle, record);
      })
      // Without storage nothing was kept; keys opened in this page sign all the same.
      .catch(() => {});
    return this.#restored;
  }
}

/** Each key with its certificate and the issuers found in the same file. */
async function signingKeys(keys, certificates) {
  const all = certificates.map((der) => ({ der, ...readCertificate(der) }));
  const candidates = all.filter((one) => one.signs && !one.authority);
  const held = [];
  for (const certificate of candidates.filter((one) => isSupported(one.algorithm))) {
    for (const pkcs8 of keys) {
      const key = await pair(pkcs8, certificate);
      if (!key) continue;
      const shown = await card(certificate.der, issuersOf(certificate, all), {
        kind: "soft",
        kept: false,
      });
      held.push({ card: shown, ...key });
      break;
    }
  }
  if (held.length) return held;
  if (keys.length && !candidates.length && all.some((one) => !one.signs && !one.authority)) {
    throw new SignerError("no_key", "encryption");
  }
  const strange = candidates.find((one) => !isSupported(one.algorithm));
  if (keys.length && strange) throw new SignerError("unsupported_key", strange.algorithm);
  throw new SignerError("no_key");
}

/** DER of the issuers in the file, nearest first, without the root: the server has its own. */
function issuersOf(certificate, all) {
  const chain = [];
  let below = certificate;
  while (chain.length < DEEPEST) {
    const issuer = all.find((one) => one.authority && same(one.subject, below.issuerName));
    if (!issuer || same(issuer.subject, issuer.issuerName)) break;
    chain.push(issuer.der);
    below = issuer;
  }
  return chain;
}

function same(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
