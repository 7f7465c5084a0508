// Row 4 of the device check: three signatures over a text that is worth nothing, timed.

import { remember } from "../signers/timing.mjs";
import { freshNonce, issuedAt } from "../statement.mjs";
import { median } from "./line.mjs";
import { fill } from "./rows.mjs";
import { ask } from "./server.mjs";

const TIMES = 3;
const SLOW_SECONDS = 5;
const WAIT_MS = 1000;
// A key in the browser signs within milliseconds; "0.0 s" would look like no measurement.
const SHOWN_LEAST = 0.1;

/**
 * Have the key of `card` sign three times, the server check the last signature, and tell it in its
 * row. page: {aud, signatureUrl, csrf}; failures: the words of SignerError codes.
 */
export async function trySigning(rows, signers, card, { page, failures, again }) {
  const actions = [{ label: rows.word("again"), act: again }];
  const times = [];
  let signed;
  try {
    for (let n = 1; n <= TIMES; n += 1) {
      const began = performance.now();
      signed = await signOnce(rows, signers, card, n, page.aud);
      times.push((performance.now() - began) / 1000);
    }
  } catch (error) {
    rows.tell("signature", { state: "problem", ...failure(failures, error), actions });
    return;
  }
  const took = times.map((one) => rows.word("seconds", { seconds: one.toFixed(2) }));
  const facts = [[rows.word("fact_times"), took.join(" · ")]];
  let answer;
  try {
    answer = await ask(page.signatureUrl, page.csrf, signed);
  } catch {
    rows.tell("signature", { ...rows.both("problem", "server_failed"), facts, actions });
    return;
  }
  if (!answer.accepted) {
    const told = { said: answer.title, remedy: answer.body, facts, actions };
    rows.tell("signature", { state: "problem", ...told });
    return;
  }
  const seconds = median(times);
  const kept = remember(card.handle, seconds);
  facts.push([rows.word("fact_kept"), rows.word(kept ? "kept" : "not_kept")]);
  const slow = seconds > SLOW_SECONDS;
  const places = { seconds: Math.max(seconds, SHOWN_LEAST).toFixed(1) };
  rows.tell("signature", {
    state: slow ? "advice" : "ok",
    said: rows.word(slow ? "signature_slow" : "signature_ok", places),
    remedy: slow ? rows.word("signature_slow_remedy") : "",
    facts,
  });
}

async function signOnce(rows, signers, { handle }, n, aud) {
  const giveUp = new AbortController();
  const actions = [{ label: rows.word("cancel"), act: () => giveUp.abort() }];
  // Said aloud once: the PIN window may be behind the browser.
  rows.running("signature", rows.word("signature_asking", { n }), { aloud: n === 1, actions });
  const began = performance.now();
  const said = rows.element("signature").querySelector("[data-said]");
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - began) / 1000);
    said.textContent = rows.word("signature_waiting", { seconds });
  }, WAIT_MS);
  const fields = { aud, nonce: freshNonce(), iat: issuedAt() };
  try {
    return await signers.sign(handle, "check", fields, { signal: giveUp.signal });
  } finally {
    clearInterval(timer);
  }
}

function failure(failures, error) {
  const left = error.detail?.left;
  const uncounted = error.code === "wrong_pin" && !Number.isInteger(left);
  const { title, body } = failures[uncounted ? "wrong_pin_uncounted" : error.code] ?? failures.failed;
  return { said: fill(title, { left }), remedy: body };
}
