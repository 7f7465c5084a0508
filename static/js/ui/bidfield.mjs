// The bid field: steps up and down, capitals, unit price, and a button that carries the amount.
// It decides nothing and sends nothing: the hall listens for "bid:confirm" on the form.
//
//   const field = new BidField(form)
//   field.fen                     the typed amount in fen (BigInt) or null
//   field.setMinimum(fen)         the price moved: what was typed stays, "too low" is said under it
//   field.clear()                 after a price jump: the full amount must be typed again
//   field.offer(fen)              puts an amount into the field and the button (one press away)
//   field.close(sentence) / field.open()
//   "bid:confirm" event, detail {fen: BigInt}; "bid:input" while typing

import { capitals, fenOfWan, wanPerMu, wanText } from "./capitals.mjs";
import { say } from "./words.mjs";

export class BidField {
  #form;
  #input;
  #minimum;
  #step;

  constructor(form) {
    this.#form = form;
    this.#input = form.querySelector("[data-bid-amount]");
    this.#minimum = BigInt(form.dataset.minFen);
    this.#step = BigInt(form.dataset.stepFen);
    for (const button of form.querySelectorAll("[data-bid-step]")) {
      button.addEventListener("click", () => this.#move(BigInt(button.dataset.bidStep)));
    }
    this.#input.addEventListener("input", () => this.#show());
    this.#input.addEventListener("change", () => {
      if (this.fen !== null) this.#input.value = wanText(this.fen);
    });
    this.#part("offer").addEventListener("click", () => {
      this.offer(this.#minimum);
      this.#input.focus();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#sendable()) return;
      form.dispatchEvent(new CustomEvent("bid:confirm", { bubbles: true, detail: { fen: this.fen } }));
    });
    this.#show();
  }

  get fen() {
    return fenOfWan(this.#input.value);
  }

  setMinimum(fen) {
    this.#minimum = BigInt(fen);
    this.#form.dataset.minFen = String(fen);
    this.#part("min").textContent = wanText(this.#minimum);
    this.#show();
  }

  offer(fen) {
    this.#input.value = wanText(BigInt(fen));
    this.#show();
  }

  clear() {
    this.#input.value = "";
    this.#show();
  }

  close(sentence) {
    this.#part("closed").textContent = sentence;
    this.#part("closed").hidden = false;
    this.#part("open").hidden = true;
  }

  open() {
    this.#part("closed").hidden = true;
    this.#part("open").hidden = false;
  }

  #part(name) {
    return this.#form.querySelector(`[data-bid-${name}]`);
  }

  #move(steps) {
    const from = this.fen ?? this.#minimum;
    // Several steps up count from the minimum: "+2 口" is the second possible bid and so on.
    const target = steps > 1n ? this.#minimum + (steps - 1n) * this.#step : from + steps * this.#step;
    this.#input.value = wanText(target < this.#minimum ? this.#minimum : target);
    this.#show();
  }

  #sendable() {
    return this.fen !== null && this.fen >= this.#minimum;
  }

  #show() {
    const fen = this.fen;
    const parts = fen === null ? [] : [capitals(fen)];
    if (fen !== null && this.#form.dataset.areaM2) {
      parts.push(say("perMu", { figure: wanPerMu(fen, this.#form.dataset.areaM2) }));
    }
    this.#part("preview").textContent = parts.join(" · ");
    const typed = this.#input.value.trim() !== "";
    const tooLow = fen !== null && fen < this.#minimum;
    const least = { amount: wanText(this.#minimum) };
    const wrong = fen === null && typed;
    this.#part("low").textContent = tooLow ? `▲ ${say("low", least)}` : wrong ? say("notAmount") : "";
    this.#part("offer").textContent = say("offer", least);
    this.#part("offer").hidden = !tooLow;
    this.#input.setAttribute("aria-invalid", String(typed && !this.#sendable()));
    const button = this.#part("button");
    button.disabled = !this.#sendable();
    button.textContent = say("bid", { amount: fen === null ? "—" : wanText(fen) });
    if (fen !== null) button.dataset.fen = String(fen);
    this.#form.dispatchEvent(new CustomEvent("bid:input", { bubbles: true, detail: { fen } }));
  }
}
