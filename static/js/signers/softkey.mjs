// A private key out of a .pfx: paired with its certificate, imported, signing.

import { fromHex, hex } from "../statement.mjs";
import { concat, octets, oid, read, write } from "./der.mjs";
import { smCrypto } from "./vendor.mjs";

const EC = "1.2.840.10045.2.1";
const SM2 = "1.2.156.10197.1.301";
const RSA_BITS = [2048, 4096];
const USER_ID = "1234567812345678";
const PROBE = new TextEncoder().encode("which certificate does this key belong to");

/** How WebCrypto knows the key of a certificate: {how, signature}, null for SM2 and the unknown. */
function webAlgorithm(algorithm) {
  if (algorithm?.startsWith("RSA-")) {
    return {
      how: { name: "RSA-PSS", hash: "SHA-256" },
      signature: { name: "RSA-PSS", saltLength: 32 },
    };
  }
  const hash = { "P-256": "SHA-256", "P-384": "SHA-384" }[algorithm];
  if (!hash) return null;
  return {
    how: { name: "ECDSA", namedCurve: algorithm },
    signature: { name: "ECDSA", hash },
  };
}

/** Whether a key of this kind can sign here: what the server accepts, and no other. */
export function isSupported(algorithm) {
  if (algorithm === null) return false;
  const bits = /^RSA-(\d+)$/.exec(algorithm)?.[1];
  return !bits || (bits >= RSA_BITS[0] && bits <= RSA_BITS[1]);
}

/**
 * The key as it is held if `pkcs8` belongs to this certificate (as readCertificate gives it):
 * {privateKey}, a CryptoKey that cannot be exported, or for SM2 {secret}, 32 bytes. Else null.
 */
export async function pair(pkcs8, certificate) {
  const { algorithm, spki } = certificate;
  if (kindOf(pkcs8) !== kindName(algorithm)) return null;
  if (algorithm === "SM2") return pairSm2(pkcs8, point(spki));
  const { how, signature } = webAlgorithm(algorithm);
  const whole = algorithm.startsWith("P-") ? withPoint(pkcs8, point(spki)) : pkcs8;
  try {
    const privateKey = await crypto.subtle.importKey("pkcs8", whole, how, false, ["sign"]);
    const publicKey = await crypto.subtle.importKey("spki", spki, how, true, ["verify"]);
    const made = await crypto.subtle.sign(signature, privateKey, PROBE);
    return (await crypto.subtle.verify(signature, publicKey, made, PROBE)) ? { privateKey } : null;
  } catch {
    return null;
  }
}

/** Sign with what pair() gave: RSA as PS256, ECDSA as r||s, SM2 as DER. */
export async function signWith({ card, privateKey, secret }, bytes) {
  if (card.algorithm === "SM2") {
    const { sm2 } = await smCrypto();
    const how = { hash: true, der: true, userId: USER_ID };
    return fromHex(sm2.doSignature(bytes, hex(secret), how));
  }
  const { signature } = webAlgorithm(card.algorithm);
  return new Uint8Array(await crypto.subtle.sign(signature, privateKey, bytes));
}

async function pairSm2(pkcs8, publicPoint) {
  const { sm2 } = await smCrypto();
  const secret = ecSecret(pkcs8, 32);
  return sm2.getPublicKeyFromPrivateKey(hex(secret)) === hex(publicPoint) ? { secret } : null;
}

function kindName(algorithm) {
  return algorithm?.startsWith("RSA-") ? "RSA" : algorithm;
}

function kindOf(pkcs8) {
  const [type, parameters] = read(pkcs8).children()[1].children();
  const name = oid(type);
  if (name === SM2) return "SM2";
  if (name !== EC) return name === "1.2.840.113549.1.1.1" ? "RSA" : null;
  const curves = { "1.2.840.10045.3.1.7": "P-256", "1.3.132.0.34": "P-384", [SM2]: "SM2" };
  return parameters?.tag === 0x06 ? curves[oid(parameters)] : null;
}

/** The secret number of an EC key, padded to `size` bytes. */
function ecSecret(pkcs8, size) {
  const [, value] = ecPrivateKey(pkcs8).children();
  const bytes = octets(value);
  const secret = new Uint8Array(size);
  secret.set(bytes.slice(-size), Math.max(0, size - bytes.length));
  return secret;
}

function ecPrivateKey(pkcs8) {
  return read(octets(read(pkcs8).children()[2]));
}

/** Some programs leave the public half out of an EC key, and some browsers insist on it. */
function withPoint(pkcs8, publicPoint) {
  const [version, algorithm] = read(pkcs8).children();
  const [one, secret] = ecPrivateKey(pkcs8).children();
  const inner = write(
    0x30,
    one.whole,
    secret.whole,
    write(0xa1, write(0x03, [0], publicPoint)),
  );
  return write(0x30, version.whole, algorithm.whole, write(0x04, inner));
}

/** The point of an EC SubjectPublicKeyInfo, uncompressed. */
function point(spki) {
  return read(concat(spki)).children()[1].content.subarray(1);
}
