// 长者模式 without a reload: a class on <html>, remembered in the cookie `large` that the server
// reads. Without script the same link asks the server to set it.

import { say } from "./words.mjs";

const YEAR_SECONDS = 31_536_000;

export function start(root = document) {
  for (const link of root.querySelectorAll("[data-large-type]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const large = document.documentElement.classList.toggle("large");
      document.cookie = `large=${large ? 1 : 0}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
      link.textContent = say(large ? "standard" : "large");
    });
  }
}
