// Keys for the replay: each link of the page says which key follows it (data-key).

const links = new Map(
  [...document.querySelectorAll("[data-replay] [data-key]")].map((link) => [link.dataset.key, link]),
);

for (const hint of document.querySelectorAll("[data-replay] kbd")) hint.hidden = false;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const link = links.get(event.key);
  if (!link) return;
  event.preventDefault();
  location.assign(link.href);
});
