// Messages of the hall: one of a kind at a time, newest first, each spoken once.

import { announcer } from "../ui/announcer.mjs";
import { box } from "../ui/saying.mjs";

export class Messages {
  #place;
  #template;
  #closeWord;

  constructor(place, template, closeWord) {
    this.#place = place;
    this.#template = template;
    this.#closeWord = closeWord;
  }

  /**
   * Show `said` under `key` (a later one of the same key replaces it). actions: {label, act} or
   * {label, href, download}; stays: cannot be closed; silent: not spoken here.
   */
  show(key, said, { actions = [], stays = false, silent = false } = {}) {
    const all = stays ? actions : [...actions, { label: this.#closeWord, act: () => this.clear(key) }];
    const made = box(this.#template, said, all);
    made.dataset.code = said.code;
    const holder = document.createElement("div");
    holder.dataset.message = key;
    holder.append(made);
    this.clear(key);
    this.#place.prepend(holder);
    if (!silent) announcer.assertive(`${said.title}${said.body}`);
    return made;
  }

  clear(...keys) {
    for (const key of keys) this.#place.querySelector(`[data-message="${key}"]`)?.remove();
  }

  has(key) {
    return this.#place.querySelector(`[data-message="${key}"]`) !== null;
  }
}
