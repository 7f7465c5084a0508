// The cards of the console are fetched anew every few seconds; without script, reload the page.

const cards = document.getElementById("cards");

async function refresh() {
  // Not under the hand of somebody who is about to press a button.
  const busy = cards.contains(document.activeElement) || cards.matches(":hover");
  if (!document.hidden && !busy) {
    try {
      const response = await fetch(location.href, { credentials: "same-origin" });
      if (response.ok && !response.redirected) {
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        const fresh = page.getElementById("cards");
        if (fresh) cards.replaceChildren(...fresh.childNodes);
      }
    } catch {
      // The server's clock on the page stands still too; the next round will tell.
    }
  }
  setTimeout(refresh, Number(cards.dataset.refresh) * 1000);
}

setTimeout(refresh, Number(cards.dataset.refresh) * 1000);
