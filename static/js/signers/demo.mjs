// Demo identities: a key made in this browser, a certificate from the demo authority.
// The private key is not extractable: it is used here and never leaves, not even to this script.

import { buildBody, fromBase64, pae, payloadType, sha256Hex, toBase64 } from "../statement.mjs";
import { card } from "./certificate.mjs";
import { requireWebCrypto, storeOf } from "./database.mjs";
import { SignerError } from "./error.mjs";
import { signStatement } from "./signed.mjs";

const inStore = storeOf("auction-demo-identities", "identities");
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };

/** Driver of the demo keys in this browser whose certificates are of authority `ca`. */
export class DemoSigner {
  kind = "demo";
  #ca;

  constructor({ ca }) {
    this.#ca = ca;
  }

  /** Cards, each with the `identity` it plays. Throws SignerError. */
  async list() {
    const records = await identities(this.#ca);
    return Promise.all(
      records.map(({ certificate, identity: name }) =>
        card(fromBase64(certificate), [], { kind: this.kind, identity: name }),
      ),
    );
  }

  /** A signed statement; the signature is r||s in 64 bytes. Throws SignerError. */
  async sign(handle, purpose, fields) {
    const { certificate, privateKey } = await identity(handle);
    const held = { handle, certificate, chain: [] };
    return signStatement(held, purpose, fields, (bytes) => signBytes(privateKey, bytes));
  }

  /** Nothing to let go of: the keys stay in this browser for the next visit. */
  close() {}
}

/**
 * Where to enrol, from an element's data attributes: data-nonce-url, data-enrol-url, data-aud (the
 * configured origin), data-ca (fingerprint of the demo authority), data-csrf.
 */
export function enrolmentFrom(element) {
  const { nonceUrl, enrolUrl, aud, ca, csrf } = element.dataset;
  return { nonceUrl, enrolUrl, aud, ca, csrf };
}

/**
 * Make a key for a demo identity and have its certificate issued.
 * GET nonceUrl -> {nonce}; POST enrolUrl {identity, nonce, spki, proof} ->
 * {certificate, holder, issuer, serial, not_after}. Returns the new record.
 */
export async function enrol({ nonceUrl, enrolUrl, aud, ca, csrf }, identity) {
  requireWebCrypto();
  const { nonce } = await fetchJson(nonceUrl);
  const keys = await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
  const body = buildBody("enrol", { aud, identity, key: await sha256Hex(spki), nonce });
  const proof = await signBytes(keys.privateKey, pae(payloadType("enrol"), body));
  const issued = await fetchJson(enrolUrl, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf ?? "" },
    body: JSON.stringify({ identity, nonce, spki: toBase64(spki), proof: toBase64(proof) }),
  });
  const record = {
    handle: await sha256Hex(fromBase64(issued.certificate)),
    ca,
    identity,
    certificate: issued.certificate,
    privateKey: keys.privateKey,
  };
  await inStore("readwrite", (store) => store.put(record));
  return record;
}

/** Records of this authority; those of an earlier one (the data was reset) are dropped. */
export async function identities(ca) {
  const all = await inStore("readonly", (store) => store.getAll());
  const stale = all.filter((record) => record.ca !== ca);
  for (const record of stale) {
    await inStore("readwrite", (store) => store.delete(record.handle));
  }
  return all.filter((record) => record.ca === ca);
}

export async function identity(handle) {
  const record = await inStore("readonly", (store) => store.get(handle));
  if (!record) {
    throw new SignerError("unknown_key");
  }
  return record;
}

/** ECDSA over SHA-256 as r||s, 64 bytes. */
export async function signBytes(privateKey, bytes) {
  return new Uint8Array(await crypto.subtle.sign(SIGNATURE, privateKey, bytes));
}

async function fetchJson(url, options = {}) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...options });
  } catch {
    throw new SignerError("network");
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok || answer === null) {
    throw new SignerError("enrol_refused", answer);
  }
  return answer;
}
