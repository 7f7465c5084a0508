// One interface for whatever holds the key. A signer is
//   {kind, list(), sign(handle, purpose, fields), close()}
// list() -> [{handle, identity, holder, issuer, serial, notAfter}] (notAfter: ISO 8601);
// sign() fills in `cert` and gives {body, signature, certificate}, ready to be sent as JSON.
// Failures are SignerError with a code: insecure_context, storage, unknown_key, network,
// enrol_refused, bad_statement, unknown_signer.

import { identities, identity, SignerError, signBytes } from "./demo_identity.mjs";
import { buildBody, pae, payloadType, toBase64 } from "./statement.mjs";

export { SignerError };

/** Demo driver: keys made by demo_identity.mjs in this browser, certificates of authority `ca`. */
export class DemoSigner {
  kind = "demo";
  #ca;

  constructor({ ca }) {
    this.#ca = ca;
  }

  async list() {
    const records = await identities(this.#ca);
    return records.map(({ handle, identity: name, holder, issuer, serial, notAfter }) => ({
      handle,
      identity: name,
      holder,
      issuer,
      serial,
      notAfter,
    }));
  }

  async sign(handle, purpose, fields) {
    const record = await identity(handle);
    let body;
    try {
      body = buildBody(purpose, { ...fields, cert: handle });
    } catch (error) {
      throw new SignerError("bad_statement", error.message);
    }
    const signature = await signBytes(record.privateKey, pae(payloadType(purpose), body));
    return { body, signature: toBase64(signature), certificate: record.certificate };
  }

  /** Nothing to let go of: the keys stay in this browser for the next visit. */
  close() {}
}

/** The signer for a page; `kind` and `ca` come from its data attributes. */
export function openSigner({ kind, ca }) {
  if (kind !== "demo") {
    throw new SignerError("unknown_signer");
  }
  return new DemoSigner({ ca });
}
