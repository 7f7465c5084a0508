// The approver signs only after every warning and extra clause has been ticked; the ticks travel
// with the signature, and the server asks for the same ones.

const panel = document.querySelector("#approval [data-sign-document]");
const ticks = [...document.querySelectorAll("[data-tick]")];
const told = document.getElementById("open-points");

if (panel) {
  const button = panel.querySelector("[data-sign]");
  const url = panel.dataset.url;

  const update = () => {
    const open = ticks.filter((tick) => !tick.checked).length;
    button.disabled = open > 0;
    told.textContent = open === 0 ? "" : open === 1 ? told.dataset.one : told.dataset.many.replace("{n}", open);
    const given = new URLSearchParams(ticks.filter((t) => t.checked).map((t) => ["accept", t.dataset.tick]));
    panel.dataset.url = ticks.length ? `${url}?${given}` : url;
  };
  for (const tick of ticks) tick.addEventListener("change", update);
  update();
}
