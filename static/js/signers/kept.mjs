// Keys that stay open in this browser until their holder signs out, because he asked for it. What
// is stored cannot be exported: keys of the browser as such, an SM2 key sealed by such a key.

import { SignerError } from "./error.mjs";

const DATABASE = "auction-kept-keys";
const STORE = "keys";
const SEAL = "AES-GCM";

/** Store an opened key: {card, privateKey} or, for SM2, {card, secret}. Throws SignerError. */
export async function keep({ card, privateKey = null, secret = null }) {
  const sealed = secret && (await seal(secret));
  await inStore("readwrite", (store) => store.put({ handle: card.handle, card, privateKey, sealed }));
}

/** All kept keys, in the form that keep() takes. */
export async function kept() {
  if (!(await exists())) return [];
  const records = await inStore("readonly", (store) => store.getAll());
  return Promise.all(
    records.map(async ({ card, privateKey, sealed }) =>
      sealed ? { card, secret: await unseal(sealed) } : { card, privateKey },
    ),
  );
}

/** Forget every kept key: at signing out, and when the holder takes his consent back. */
export async function forgetAll() {
  if (!globalThis.indexedDB) return;
  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(DATABASE);
    request.onsuccess = resolve;
    request.onerror = () => reject(new SignerError("storage"));
  });
}

async function seal(secret) {
  const key = await crypto.subtle.generateKey({ name: SEAL, length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { key, iv, bytes: await crypto.subtle.encrypt({ name: SEAL, iv }, key, secret) };
}

async function unseal({ key, iv, bytes }) {
  return new Uint8Array(await crypto.subtle.decrypt({ name: SEAL, iv }, key, bytes));
}

/** Whether anything was ever kept: looking must not leave an empty database behind. */
async function exists() {
  if (!globalThis.indexedDB) return false;
  if (!indexedDB.databases) return true;
  return (await indexedDB.databases()).some(({ name }) => name === DATABASE);
}

async function inStore(mode, act) {
  const database = await opened();
  try {
    const transaction = database.transaction(STORE, mode);
    const request = act(transaction.objectStore(STORE));
    return await new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(new SignerError("storage"));
    });
  } finally {
    database.close();
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    if (!globalThis.indexedDB) throw new SignerError("insecure_context");
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "handle" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new SignerError("storage"));
  });
}
