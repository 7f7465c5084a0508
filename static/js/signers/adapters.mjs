// How a vendor's program is spoken to. An adapter is one object, described for vendors in
// docs/ukey-bridge.md; the one for a bridge is chosen by the bridge's name, and without one of its
// own a bridge is taken to speak `sof`.
//
//   protocols              WebSocket subprotocols
//   encode(id, call)       the text of a request; call: {method, params}
//   decode(text)           {id, result}, {id, error: {code, left, message}} with a code of
//                          SignerError, or {changed: true} when a key was inserted or pulled
//   keys(ask)              [{id, certificate, chain}]: signing certificates, base64 of DER
//   version(ask)           the program's version, a text; may be left out
//   sign(ask, key, text)   base64 of the signature over `text` (ASCII); key: one of keys(), with
//                          the `algorithm` read from its certificate. Asks for the PIN itself.
// ask(method, params) sends a request and gives its result.

import { sof } from "./sof.mjs";

const ADAPTERS = { sof };

export function adapterOf(name) {
  return Object.hasOwn(ADAPTERS, name) ? ADAPTERS[name] : sof;
}
