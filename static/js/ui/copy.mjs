// Copy buttons: shown only where copying works; the answer is written and spoken.

import { announcer } from "./announcer.mjs";
import { say } from "./words.mjs";

export function start(root = document) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button.dataset.copy));
  }
}

async function copy(id) {
  let word;
  try {
    await navigator.clipboard.writeText(document.getElementById(id).textContent.trim());
    word = say("copied");
  } catch {
    word = say("notCopied");
  }
  for (const place of document.querySelectorAll(`[data-copied="${CSS.escape(id)}"]`)) {
    place.textContent = word;
    setTimeout(() => (place.textContent = ""), 4000);
  }
  announcer.polite(word, "copy");
}
