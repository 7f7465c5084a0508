// The bidder's own record (本机记录): what was shown, signed, sent and answered, kept in this browser
// and never sent. It is evidence in the bidder's hand.

const LIMIT = 2000;
const PREFIX = "record:";

export class Vault {
  #key;
  #lines;

  constructor(lot, plate) {
    this.#key = `${PREFIX}${lot}:${plate}`;
    try {
      this.#lines = JSON.parse(localStorage.getItem(this.#key)) ?? [];
    } catch {
      this.#lines = [];
    }
  }

  /** Keep one line; `serverUs` is the server's time as this page knows it. */
  keep(what, serverUs, content = {}) {
    this.#lines.push({ what, at: new Date().toISOString(), server_us: Math.round(serverUs), ...content });
    if (this.#lines.length > LIMIT) this.#lines.splice(0, this.#lines.length - LIMIT);
    try {
      localStorage.setItem(this.#key, JSON.stringify(this.#lines));
    } catch {
      // A full or missing storage loses the copy after a reload, not the record of this page.
    }
  }

  save(name) {
    download(name, JSON.stringify(this.#lines, null, 1), "application/json");
  }
}

/** Everything kept in this browser: `lot:plate` to its lines. */
export function records() {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
    const lines = (key) => JSON.parse(localStorage.getItem(key));
    return Object.fromEntries(keys.map((key) => [key.slice(PREFIX.length), lines(key)]));
  } catch {
    return {};
  }
}

/** Hand a text to the visitor as a file. */
export function download(name, text, type = "text/plain") {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
