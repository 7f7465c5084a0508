// After the end of a session: what this browser has kept of the bidder's own acts can be saved.

import { download, records } from "../hall/vault.mjs";

const kept = records();

if (Object.keys(kept).length) {
  for (const element of document.querySelectorAll("[data-save-records]")) element.hidden = false;
  document
    .querySelector("button[data-save-records]")
    ?.addEventListener("click", () =>
      download("records.json", JSON.stringify(kept, null, 1), "application/json"),
    );
}
