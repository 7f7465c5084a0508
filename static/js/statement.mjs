// Signed statements, byte for byte as the server builds them (auction/pki/statement.py; both sides
// are held to tests/vectors/statements.json).

const FIELDS = {
  login: "aud nonce iat cert",
  bid: "aud lot plate rules amount cur prev nonce iat cert",
  application: "aud lot form documents rules nonce iat cert",
  consent: "aud lot form nonce iat cert",
  receipt: "aud lot documents nonce iat cert",
  answer: "aud lot plate rules willing nonce iat cert",
  lottery: "aud lot plate rules nonce iat cert",
  papers: "aud lot plate papers nonce iat cert",
  confirmation: "aud lot plate side document amount cur nonce iat cert",
  refund: "aud lot account nonce iat cert",
  approval: "aud lot act document nonce iat cert",
  enrol: "aud identity key nonce",
  enrolment: "aud form nonce iat cert",
  check: "aud nonce iat cert",
};
const PRACTICE = "practice-";
const BODY_LIMIT = 2047;
// Printable ASCII without the quote and the backslash: nothing in a body ever needs escaping.
const PLAIN = /^[ !#-[\]-~]*$/;

const encoder = new TextEncoder();

/** The purpose to sign: its practice variant in a rehearsal or on a practice lot. */
export function purposeFor(purpose, practice) {
  return practice ? PRACTICE + purpose : purpose;
}

/** A plate as it stands in a statement: `演-6172` signs as `6172`. */
export function signedPlate(plate) {
  return plate.replace(/^演-/, "");
}

export function payloadType(purpose) {
  fieldsOf(purpose);
  return `application/vnd.auction.${purpose}+json`;
}

/** The canonical body (a string of ASCII). Throws TypeError unless exactly its fields are given. */
export function buildBody(purpose, fields) {
  const names = Object.keys(fields).sort();
  if (names.join(" ") !== fieldsOf(purpose).sort().join(" ")) {
    throw new TypeError(`fields of ${purpose}: ${names.join(" ")}`);
  }
  for (const name of names) {
    if (typeof fields[name] !== "string" || !PLAIN.test(fields[name])) {
      throw new TypeError(`value of ${name}`);
    }
  }
  const body = `{${names.map((name) => `"${name}":"${fields[name]}"`).join(",")}}`;
  if (body.length > BODY_LIMIT) {
    throw new TypeError(`statement of ${body.length} bytes`);
  }
  return body;
}

/** DSSE v1 pre-authentication encoding: the bytes that are signed. */
export function pae(type, body) {
  const kind = encoder.encode(type);
  const bytes = encoder.encode(body);
  return encoder.encode(`DSSEv1 ${kind.length} ${type} ${bytes.length} ${body}`);
}

/** 32 random bytes in hex. */
export function freshNonce() {
  return hex(crypto.getRandomValues(new Uint8Array(32)));
}

/** This computer's clock in whole seconds; advice for the server, which goes by its own. */
export function issuedAt() {
  return String(Math.floor(Date.now() / 1000));
}

export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export async function sha256Hex(bytes) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

export function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function fieldsOf(purpose) {
  const base = purpose.startsWith(PRACTICE) ? purpose.slice(PRACTICE.length) : purpose;
  if (!Object.hasOwn(FIELDS, base)) {
    throw new TypeError(`purpose ${purpose}`);
  }
  return FIELDS[base].split(" ");
}
