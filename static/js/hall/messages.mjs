// Messages of the hall: one of a kind at a time, newest first, each spoken once.

import { announcer } from "../ui/announcer.mjs";

const TONES = ["blue", "green", "amber", "cinnabar", "violet"];
const SIGNS = { green: "●", amber: "▲", cinnabar: "▲", violet: "◇" };

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
    const box = this.#template.content.firstElementChild.cloneNode(true);
    box.classList.remove(...TONES.map((tone) => `notice--${tone}`));
    box.classList.add(`notice--${said.tone}`);
    // The one announcer speaks; a live region of its own would say everything twice.
    box.removeAttribute("role");
    box.dataset.code = said.code;
    const [title, body, small] = ["title", "body", "small"].map((part) =>
      box.querySelector(`.notice__${part}`),
    );
    const sign = title.querySelector(".mark__sign");
    sign.textContent = SIGNS[said.tone] ?? "◆";
    title.replaceChildren(sign, said.title);
    body.textContent = said.body;
    small.textContent = said.small;
    small.hidden = !said.small;
    const all = stays ? actions : [...actions, { label: this.#closeWord, act: () => this.clear(key) }];
    if (all.length) box.append(this.#actions(all));
    const holder = document.createElement("div");
    holder.dataset.message = key;
    holder.append(box);
    this.clear(key);
    this.#place.prepend(holder);
    if (!silent) announcer.assertive(`${said.title}${said.body}`);
    return box;
  }

  clear(...keys) {
    for (const key of keys) this.#place.querySelector(`[data-message="${key}"]`)?.remove();
  }

  has(key) {
    return this.#place.querySelector(`[data-message="${key}"]`) !== null;
  }

  #actions(actions) {
    const row = document.createElement("div");
    row.className = "notice__actions";
    for (const { label, act, href, download } of actions) {
      const item = document.createElement(href ? "a" : "button");
      item.className = "btn btn--small";
      item.textContent = label;
      if (href) item.href = href;
      else item.type = "button";
      if (download) item.download = download;
      if (act) item.addEventListener("click", act);
      row.append(item);
    }
    return row;
  }
}
