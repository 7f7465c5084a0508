// Money fields: figures grouped when one leaves the field, 人民币大写 while one types.

import { capitals, fenOfWan, wanText } from "./capitals.mjs";
import { say } from "./words.mjs";

function preview(input) {
  const line = document.querySelector(`[data-capitals-of="${CSS.escape(input.id)}"]`);
  if (!line) return;
  const fen = fenOfWan(input.value);
  line.textContent = fen !== null ? capitals(fen) : input.value.trim() ? say("notAmount") : "";
}

export function start(root = document) {
  for (const input of root.querySelectorAll('input[data-amount="wan"]')) {
    input.addEventListener("input", () => preview(input));
    input.addEventListener("change", () => {
      const fen = fenOfWan(input.value);
      if (fen !== null) input.value = wanText(fen);
    });
    preview(input);
  }
}
