// Keys that stay open in this browser until their holder signs out, because he asked for it. What
// is stored cannot be exported: keys of the browser as such, an SM2 key sealed by such a key.

import { storeOf } from "./database.mjs";
import { SignerError } from "./error.mjs";

const DATABASE = "auction-kept-keys";
const SEAL = "AES-GCM";
const inStore = storeOf(DATABASE, "keys");

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
