// What a password protects in a .pfx: decryption and the check of integrity (RFC 7292, 8018, 9579).

import { number, octets, oid, read } from "./der.mjs";
import { forge, smCrypto } from "./vendor.mjs";

const PBES2 = "1.2.840.113549.1.5.13";
const PBKDF2 = "1.2.840.113549.1.5.12";
const PBMAC1 = "1.2.840.113549.1.5.14";
// HMAC identifiers, also as pseudo-random functions of PBKDF2.
const HMACS = {
  "1.2.840.113549.2.7": "SHA-1",
  "1.2.840.113549.2.9": "SHA-256",
  "1.2.840.113549.2.10": "SHA-384",
  "1.2.840.113549.2.11": "SHA-512",
};
const HASHES = {
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};
const SM4 = "SM4-CBC";
// Cipher -> [its name, bytes of the key].
const CIPHERS = {
  "2.16.840.1.101.3.4.1.2": ["AES-CBC", 16],
  "2.16.840.1.101.3.4.1.22": ["AES-CBC", 24],
  "2.16.840.1.101.3.4.1.42": ["AES-CBC", 32],
  "1.2.840.113549.3.7": ["3DES-CBC", 24],
  "1.2.156.10197.1.104.2": [SM4, 16],
};
const LEGACY = {
  "1.2.840.113549.1.12.1.3": ["3DES-CBC", 24],
  "1.2.840.113549.1.12.1.4": ["3DES-CBC", 16],
  "1.2.840.113549.1.12.1.5": ["RC2", 16],
  "1.2.840.113549.1.12.1.6": ["RC2", 5],
};
const KEY = 1;
const IV = 2;
const MAC = 3;
const MOST_ROUNDS = 5_000_000;

/** This way of protecting is not known here; `message` is its object identifier. */
export class UnknownProtection extends Error {}

/**
 * The plain bytes, by whichever spelling of the password decrypts to an element of DER; null when
 * none does. Throws UnknownProtection, or RangeError on parameters that make no sense.
 */
export async function decrypted(algorithm, bytes, password) {
  const [name, parameters] = algorithm.children();
  const scheme = oid(name);
  const decrypt = scheme === PBES2 ? await modern(parameters) : await legacy(scheme, parameters);
  const spellings = scheme === PBES2 ? byteSpellings(password) : wordSpellings(password);
  for (const spelling of spellings) {
    const plain = await decrypt(spelling, bytes);
    if (plain !== null && isElement(plain)) return plain;
  }
  return null;
}

/** Whether the MAC of `bytes` is right: true, false, or null when it is of an unknown kind. */
export async function macIsRight(macData, bytes, password) {
  const [digestInfo, salt, rounds] = macData.children();
  const [algorithm, expected] = digestInfo.children();
  const [name, parameters] = algorithm.children();
  const made =
    oid(name) === PBMAC1
      ? await modernMac(parameters, bytes)
      : await legacyMac(HASHES[oid(name)], octets(salt), rounds ? counted(rounds) : 1, bytes);
  if (made === null) return null;
  const spellings = oid(name) === PBMAC1 ? byteSpellings(password) : wordSpellings(password);
  for (const spelling of spellings) {
    if (same(await made(spelling), octets(expected))) return true;
  }
  return false;
}

/** A password as bytes: UTF-8, which PBES2 asks for. */
function byteSpellings(password) {
  return [new TextEncoder().encode(password)];
}

/** A password as 16-bit letters: itself, or the bytes of its UTF-8 (OpenSSL before 1.1); an empty
 * one also as nothing at all. */
function wordSpellings(password) {
  if (password === "") return ["", null];
  const bytes = latin1(new TextEncoder().encode(password));
  return bytes === password ? [password] : [password, bytes];
}

async function modern(parameters) {
  const [derivation, encryption] = parameters.children();
  const [name, iv] = encryption.children();
  if (!Object.hasOwn(CIPHERS, oid(name))) throw new UnknownProtection(oid(name));
  const [cipher, size] = CIPHERS[oid(name)];
  const derive = pbkdf2(derivation, size);
  const decipher = await deciphering(cipher);
  return async (spelling, bytes) => decipher(await derive(spelling), octets(iv), bytes);
}

async function legacy(scheme, parameters) {
  if (!Object.hasOwn(LEGACY, scheme)) throw new UnknownProtection(scheme);
  const [cipher, size] = LEGACY[scheme];
  const [salt, rounds] = parameters.children();
  const [derive, decipher] = await Promise.all([
    pkcs12Derivation("sha1", octets(salt), counted(rounds)),
    deciphering(cipher),
  ]);
  return (spelling, bytes) => {
    let key = derive(spelling, KEY, size);
    // Two-key 3DES: the first key once more.
    if (cipher === "3DES-CBC" && size === 16) key = Uint8Array.of(...key, ...key.subarray(0, 8));
    return decipher(key, derive(spelling, IV, 8), bytes);
  };
}

/** decipher(key, iv, bytes): the plain bytes, or null when the padding is wrong. */
async function deciphering(cipher) {
  if (cipher === SM4) {
    const { sm4 } = await smCrypto();
    return (key, iv, bytes) => {
      try {
        return sm4.decrypt(bytes, key, { mode: "cbc", iv, output: "array" });
      } catch {
        return null;
      }
    };
  }
  const library = await forge();
  return (key, iv, bytes) => {
    const input = library.util.createBuffer(latin1(bytes));
    const decipher =
      cipher === "RC2"
        ? library.rc2.createDecryptionCipher(latin1(key), key.length * 8)
        : library.cipher.createDecipher(cipher, latin1(key));
    if (cipher === "RC2") decipher.start(latin1(iv));
    else decipher.start({ iv: latin1(iv) });
    decipher.update(input);
    return decipher.finish() ? fromLatin1(decipher.output.getBytes()) : null;
  };
}

function pbkdf2(derivation, size) {
  const [name, parameters] = derivation.children();
  if (oid(name) !== PBKDF2) throw new UnknownProtection(oid(name));
  const [salt, rounds, ...rest] = parameters.children();
  const prf = rest.find((node) => node.tag === 0x30);
  const hmac = prf ? oid(prf.children()[0]) : "1.2.840.113549.2.7";
  if (!Object.hasOwn(HMACS, hmac)) throw new UnknownProtection(hmac);
  const how = {
    name: "PBKDF2",
    hash: HMACS[hmac],
    salt: octets(salt),
    iterations: counted(rounds),
  };
  return async (spelling) => {
    const key = await crypto.subtle.importKey("raw", spelling, "PBKDF2", false, ["deriveBits"]);
    return new Uint8Array(await crypto.subtle.deriveBits(how, key, size * 8));
  };
}

async function pkcs12Derivation(hash, salt, rounds) {
  const library = await forge();
  return (spelling, use, size) =>
    fromLatin1(
      library.pki.pbe
        .generatePkcs12Key(
          spelling,
          library.util.createBuffer(latin1(salt)),
          use,
          rounds,
          size,
          library.md[hash].create(),
        )
        .getBytes(),
    );
}

async function legacyMac(hash, salt, rounds, bytes) {
  if (hash === undefined) return null;
  const library = await forge();
  const derive = await pkcs12Derivation(hash, salt, rounds);
  const size = library.md[hash].create().digestLength;
  return (spelling) => {
    const hmac = library.hmac.create();
    hmac.start(hash, latin1(derive(spelling, MAC, size)));
    hmac.update(latin1(bytes));
    return fromLatin1(hmac.digest().getBytes());
  };
}

async function modernMac(parameters, bytes) {
  const [derivation, scheme] = parameters.children();
  const hash = HMACS[oid(scheme.children()[0])];
  const sizes = derivation.children()[1].children().slice(2);
  const size = sizes.find((node) => node.tag === 0x02);
  if (hash === undefined || size === undefined) return null;
  const derive = pbkdf2(derivation, number(size));
  return async (spelling) => {
    const how = { name: "HMAC", hash };
    const key = await crypto.subtle.importKey("raw", await derive(spelling), how, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes));
  };
}

function counted(node) {
  const rounds = number(node);
  if (rounds < 1 || rounds > MOST_ROUNDS) throw new RangeError("iterations");
  return rounds;
}

function isElement(bytes) {
  try {
    read(bytes);
    return true;
  } catch {
    return false;
  }
}

function same(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

function latin1(bytes) {
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return letters;
}

function fromLatin1(letters) {
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}
