// The confirm dialog of every bid: the amount in capitals, and for a jump or above one's own
// limit the amount once more.

import { capitals, fenOfWan } from "../ui/capitals.mjs";
import { isJump } from "./room.mjs";

export class Confirm {
  #dialog;
  #say;
  #limits;

  /** limits: {confirmSteps, confirmPercent} of the lot's rules. */
  constructor(dialog, say, limits) {
    this.#dialog = dialog;
    this.#say = say;
    this.#limits = limits;
  }

  /** Resolves to whether the bidder confirmed. fen: BigInt; limit: own limit in fen or null. */
  ask({ fen, state, startFen, limit, timeHint }) {
    const from = state.price_fen ?? startFen;
    const jump = isJump(from, Number(fen), state.step_fen, this.#limits);
    const again = jump || (limit !== null && fen > limit);
    const said = this.#texts(fen, from, state, jump);
    this.#part("title").textContent = said.title;
    this.#part("body").textContent = said.body;
    this.#part("time").textContent = timeHint;
    this.#part("wrong").textContent = "";
    this.#part("again").hidden = !again;
    this.#dialog.classList.toggle("dialog--binding", jump);
    const input = this.#part("again").querySelector("input");
    input.value = "";
    const form = this.#dialog.querySelector("form");
    return new Promise((resolve) => {
      const check = (event) => {
        if (event.submitter?.value !== "confirm" || !again || fenOfWan(input.value) === fen) return;
        event.preventDefault();
        this.#part("wrong").textContent = this.#say.word("mistyped");
        input.focus();
      };
      form.addEventListener("submit", check);
      this.#dialog.returnValue = "";
      this.#dialog.addEventListener(
        "close",
        () => {
          form.removeEventListener("submit", check);
          resolve(this.#dialog.returnValue === "confirm");
        },
        { once: true },
      );
      this.#dialog.showModal();
      (again ? input : this.#part("yes")).focus();
    });
  }

  #texts(fen, from, state, jump) {
    const amount = this.#say.amount(Number(fen));
    if (!jump) {
      return {
        title: this.#say.word("confirmTitle", { amount }),
        body: this.#say.word("confirmBody", { capitals: capitals(fen) }),
      };
    }
    const raise = Number(fen) - from;
    return this.#say.message("confirm_jump", {
      times: Math.floor(raise / state.step_fen),
      price: this.#say.amount(from),
      amount,
      capitals: capitals(fen),
      percent: `${((raise * 100) / from).toFixed(1)} %`,
    });
  }

  #part(name) {
    return this.#dialog.querySelector(`[data-confirm-${name}]`);
  }
}
