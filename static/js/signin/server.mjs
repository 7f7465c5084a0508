// The sign-in page's talk with the server: a challenge, its answer, and the answer to a question.

import { SignerError } from "../signers/error.mjs";

/** The server said no: its code, its sentence, and where that leads (`enrol`). */
export class Refused extends Error {
  constructor(answer) {
    super(answer.code);
    this.answer = answer;
  }
}

export class Server {
  #csrf;
  #urls;
  #next;

  constructor({ challengeUrl, answerUrl, takeOverUrl, csrf, next }) {
    this.#urls = { challengeUrl, answerUrl, takeOverUrl };
    this.#csrf = csrf;
    this.#next = next;
  }

  /** {aud, nonce, expires} for this browser. Throws Refused, SignerError("network"). */
  challenge() {
    return this.#post(this.#urls.challengeUrl, {});
  }

  /** {next, csrf}; or {confirm, title, body} where the certificate is in use elsewhere. */
  answer(signed, nonce) {
    return this.#post(this.#urls.answerUrl, { ...signed, nonce, next: this.#next });
  }

  /** {next, csrf}: the session elsewhere has ended. */
  takeOver(confirm) {
    return this.#post(this.#urls.takeOverUrl, { confirm, next: this.#next });
  }

  async #post(url, body) {
    let response;
    try {
      response = await fetch(url, {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.#csrf },
        body: JSON.stringify(body),
      });
    } catch {
      throw new SignerError("network");
    }
    const answer = await response.json().catch(() => null);
    if (answer === null) throw new SignerError("network");
    if (response.ok || answer.code === "SESSION_ELSEWHERE") return answer;
    throw new Refused(answer);
  }
}
