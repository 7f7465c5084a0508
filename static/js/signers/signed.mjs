// From fields to a signed statement, the same for every kind of key.

import { buildBody, pae, payloadType, toBase64 } from "../statement.mjs";
import { SignerError } from "./error.mjs";

/**
 * The statement as it is sent: {body, signature, certificate, chain}, the last three in base64.
 * `held` is a card ({handle, certificate, chain}); `signBytes` signs the bytes of the PAE.
 */
export async function signStatement(held, purpose, fields, signBytes) {
  let body;
  let message;
  try {
    body = buildBody(purpose, { ...fields, cert: held.handle });
    message = pae(payloadType(purpose), body);
  } catch (error) {
    throw new SignerError("bad_statement", error.message);
  }
  const signature = toBase64(await signBytes(message));
  return { body, signature, certificate: held.certificate, chain: held.chain };
}
