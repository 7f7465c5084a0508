// One voice for the room. Polite sentences wait at least 8 s after the last one and merge: of
// those with the same topic only the newest is spoken. Urgent ones are spoken at once, each whole.

const PAUSE_MS = 8000;
const URGENT_GAP_MS = 150;

export class Announcer {
  #polite;
  #urgent;
  #waiting = new Map();
  #urgentQueue = [];
  #lastSpoken = -Infinity;
  #timer = null;

  constructor(polite, urgent) {
    this.#polite = polite;
    this.#urgent = urgent;
  }

  /** Speak when the room is quiet; a later sentence of the same `topic` replaces this one. */
  polite(text, topic = text) {
    if (!text) return;
    this.#waiting.delete(topic);
    this.#waiting.set(topic, text);
    this.#schedule();
  }

  /** Speak now: own results, suspension, the last ten seconds. Never merged. */
  assertive(text) {
    if (!text) return;
    this.#urgentQueue.push(text);
    if (this.#urgentQueue.length === 1) this.#speakUrgent();
  }

  #schedule() {
    if (this.#timer !== null) return;
    const wait = Math.max(0, this.#lastSpoken + PAUSE_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#polite.textContent = [...this.#waiting.values()].join(" ");
      this.#waiting.clear();
      this.#lastSpoken = performance.now();
    }, wait);
  }

  // The region is emptied in between, or the same sentence twice would be heard once.
  #speakUrgent() {
    this.#urgent.textContent = "";
    setTimeout(() => {
      this.#urgent.textContent = this.#urgentQueue.shift();
      if (this.#urgentQueue.length) setTimeout(() => this.#speakUrgent(), URGENT_GAP_MS * 10);
    }, URGENT_GAP_MS);
  }
}

/** The page's voice; templates/base.html holds its two regions. */
export const announcer = new Announcer(
  document.getElementById("voice") ?? document.createElement("div"),
  document.getElementById("voice-now") ?? document.createElement("div"),
);
