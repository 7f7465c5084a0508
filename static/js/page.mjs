// What every page starts. The page is complete without it.

import "./older.mjs";
import * as clock from "./clock.mjs";
import { announcer } from "./ui/announcer.mjs";
import * as amount from "./ui/amount.mjs";
import * as copy from "./ui/copy.mjs";
import * as dialog from "./ui/dialog.mjs";
import * as largeType from "./ui/largetype.mjs";

clock.start();
for (const part of [amount, copy, dialog, largeType]) part.start();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const button of document.querySelectorAll("[data-speak]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    announcer.assertive(document.getElementById(button.dataset.speak).textContent.trim());
  });
}

// After a refused form the reader starts at the list of what is wrong.
document.querySelector("[data-focus]")?.focus();
