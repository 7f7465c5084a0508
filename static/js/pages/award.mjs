// Before a paper is uploaded: its size, and the SHA-256 that the page will show for it afterwards.

import { sha256Hex } from "../statement.mjs";

for (const form of document.querySelectorAll("[data-paper-form]")) {
  const input = form.querySelector("input[type=file]");
  input.addEventListener("change", () => describe(form, input));
}

async function describe(form, input) {
  const told = form.querySelector("[data-chosen]");
  const [file] = input.files;
  told.textContent = "";
  input.setCustomValidity("");
  if (!file) {
    return;
  }
  if (file.size > Number(input.dataset.limit)) {
    input.setCustomValidity(input.dataset.tooLarge);
    told.textContent = input.dataset.tooLarge;
    input.reportValidity();
    return;
  }
  if (globalThis.crypto?.subtle) {
    told.textContent = `SHA-256 ${await sha256Hex(await file.arrayBuffer())}`;
  }
}
