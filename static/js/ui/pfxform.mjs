// The form that opens a certificate file (templates/macros/signing.html). File and password stay
// in the page.

import { show } from "./saying.mjs";

/**
 * Open files through `form` with `signers`; `opened(cards)` gets the keys of each file. It may
 * return a message {title, body} to show instead of success.
 */
export function attach(form, signers, opened) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    open(form, signers, opened);
  });
}

async function open(form, signers, opened) {
  const [file] = form.querySelector("[data-pfx-file]").files;
  const password = form.querySelector("[data-pfx-password]");
  const button = form.querySelector("[data-pfx-open]");
  tell(form, null);
  if (!file) {
    tell(form, signers.say("no_file"), "file");
    form.querySelector("[data-pfx-file]").focus();
    return;
  }
  button.disabled = true;
  try {
    const keep = form.querySelector("[data-pfx-keep]")?.checked ?? false;
    const cards = await signers.soft.open(await file.arrayBuffer(), password.value, { keep });
    password.value = "";
    tell(form, (await opened(cards)) ?? null, "file");
  } catch (error) {
    const wrong = error.code === "wrong_password";
    tell(form, signers.explain(error), wrong ? "password" : "file");
    if (wrong) password.select();
  } finally {
    button.disabled = false;
  }
}

/** Show what is wrong with the `file` or the `password`; null: nothing is. */
function tell(form, said, part = null) {
  show(form.querySelector("[data-pfx-error]"), said);
  for (const name of ["file", "password"]) {
    const input = form.querySelector(`[data-pfx-${name}]`);
    if (said && name === part) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
}
