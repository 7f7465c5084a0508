// What the browser can do, tried out rather than concluded from its name.

const DATABASE = "auction-device-check";
const EC = { name: "ECDSA", namedCurve: "P-256" };

/** [{key, there, needed}]: what signing and bidding use; what is not needed is only missed. */
export async function abilities() {
  return [
    { key: "secure", there: globalThis.isSecureContext === true, needed: true },
    { key: "crypto", there: await succeeds(tryCrypto), needed: true },
    { key: "cookies", there: navigator.cookieEnabled === true, needed: true },
    { key: "storage", there: await succeeds(tryStorage), needed: false },
    // Bids also go without it; whether the line lets it through is another row's question.
    { key: "socket", there: typeof WebSocket === "function", needed: false },
  ];
}

/** "Chrome 156 · Linux", as the browser calls itself. */
export function browserName() {
  const told = navigator.userAgentData;
  if (told) {
    const brands = told.brands.filter(({ brand }) => !/not.*brand/i.test(brand));
    const own = brands.find(({ brand }) => brand !== "Chromium") ?? brands[0];
    if (own) return `${own.brand} ${own.version} · ${told.platform}`;
  }
  const agent = navigator.userAgent;
  const [, name, version] = /(Firefox|Edg|OPR|Chrome|Version)\/(\d+)/.exec(agent) ?? [];
  const system = /\(([^;)]+)/.exec(agent)?.[1] ?? "";
  if (!name) return agent;
  const known = { Version: "Safari", Edg: "Edge", OPR: "Opera" };
  return `${known[name] ?? name} ${version} · ${system}`;
}

async function succeeds(act) {
  try {
    await act();
    return true;
  } catch {
    return false;
  }
}

/** The algorithms of every kind of key, with keys that cannot be exported. */
async function tryCrypto() {
  const { subtle } = crypto;
  const data = crypto.getRandomValues(new Uint8Array(32));
  await subtle.digest("SHA-256", data);
  const { privateKey } = await subtle.generateKey(EC, false, ["sign", "verify"]);
  await subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, data);
  await subtle.generateKey({ ...EC, namedCurve: "P-384" }, false, ["sign", "verify"]);
  await subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const modulus = btoa(String.fromCharCode(0x80, ...new Uint8Array(254), 1));
  const n = modulus.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const rsa = { kty: "RSA", n, e: "AQAB" };
  await subtle.importKey("jwk", rsa, { name: "RSA-PSS", hash: "SHA-256" }, true, ["verify"]);
}

/** Store something, and remove it again. */
async function tryStorage() {
  await settled(indexedDB.open(DATABASE, 1), (database) => database.close());
  await settled(indexedDB.deleteDatabase(DATABASE));
}

function settled(request, then = () => {}) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(then(request.result));
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(request.error);
  });
}
