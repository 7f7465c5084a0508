// Vendored libraries, loaded when a .pfx is opened and not before (vendor/VENDORED.md).

import { SignerError } from "./error.mjs";

const loading = new Map();

/** node-forge: the ciphers and the key derivation of older .pfx files. */
export function forge() {
  return once("forge.min.js", "forge");
}

/** sm-crypto-v2: SM2, SM3, SM4, which no browser offers. */
export function smCrypto() {
  return once("sm-crypto-v2.umd.js", "SmCryptoV2");
}

function once(file, name) {
  if (!loading.has(file)) loading.set(file, load(file, name));
  return loading.get(file);
}

// As a classic script, see VENDORED.md. What it leaves in the global scope is taken away again.
async function load(file, name) {
  const script = document.createElement("script");
  script.src = new URL(`../vendor/${file}`, import.meta.url).href;
  try {
    await new Promise((resolve, reject) => {
      script.addEventListener("load", resolve);
      script.addEventListener("error", reject);
      document.head.append(script);
    });
  } catch {
    loading.delete(file);
    throw new SignerError("network");
  } finally {
    script.remove();
  }
  const library = globalThis[name];
  delete globalThis[name];
  return library;
}
