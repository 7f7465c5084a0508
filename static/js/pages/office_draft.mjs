// The draft saves itself a moment after every change: a session that ends during a phone call
// must not cost an afternoon. Without script the buttons do the same.

import { beijingTime, nowUs } from "../clock.mjs";

const QUIET_MS = 1500;

const form = document.getElementById("draft");
const saved = document.getElementById("saved");
let timer = null;
let submitted = false;

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(save, QUIET_MS);
});
form.addEventListener("submit", () => {
  submitted = true;
  clearTimeout(timer);
});

async function save() {
  if (submitted) return;
  const body = new FormData(form);
  body.set("action", "save");
  try {
    const response = await fetch(form.dataset.autosave, {
      method: "POST",
      credentials: "same-origin",
      headers: { Accept: "application/json" },
      body,
    });
    if (!response.ok) throw new Error(String(response.status));
    saved.textContent = `${saved.dataset.savedWords} ${beijingTime(nowUs())}`;
  } catch {
    saved.textContent = saved.dataset.failedWords;
  }
}
