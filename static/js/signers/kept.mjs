// Keys that stay open in this browser until their holder signs out, because he asked for it, or his
// session has ended otherwise: whoever comes to this computer after him signs with none of them.
// What is stored cannot be exported: keys of the browser as such, an SM2 key sealed by such a key.

import { storeOf } from "./database.mjs";
import { SignerError } from "./error.mjs";

const DATABASE = "auction-kept-keys";
const SEAL = "AES-GCM";
// No working day is longer: where the browser was closed without signing out, nobody forgets them.
const KEPT_MS = 12 * 3_600_000;
const inStore = storeOf(DATABASE, "keys");

/** Store an opened key: {card, privateKey} or, for SM2, {card, secret}. Throws SignerError. */
export async function keep({ card, privateKey = null, secret = null }) {
  const sealed = secret && (await seal(secret));
  const record = { handle: card.handle, card, privateKey, sealed, since: Date.now() };
  await inStore("readwrite", (store) => store.put(record));
}

/** All kept keys, in the form that keep() takes. */
export async function kept() {
  if (!(await exists())) return [];
  const records = await inStore("readonly", (store) => store.getAll());
  const age = ({ since }) => Date.now() - since;
  const fresh = records.filter((one) => age(one) >= 0 && age(one) < KEPT_MS);
  for (const { handle } of records.filter((one) => !fresh.includes(one))) {
    await inStore("readwrite", (store) => store.delete(handle));
  }
  return Promise.all(
    fresh.map(async ({ card, privateKey, sealed }) =>
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
    // Done as soon as another tab lets go of it; nobody waits for that to be signed out.
    request.onblocked = resolve;
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
