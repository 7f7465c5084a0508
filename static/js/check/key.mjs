// Rows 2 to 4 of the device check: the vendors' programs, the certificates, three trial signatures.

import { enrol, enrolmentFrom } from "../signers/demo.mjs";
import { openSigners } from "../signers/index.mjs";
import { remember } from "../signers/timing.mjs";
import { day, element as cardElement, endsSoon, hindrance } from "../signin/cards.mjs";
import { freshNonce, issuedAt } from "../statement.mjs";
import { attach } from "../ui/pfxform.mjs";
import { median } from "./line.mjs";
import { fill } from "./rows.mjs";
import { ask } from "./server.mjs";

const TIMES = 3;
const SLOW_SECONDS = 5;
const WAIT_MS = 1000;
// A key in the browser signs within milliseconds; "0.0 s" would look like no measurement.
const SHOWN_LEAST = 0.1;

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

  /** Row 2. The browser may have to ask whether this page may reach the programs. */
  async bridges() {
    const { bridges, soft, demo } = this.#signers;
    const otherwise = soft !== null || demo !== null;
    if (!bridges.length) {
      const none = otherwise
        ? { state: "unneeded", said: this.#word("bridge_none") }
        : this.#both("problem", "bridge_no_way");
      this.#rows.tell("bridge", none);
      return;
    }
    this.#rows.running("bridge", this.#word("bridge_asking"), { aloud: true });
    const facts = [];
    for (const bridge of bridges) facts.push([bridge.name, await this.#reach(bridge)]);
    const reached = bridges.filter(({ state }) => ["ready", "no_device"].includes(state));
    const actions = [this.#again(() => this.keys())];
    if (reached.length) {
      const names = reached.map(({ name }) => name).join(this.#word("between"));
      this.#rows.tell("bridge", { state: "ok", said: this.#word("bridge_ok", { names }), facts });
      return;
    }
    const state = otherwise ? "advice" : "problem";
    const states = bridges.map((bridge) => bridge.state);
    const cause = states.find((one) => one === "bridge_denied" || one === "bridge_fault");
    const told = this.#both(state, cause ?? "bridge_absent");
    if (!cause && otherwise) told.said = this.#word("bridge_absent_soft");
    this.#rows.tell("bridge", { ...told, facts, actions });
  }

  /** Rows 2 to 4, as far as they come without a choice. */
  async keys() {
    await this.bridges();
    await this.certificates();
  }

  /** Row 3: which certificates there are; a single one is taken without asking. */
  async certificates() {
    this.#rows.running("certificate");
    this.#rows.tell("signature", { state: "waiting", said: this.#word("signature_after") });
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
    const actions = this.#signers.bridges.length ? [this.#again(() => this.keys())] : [];
    if (usable.length) {
      const said = this.#word("certificate_choose", { n: usable.length });
      return { state: "yours", said, actions };
    }
    const state = this.#signers.soft || this.#signers.demo ? "yours" : "problem";
    if (cards.length) return { ...this.#both("problem", "certificate_unusable"), actions };
    const told = this.#both(state, "certificate_none");
    if (this.#signers.demo) told.remedy = this.#word("certificate_none_demo");
    return { ...told, actions };
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
      this.#rows.tell("certificate", this.#both("problem", "server_failed"));
    }
  }

  async #opened(cards) {
    const usable = cards.find((card) => this.#hindrance(card) === null);
    if (usable) await this.#choose(usable);
    else this.#rows.tell("certificate", this.#found(cards, []));
  }

  /** Have the server judge this certificate, and then its key sign. */
  async #choose(card) {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (const one of this.#page.querySelectorAll("[data-cert]")) {
        one.setAttribute("aria-pressed", String(one.dataset.handle === card.handle));
      }
      const cards = await this.#signers.list();
      if (!this.#page.querySelector(`[data-handle="${card.handle}"]`)) this.#list(cards, card.handle);
      if (!(await this.#judge(card))) return;
      this.#fold();
      await this.#sign(card);
    } finally {
      this.#busy = false;
    }
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
      [this.#word("fact_serial"), card.serial.slice(-4)],
      [this.#word("fact_until"), day(card.notAfter)],
    ];
    this.#rows.running("certificate", this.#word("certificate_asking"));
    const actions = [this.#again(() => this.#choose(card))];
    const { certificateUrl, csrf } = this.#page.dataset;
    const { certificate, chain } = card;
    let answer;
    try {
      answer = await ask(certificateUrl, csrf, { certificate, chain });
    } catch {
      this.#rows.tell("certificate", { ...this.#both("problem", "server_failed"), facts, actions });
      return false;
    }
    const told = { said: answer.title, remedy: answer.body, facts };
    if (!answer.accepted) {
      this.#rows.tell("certificate", { state: "problem", ...told, actions });
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

  // --- signatures ------------------------------------------------------------------------------

  async #sign(card) {
    const again = [this.#again(() => this.#alone(() => this.#sign(card)))];
    const times = [];
    let signed;
    try {
      for (let n = 1; n <= TIMES; n += 1) {
        const began = performance.now();
        signed = await this.#signOnce(card, n);
        times.push((performance.now() - began) / 1000);
      }
    } catch (error) {
      this.#rows.tell("signature", { state: "problem", ...this.#failure(error), actions: again });
      return;
    }
    const { signatureUrl, csrf } = this.#page.dataset;
    const seconds = median(times);
    const facts = [[this.#word("fact_times"), times.map((one) => this.#seconds(one)).join(" · ")]];
    let answer;
    try {
      answer = await ask(signatureUrl, csrf, signed);
    } catch {
      const told = this.#both("problem", "server_failed");
      this.#rows.tell("signature", { ...told, facts, actions: again });
      return;
    }
    if (!answer.accepted) {
      const told = { said: answer.title, remedy: answer.body };
      this.#rows.tell("signature", { state: "problem", ...told, facts, actions: again });
      return;
    }
    const kept = remember(card.handle, seconds);
    facts.push([this.#word("fact_kept"), this.#word(kept ? "kept" : "not_kept")]);
    const slow = seconds > SLOW_SECONDS;
    const places = { seconds: figure(seconds) };
    this.#rows.tell("signature", {
      state: slow ? "advice" : "ok",
      said: this.#word(slow ? "signature_slow" : "signature_ok", places),
      remedy: slow ? this.#word("signature_slow_remedy") : "",
      facts,
    });
  }

  async #signOnce({ handle }, n) {
    const giveUp = new AbortController();
    const actions = [{ label: this.#word("cancel"), act: () => giveUp.abort() }];
    // Said aloud once: the PIN window may be behind the browser.
    this.#rows.running("signature", this.#word("signature_asking", { n }), { aloud: n === 1, actions });
    const began = performance.now();
    const said = this.#rows.element("signature").querySelector("[data-said]");
    const timer = setInterval(() => {
      const seconds = Math.round((performance.now() - began) / 1000);
      said.textContent = this.#word("signature_waiting", { seconds });
    }, WAIT_MS);
    const fields = { aud: this.#page.dataset.aud, nonce: freshNonce(), iat: issuedAt() };
    try {
      return await this.#signers.sign(handle, "check", fields, { signal: giveUp.signal });
    } finally {
      clearInterval(timer);
    }
  }

  #failure(error) {
    const left = error.detail?.left;
    const uncounted = error.code === "wrong_pin" && !Number.isInteger(left);
    const code = uncounted ? "wrong_pin_uncounted" : error.code;
    const { title, body } = this.#failures[code] ?? this.#failures.failed;
    return { said: fill(title, { left }), remedy: body };
  }

  // --- pieces ----------------------------------------------------------------------------------

  async #reach(bridge) {
    const began = performance.now();
    await bridge.refresh().catch(() => {});
    const seconds = figure((performance.now() - began) / 1000);
    if (!["ready", "no_device"].includes(bridge.state)) return this.#word("bridge_fact_absent");
    const version = await bridge.version();
    return version === null
      ? this.#word("bridge_fact_unversioned", { seconds })
      : this.#word("bridge_fact", { seconds, version });
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

  #both(state, key) {
    return { state, said: this.#word(key), remedy: this.#word(`${key}_remedy`) };
  }

  #seconds(seconds) {
    return this.#word("seconds", { seconds: seconds.toFixed(2) });
  }

  #word(key, places) {
    return this.#rows.word(key, places);
  }
}

function figure(seconds) {
  return Math.max(seconds, SHOWN_LEAST).toFixed(1);
}
