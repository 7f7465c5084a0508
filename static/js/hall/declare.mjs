// What a bidder signs besides bids: whether he goes on into the live round, and his entry to the
// draw at the cap. The panel follows the phase; an answer that does not come is asked for again
// with the same signed statement, never with a second one.

import { nowUs } from "../clock.mjs";

const RETRY_MS = 1500;
const TRIES = 40;

export class Declare {
  #room;
  #signing;
  #vault;
  #root;
  #busy = false;

  constructor(room, signing, vault) {
    this.#room = room;
    this.#signing = signing;
    this.#vault = vault;
    this.#root = room.root.querySelector("[data-declare]");
    for (const button of this.#root.querySelectorAll("[data-sign-as]")) {
      button.addEventListener("click", () => this.#act(button.dataset.signAs, button.dataset.willing));
    }
  }

  /** Show what can be signed now; called whenever the lot's state has changed. */
  render() {
    const { live, say, data } = this.#room;
    const { phase, until_us: until } = live.state;
    const kind = { ask: "answer", second_stage: "lottery" }[phase] ?? null;
    const entitled = kind !== null && this.#entitled(kind);
    this.#root.hidden = !entitled;
    for (const part of this.#root.querySelectorAll("[data-declare-kind]")) {
      part.hidden = part.dataset.declareKind !== kind;
    }
    if (!entitled) return;
    const own = this.#own(kind);
    const places = { until: until === null ? "" : say.clock(until), cap: data.capFen ? say.amount(data.capFen) : "" };
    const part = this.#root.querySelector(`[data-declare-kind="${kind}"]`);
    part.querySelector("[data-declare-text]").textContent = say.word(`${kind}Text`, places);
    part.querySelector("[data-declared]").textContent = own === null ? "" : say.word(own);
    for (const button of part.querySelectorAll("[data-sign-as]")) {
      button.disabled = this.#busy || (kind === "lottery" && own !== null);
    }
  }

  /** What this bidder has already declared: a key of the words, or null. */
  #own(kind) {
    const { live, data } = this.#room;
    const wanted = kind === "answer" ? "answered" : "joined";
    const last = live.list().filter((r) => r.kind === wanted && r.plate === data.plate).at(-1);
    if (!last) return null;
    if (kind === "lottery") return "joined";
    return last.willing ? "answeredYes" : "answeredNo";
  }

  #entitled(kind) {
    const { live, data } = this.#room;
    const records = live.list();
    const had = (type) => records.some((record) => record.type === type);
    // Reached while the listing ran, the cap lets in everybody who has qualified.
    if (kind === "lottery" && !had("round_opened")) return true;
    const quoted = live.bids().some((record) => record.plate === data.plate);
    if (data.quotedOnly && !quoted) return false;
    if (kind === "answer" || !had("ask_opened")) return true;
    const own = this.#own("answer");
    return own === null ? data.silenceIsIn : own === "answeredYes";
  }

  async #act(purpose, willing) {
    if (this.#busy) return;
    const { messages, data } = this.#room;
    this.#busy = true;
    this.render();
    messages.clear("sign", "declared");
    try {
      const fields = purpose === "answer" ? { willing } : {};
      const signed = await this.#signing.declare(purpose, fields);
      this.#vault.keep("signed", nowUs(), { signed });
      await this.#send(purpose === "answer" ? data.declareUrl : data.lotteryUrl, signed);
    } catch (error) {
      this.#vault.keep("not_signed", nowUs(), { code: error.code ?? String(error) });
      this.#signing.failed(error);
    } finally {
      this.#busy = false;
      this.render();
    }
  }

  async #send(url, signed) {
    const { live, messages, say } = this.#room;
    for (let tried = 0; tried < TRIES; tried += 1) {
      const answer = await this.#post(url, signed);
      if (answer !== null) {
        this.#vault.keep("answered", nowUs(), { answer });
        if (answer.record) live.records.set(answer.record.seq, answer.record);
        messages.show("declared", answer.said);
        return;
      }
      if (!messages.has("declared")) {
        messages.show("declared", say.message("declare_unknown"), { stays: true });
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  async #post(url, signed) {
    try {
      const response = await fetch(url, {
        method: "POST",
        credentials: "same-origin",
        headers: {
          Accept: "application/json",
          "Content-Type": "application/json",
          "X-CSRFToken": this.#room.data.csrf,
        },
        body: JSON.stringify(signed),
        signal: AbortSignal.timeout(8000),
      });
      const answer = await response.json();
      return answer?.said ? answer : null;
    } catch {
      return null;
    }
  }
}
