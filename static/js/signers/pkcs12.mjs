// What is in a .pfx (PKCS #12, RFC 7292): private keys and certificates, of whatever kind.

import { octets, oid, read } from "./der.mjs";
import { SignerError } from "./error.mjs";
import { decrypted, macIsRight, UnknownProtection } from "./pbe.mjs";

const DATA = "1.2.840.113549.1.7.1";
const ENCRYPTED = "1.2.840.113549.1.7.6";
const BAGS = "1.2.840.113549.1.12.10.1.";
const X509 = "1.2.840.113549.1.9.22.1";
const LIMIT = 1024 * 1024;

/**
 * {keys, certificates}: PKCS #8 of each private key and DER of each certificate, in the file's
 * order. Throws SignerError: not_a_pfx, wrong_password, or unsupported_key when the file is
 * protected in a way that is not known here (detail: its object identifier).
 */
export async function openPfx(bytes, password) {
  const found = { keys: [], certificates: [] };
  try {
    const { safe, macData } = envelope(bytes);
    if (macData && (await macIsRight(macData, safe, password)) === false) {
      throw new SignerError("wrong_password");
    }
    for (const part of read(safe).children()) {
      await collect(read(await contentOf(part, password)), password, found);
    }
  } catch (error) {
    if (error instanceof SignerError) throw error;
    if (error instanceof UnknownProtection) throw new SignerError("unsupported_key", error.message);
    throw new SignerError("not_a_pfx", error.message);
  }
  return found;
}

/** The outermost layer: the bytes that the MAC covers, and the MAC's description. */
function envelope(bytes) {
  if (bytes.length > LIMIT) throw new RangeError("too large");
  const [version, content, macData] = read(bytes).children();
  const [kind, value] = content.children();
  if (version.content[0] !== 3 || oid(kind) !== DATA) throw new RangeError("not PKCS #12");
  return { safe: octets(value.children()[0]), macData };
}

async function contentOf(part, password) {
  const [kind, value] = part.children();
  const [inner] = value.children();
  if (oid(kind) === DATA) return octets(inner);
  // Enveloped for a recipient's key instead of a password.
  if (oid(kind) !== ENCRYPTED) throw new UnknownProtection(oid(kind));
  const [, algorithm, bytes] = inner.children()[1].children();
  return opened(algorithm, octets(bytes), password);
}

async function opened(algorithm, bytes, password) {
  const plain = await decrypted(algorithm, bytes, password);
  if (plain === null) throw new SignerError("wrong_password");
  return plain;
}

async function collect(bags, password, found) {
  for (const bag of bags.children()) {
    const [type, value] = bag.children();
    const [inner] = value.children();
    switch (oid(type)) {
      case `${BAGS}1`:
        found.keys.push(inner.whole.slice());
        break;
      case `${BAGS}2`: {
        const [algorithm, bytes] = inner.children();
        found.keys.push(await opened(algorithm, octets(bytes), password));
        break;
      }
      case `${BAGS}3`: {
        const [kind, der] = inner.children();
        if (oid(kind) === X509) found.certificates.push(octets(der.children()[0]).slice());
        break;
      }
      case `${BAGS}6`:
        await collect(inner, password, found);
        break;
      default: // Revocation lists and secrets are none of a signer's business.
    }
  }
}
