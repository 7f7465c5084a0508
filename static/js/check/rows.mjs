// The six rows of the device check: state, what was found, what to do, and the figures behind it.

import { announcer } from "../ui/announcer.mjs";

const LOOKS = {
  waiting: ["grey", "○"],
  running: ["blue", "◎"],
  yours: ["amber", "→"],
  ok: ["green", "✓"],
  advice: ["amber", "▲"],
  problem: ["cinnabar", "▲"],
  unneeded: ["grey", "—"],
};

export class Rows {
  #rows = new Map();
  #words;
  #told;

  /** `words`: {words, states}, as the page brings them; `told()` after every change of a row. */
  constructor(root, { words, states }, told) {
    this.#words = { ...words, ...states };
    this.#told = told;
    for (const element of root.querySelectorAll("[data-row]")) {
      this.#rows.set(element.dataset.row, element);
    }
  }

  /** The words `key` with its {places} filled in. */
  word(key, places = {}) {
    return fill(this.#words[key] ?? key, places);
  }

  /** What tell() takes, from the words `key` and what to do about it. */
  both(state, key) {
    return { state, said: this.word(key), remedy: this.word(`${key}_remedy`) };
  }

  element(key) {
    return this.#rows.get(key);
  }

  /** How many rows are in one of these states. */
  count(...states) {
    return [...this.#rows.values()].filter((row) => states.includes(row.dataset.state)).length;
  }

  /** Its turn has not come, and `said` tells why. */
  waiting(key, said) {
    this.#show(key, { state: "waiting", said });
  }

  /** It goes on, and `said` tells how; nothing is spoken until it ends, unless it is `aloud`. */
  running(key, said = "", { aloud = false, actions = [] } = {}) {
    this.#show(key, { state: "running", said, actions });
    if (aloud) announcer.polite(said, key);
  }

  /**
   * A row's result. facts: [[label, value, isName]]; a name is not printed. Spoken once: what was
   * found, and what to do.
   */
  tell(key, { state, said, remedy = "", facts = [], actions = [] }) {
    this.#show(key, { state, said, remedy, facts, actions });
    const title = this.element(key).querySelector(".task__title").textContent;
    const spoken = { title, state: this.word(state), said: said.replace(/[。.]$/, "") };
    announcer.polite(`${this.word("said_row", spoken)} ${remedy}`.trim(), key);
  }

  #show(key, { state, said, remedy = "", facts = [], actions = [] }) {
    const row = this.element(key);
    row.dataset.state = state;
    const [tone, sign] = LOOKS[state];
    const tag = row.querySelector(".tag");
    tag.className = `tag tag--${tone}`;
    tag.querySelector(".tag__sign").textContent = sign;
    tag.lastChild.textContent = this.word(state);
    row.querySelector("[data-about]").hidden = Boolean(said);
    write(row.querySelector("[data-said]"), said);
    write(row.querySelector("[data-remedy]"), remedy);
    const list = row.querySelector("[data-facts]");
    list.hidden = facts.length === 0;
    list.replaceChildren(...facts.flatMap(fact));
    row.querySelector("[data-actions]").replaceChildren(...actions.map(button));
    this.#told();
  }
}

export function fill(text, places) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
}

function write(element, text) {
  element.textContent = text;
  element.hidden = !text;
}

function fact([label, value, isName = false]) {
  const term = document.createElement("dt");
  const detail = document.createElement("dd");
  term.textContent = label;
  detail.textContent = value;
  for (const one of [term, detail]) one.classList.toggle("is-name", isName);
  return [term, detail];
}

function button({ label, act }) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn--small";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}
