// What a page shows of a certificate, read from its DER in the page. Whether it is trusted is the
// server's question, not this module's.

import { hex, sha256Hex, toBase64 } from "../statement.mjs";
import { octets, oid, read, text, time } from "./der.mjs";

const NAMES = { "2.5.4.3": "commonName", "2.5.4.10": "organisation", "2.5.4.11": "unit" };
const EC = "1.2.840.10045.2.1";
const SM2 = "1.2.156.10197.1.301";
const CURVES = { "1.2.840.10045.3.1.7": "P-256", "1.3.132.0.34": "P-384", [SM2]: "SM2" };
const RSA = new Set(["1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"]);
const KEY_USAGE = "2.5.29.15";
const BASIC_CONSTRAINTS = "2.5.29.19";
// The first two bits: digitalSignature, nonRepudiation.
const SIGNS = 0xc0;

/**
 * {holder, issuer, serial (hex), notBefore, notAfter (ISO 8601), algorithm ("P-256", "P-384",
 * "RSA-<bits>", "SM2", or null when it is another), signs (may sign, by its key usage), authority,
 * spki, subject, issuerName (the DER of both names)}. Throws RangeError on what is no certificate.
 */
export function readCertificate(der) {
  const [tbs] = read(der).children();
  const fields = tbs.children();
  if (fields[0].tag === 0xa0) fields.shift();
  const [serial, , issuer, validity, subject, spki] = fields;
  const [notBefore, notAfter] = validity.children().map(time);
  const extensions = extensionsOf(fields.find((field) => field.tag === 0xa3));
  const usage = extensions.get(KEY_USAGE);
  const basic = extensions.get(BASIC_CONSTRAINTS);
  return {
    holder: nameOf(subject),
    issuer: nameOf(issuer),
    serial: hex(serial.content).replace(/^(00)+(?=..)/, ""),
    notBefore,
    notAfter,
    algorithm: keyKind(spki),
    signs: usage === undefined || (read(usage).content[1] & SIGNS) !== 0,
    authority: basic !== undefined && read(basic).children()[0]?.tag === 0x01,
    spki: spki.whole,
    subject: subject.whole,
    issuerName: issuer.whole,
  };
}

/** A certificate as pages list it; `chain` are the DER of its issuers, nearest first. */
export async function card(der, chain, more) {
  const { holder, issuer, serial, notBefore, notAfter, algorithm } = readCertificate(der);
  return {
    handle: await sha256Hex(der),
    holder,
    issuer,
    serial,
    notBefore,
    notAfter,
    algorithm,
    certificate: toBase64(der),
    chain: chain.map(toBase64),
    ...more,
  };
}

/** "P-256", "P-384", "SM2" or "RSA-<bits>" of a SubjectPublicKeyInfo; null for any other key. */
function keyKind(spki) {
  const [algorithm, key] = spki.children();
  const [kind, parameters] = algorithm.children();
  const name = oid(kind);
  if (name === EC) return CURVES[oid(parameters)] ?? null;
  if (!RSA.has(name)) return null;
  const [modulus] = read(key.content.subarray(1)).children();
  const bytes = modulus.content[0] === 0 ? modulus.content.subarray(1) : modulus.content;
  return `RSA-${bytes.length * 8 - Math.clz32(bytes[0]) + 24}`;
}

function nameOf(name) {
  const found = {};
  for (const set of name.children()) {
    for (const attribute of set.children()) {
      const [type, value] = attribute.children();
      const key = NAMES[oid(type)];
      if (key) found[key] = text(value);
    }
  }
  return found.commonName ?? found.organisation ?? found.unit ?? "";
}

function extensionsOf(field) {
  const found = new Map();
  if (!field) return found;
  for (const extension of field.children()[0].children()) {
    const parts = extension.children();
    found.set(oid(parts[0]), octets(parts.at(-1)));
  }
  return found;
}

