// Keys that the browser itself stores, found again by the handle of their certificate.

import { SignerError } from "./error.mjs";

/** A function (mode, act) that runs `act` on the store `name` of `database` in one transaction and
 * gives what its request brought. Throws SignerError. */
export function storeOf(database, name) {
  return async (mode, act) => {
    requireWebCrypto();
    const open = await opened(database, name);
    try {
      const transaction = open.transaction(name, mode);
      const request = act(transaction.objectStore(name));
      return await new Promise((resolve, reject) => {
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = () => reject(new SignerError("storage"));
      });
    } finally {
      open.close();
    }
  };
}

/** Throws SignerError(insecure_context) where a page can neither keep keys nor sign with them. */
export function requireWebCrypto() {
  // Missing on http pages of any address but this computer's own.
  if (!globalThis.crypto?.subtle || !globalThis.indexedDB) {
    throw new SignerError("insecure_context");
  }
}

function opened(database, name) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(database, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(name, { keyPath: "handle" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new SignerError("storage"));
  });
}
