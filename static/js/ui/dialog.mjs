// Confirm dialogs: opened by [data-opens="id"], closed by [data-closes="id"] or Escape; focus goes
// back to where it was (the browser does that for <dialog>).

export function start(root = document) {
  for (const button of root.querySelectorAll("[data-opens]")) {
    button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
  }
  for (const button of root.querySelectorAll("[data-closes]")) {
    button.addEventListener("click", () => document.getElementById(button.dataset.closes).close("cancel"));
  }
}
