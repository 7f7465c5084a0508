// Row 3 of the device check: which certificates there are, and whether this centre accepts the one
// that is chosen; rows 2 and 4 come before and after it.

import { enrol, enrolmentFrom } from "../signers/demo.mjs";
import { openSigners } from "../signers/index.mjs";
import { day, element as cardElement, endsSoon, hindrance } from "../signin/cards.mjs";
import { attach } from "../ui/pfxform.mjs";
import { checkBridges } from "./bridges.mjs";
import { ask } from "./server.mjs";
import { trySigning } from "./trial.mjs";

export class Key {
  #page;
  #rows;
  #failures;
  #signers = openSigners();
  #busy = false;
  #choosing;

  constructor(page, rows, failures) {
    this.#page = page;
    this.#rows = rows;
    this.#failures = failures;
    this.#choosing = page.querySelector("[data-choose]");
    for (const button of page.querySelectorAll("[data-identity]")) {
      button.addEventListener("click", () => this.#chooseDemo(button.dataset.identity));
    }
    const form = page.querySelector("[data-open-pfx]");
    if (form) attach(form, this.#signers, (cards) => this.#opened(cards));
    addEventListener("pagehide", () => this.#signers.close());
  }

  /** Rows 2 to 4, as far as they come without a choice. */
  async keys() {
    await checkBridges(this.#rows, this.#signers, () => this.keys());
    await this.certificates();
  }

  /** Row 3: which certificates there are; a single one is taken without asking. */
  async certificates() {
    this.#rows.running("certificate");
    this.#rows.waiting("signature", this.#word("signature_after"));
    const cards = await this.#signers.list();
    const usable = cards.filter((card) => this.#hindrance(card) === null);
    this.#list(cards);
    this.#choosing.hidden = false;
    this.#choosing.open = true;
    if (usable.length === 1) await this.#choose(usable[0]);
    else this.#rows.tell("certificate", this.#found(cards, usable));
  }

  // --- certificates ----------------------------------------------------------------------------

  #found(cards, usable) {
    const { bridges, soft, demo } = this.#signers;
    const actions = bridges.length ? [this.#again(() => this.keys())] : [];
    if (usable.length) {
      const said = this.#word("certificate_choose", { n: usable.length });
      return { state: "yours", said, actions };
    }
    if (cards.length) return { ...this.#rows.both("problem", "certificate_unusable"), actions };
    const ways = demo ? "demo" : [bridges.length && "key", soft && "file"].filter(Boolean).join("_");
    return {
      state: soft || demo ? "yours" : "problem",
      said: this.#word("certificate_none"),
      remedy: ways && this.#word(`certificate_none_${ways}`),
      actions,
    };
  }

  #list(cards, chosen = null) {
    const template = document.getElementById("cert-template");
    const word = (key, places) => this.#word(key, places);
    const items = cards.map((card) => {
      const item = cardElement(template, card, word, () => this.#choose(card));
      const pressed = String(card.handle === chosen);
      item.querySelector("[data-cert]").setAttribute("aria-pressed", pressed);
      return item;
    });
    this.#page.querySelector("[data-cards]").replaceChildren(...items);
  }

  async #chooseDemo(identity) {
    if (this.#busy) return;
    try {
      const known = (await this.#signers.list()).find((card) => card.identity === identity);
      const { handle } = known ?? (await enrol(enrolmentFrom(this.#page), identity));
      const cards = await this.#signers.list();
      await this.#choose(cards.find((card) => card.handle === handle));
    } catch {
      this.#rows.tell("certificate", this.#rows.both("problem", "server_failed"));
    }
  }

  async #opened(cards) {
    const usable = cards.find((card) => this.#hindrance(card) === null);
    if (usable) await this.#choose(usable);
    else this.#rows.tell("certificate", this.#found(cards, []));
  }

  /** Have the server judge this certificate, and then its key sign. */
  async #choose(card) {
    await this.#alone(async () => {
      for (const one of this.#page.querySelectorAll("[data-cert]")) {
        one.setAttribute("aria-pressed", String(one.dataset.handle === card.handle));
      }
      const cards = await this.#signers.list();
      if (!this.#page.querySelector(`[data-handle="${card.handle}"]`)) this.#list(cards, card.handle);
      if (!(await this.#judge(card))) return;
      this.#fold();
      await this.#sign(card);
    });
  }

  /** Fold the choice away; who stood in it stays where it was. */
  #fold() {
    const within = this.#choosing.contains(document.activeElement);
    this.#choosing.open = false;
    if (within) this.#choosing.querySelector("summary").focus();
  }

  async #judge(card) {
    const facts = [
      [this.#word("fact_holder"), card.holder, true],
      [this.#word("fact_issuer"), card.issuer],
      [this.#word("fact_algorithm"), card.algorithm],
      [this.#word("fact_serial"), this.#word("serial", { tail: card.serial.slice(-4) })],
      [this.#word("fact_until"), day(card.notAfter, (key, places) => this.#word(key, places))],
    ];
    this.#rows.running("certificate", this.#word("certificate_asking"));
    // What another certificate's key did says nothing of this one.
    this.#rows.waiting("signature", this.#word("signature_after"));
    const actions = [this.#again(() => this.#choose(card))];
    const { certificateUrl, csrf } = this.#page.dataset;
    const { certificate, chain } = card;
    let answer;
    try {
      answer = await ask(certificateUrl, csrf, { certificate, chain });
    } catch {
      this.#rows.tell("certificate", { ...this.#rows.both("problem", "server_failed"), facts, actions });
      return false;
    }
    const told = { said: answer.title, remedy: answer.body, facts };
    if (!answer.accepted) {
      // Without its issuer's certificate nothing is found out here: signing in tells.
      const state = answer.code === "CERTIFICATE_ISSUER_NOT_SENT" ? "yours" : "problem";
      this.#rows.tell("certificate", { state, ...told, actions });
      return false;
    }
    const days = endsSoon(card);
    if (days !== null) {
      told.said += this.#word("certificate_soon", { days });
      told.remedy += this.#word("certificate_soon_remedy");
    }
    const state = days !== null || answer.tone !== "green" ? "advice" : "ok";
    this.#rows.tell("certificate", { state, ...told });
    return true;
  }

  /** Row 4, again and again if need be. */
  #sign(card) {
    return trySigning(this.#rows, this.#signers, card, {
      page: this.#page.dataset,
      failures: this.#failures,
      again: () => this.#alone(() => this.#sign(card)),
    });
  }

  /** `act`, unless something else is under way. */
  async #alone(act) {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await act();
    } finally {
      this.#busy = false;
    }
  }

  #hindrance(card) {
    return hindrance(card, (key, places) => this.#word(key, places));
  }

  #again(act) {
    return { label: this.#word("again"), act };
  }

  #word(key, places) {
    return this.#rows.word(key, places);
  }
}
