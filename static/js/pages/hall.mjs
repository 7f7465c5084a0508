// The bidder's seat: type, confirm, sign, send, hear the verdict; one undecided bid at a time.

import { nowUs } from "../clock.mjs";
import { Confirm } from "../hall/confirm.mjs";
import { Declare } from "../hall/declare.mjs";
import { isJump, openRoom } from "../hall/room.mjs";
import { keepAwake, Tones } from "../hall/senses.mjs";
import { Signing } from "../hall/signing.mjs";
import { download, Vault } from "../hall/vault.mjs";
import { setConnection } from "../hall/view.mjs";
import { BidField } from "../ui/bidfield.mjs";
import { fenOfWan, wanText } from "../ui/capitals.mjs";
import { sha256Hex } from "../statement.mjs";

const ASK_MS = 1500;
const LATE_SECONDS = 60;
const CLOSED = new Set(
  ["announced", "freeze", "ask", "prep", "adjourned", "second_stage", "closing", "suspended"],
);

const room = openRoom();
const { root, data, say, live, messages } = room;
const form = root.querySelector("[data-bid-field]");
const input = form.querySelector("[data-bid-amount]");
const field = new BidField(form);
const confirm = new Confirm(document.querySelector("[data-confirm]"), say, data);
const signing = new Signing(data, messages);
const vault = new Vault(data.lot, data.plate);
const declare = new Declare(room, signing, vault);
const sound = root.querySelector("[data-sound]");
const tones = new Tones(sound, { on: say.word("soundOn"), off: sound.textContent });
const save = root.querySelector("[data-save-record]");
const limitInput = root.querySelector("[data-own-limit]");
const limitKey = `limit:${data.lot}`;

let busy = false;
let typed = false;
let over = false;

// --- start -----------------------------------------------------------------------------------------

room.onSave = [{ label: save.textContent, act: saveRecord }];
room.onClosing = () => field.close(say.closure("closing"));
room.onLast = (seconds) => seconds === 60 && tones.play("minute");
room.signHint = () =>
  signing.seconds === null ? "" : say.word("lastSign", { seconds: signing.seconds.toFixed(1) });

save.hidden = false;
save.addEventListener("click", saveRecord);
input.addEventListener("input", () => (typed = true));
for (const button of form.querySelectorAll("[data-bid-step]")) {
  button.addEventListener("click", () => (typed = true));
}
form.addEventListener("bid:confirm", (event) => bid(event.detail.fen));
live.addEventListener("change", (event) => changed(event.detail));
live.addEventListener("session", (event) => sessionOver(event.detail.code));
root.addEventListener("session:over", (event) => sessionOver(event.detail.code, event.detail));
limitInput.value = stored(limitKey);
limitInput.addEventListener("change", () => {
  const fen = fenOfWan(limitInput.value);
  limitInput.value = fen === null ? "" : wanText(fen);
  store(limitKey, limitInput.value);
});
const estimating = setInterval(estimate, 500);
keepAwake((awake) => {
  setConnection(root, "wake", say.word(awake ? "awake" : "notAwake"), awake ? "green" : "grey");
});
signing.onChange(keyState);
keyState().then((ready) => ready || askForKey());
panel();
live.start();

// --- what changed ------------------------------------------------------------------------------------

function changed({ fresh, before, resync }) {
  panel();
  if (fresh.length) vault.keep("shown", nowUs(), { seq: live.seq, root: live.head.root });
  const raised = fresh.filter((record) => record.kind === "bid");
  if (!raised.length) return;
  const { state } = live;
  if (raised.some((record) => record.plate === data.plate)) messages.clear("not_quoted_yet");
  const from = before.price_fen;
  const jumped =
    !resync &&
    raised.at(-1).plate !== data.plate &&
    from !== null &&
    isJump(from, state.price_fen, before.step_fen, data);
  if (jumped) {
    const places = { before: say.amount(from), price: say.amount(state.price_fen) };
    messages.show("jump", say.message("price_jump", places));
    field.clear();
    typed = true;
  }
  if (before.leader === data.plate && state.leader !== data.plate && !resync) outbid(jumped);
  else if (state.leader !== data.plate) tones.play("price");
}

function outbid(jumped) {
  const { state } = live;
  // At the cap nobody can bid more: what follows is told by the stage itself.
  if (state.price_fen === data.capFen) return;
  const places = {
    plate: state.leader,
    price: say.amount(state.price_fen),
    ends: state.until_us === null ? "" : say.clock(state.until_us),
    minimum: say.amount(state.minimum_fen),
  };
  messages.clear("verdict");
  const kind = state.phase === "live" ? "outbid" : "outbid_in_listing";
  messages.show("outbid", say.message(kind, places), { actions: jumped ? [] : [bidMinimum()] });
  tones.play("outbid");
}

/** Panel, minimum and the sentence in their place follow the state. */
function panel() {
  const { state } = live;
  declare.render();
  field.setMinimum(state.minimum_fen);
  // Untouched, the field follows the price; what somebody typed stays until he changes it.
  if (!typed && !busy) field.offer(state.minimum_fen);
  const why = closed(state);
  if (why) field.close(say.closure(why));
  else field.open();
}

function closed(state) {
  if (CLOSED.has(state.phase)) return state.phase;
  if (state.phase !== "listing" && state.phase !== "live") return "over";
  const quoted = live.bids().some((record) => record.plate === data.plate);
  if (state.phase === "live" && data.quotedOnly && !quoted) return "not_entered";
  if (state.price_fen !== null && state.price_fen === data.capFen) return "second_stage";
  if (state.phase === "live" && !willing()) return "not_willing";
  if (state.leader === data.plate && !data.selfOutbid) return "leading";
  return null;
}

/** Whether this bidder goes on into the round, by his answer or by his silence (2.5). */
function willing() {
  const records = live.list();
  if (!records.some((record) => record.type === "ask_opened")) return true;
  const own = records.filter((r) => r.kind === "answered" && r.plate === data.plate).at(-1);
  return own ? own.willing : data.silenceIsIn;
}

function bidMinimum() {
  const fen = live.state.minimum_fen;
  return {
    label: say.word("bidThis", { amount: say.amount(fen) }),
    act: () => {
      field.offer(fen);
      form.requestSubmit();
    },
  };
}

// --- a bid -------------------------------------------------------------------------------------------

async function bid(fen) {
  if (busy) return;
  const asked = { fen, state: live.state, startFen: data.startFen, limit: ownLimit(), timeHint: hint() };
  if (!(await confirm.ask(asked))) return;
  busy = true;
  form.setAttribute("aria-busy", "true");
  messages.clear("sign", "verdict", "outbid", "jump");
  try {
    const signed = await sign(fen);
    if (signed) await send(signed);
  } finally {
    busy = false;
    form.removeAttribute("aria-busy");
    panel();
    focusPanel();
  }
}

async function sign(fen) {
  vault.keep("confirmed", nowUs(), { amount_fen: Number(fen), seen: live.head.note });
  try {
    const signed = await signing.sign(fen, live.head);
    vault.keep("signed", nowUs(), { signed });
    messages.clear("sign");
    setConnection(root, "sign", say.word("signTime", { seconds: signing.seconds.toFixed(1) }), "green");
    return signed;
  } catch (error) {
    vault.keep("not_signed", nowUs(), { code: error.code ?? String(error) });
    signing.failed(error, [{ label: say.word("retry"), act: () => form.requestSubmit() }]);
    return null;
  }
}

/** Whether the key is at hand, shown in the strip. */
async function keyState() {
  const ready = await signing.ready();
  setConnection(root, "key", say.word(ready ? "keyReady" : "keyMissing"), ready ? "green" : "amber");
  return ready;
}

/** Better before the round than at its last second: bring the key up now. */
function askForKey() {
  const bringUp = async () => {
    await signing.unlock().catch(() => {});
    if (await keyState()) messages.clear("sign");
  };
  messages.show("sign", signing.missing, {
    silent: true,
    actions: [{ label: say.word("openKey"), act: bringUp }],
  });
}

async function send(signed) {
  const statement = await sha256Hex(new TextEncoder().encode(signed.body));
  const slow = setTimeout(() => unknown(), ASK_MS);
  let answer = await live.place(signed);
  clearTimeout(slow);
  // Without an answer the question is asked until there is one: never a blind second bid.
  while (answer === null || answer.code === "QUEUED") {
    if (answer === null) unknown();
    else messages.show("verdict", answer.said, { stays: true, silent: messages.has("verdict") });
    await pause(ASK_MS);
    answer = await live.ask(statement);
  }
  if (answer.said === null) return undefined;
  if (answer.code === "NOT_RECEIVED") return notReceived(answer, signed, statement);
  return settled(answer, statement);
}

function unknown() {
  if (messages.has("verdict")) return;
  messages.show("verdict", say.message("answer_unknown"), { stays: true });
}

/** The end of M9: it never arrived; the same signed bid may be sent again. */
function notReceived(answer, signed, statement) {
  vault.keep("not_received", nowUs(), { statement });
  return new Promise((resolve) => {
    const again = async () => {
      messages.clear("verdict");
      resolve(await send(signed));
    };
    const discard = () => {
      messages.clear("verdict");
      resolve();
    };
    messages.show("verdict", answer.said, {
      stays: true,
      actions: [
        { label: say.word("resend"), act: again },
        { label: say.word("discard"), act: discard },
        ...room.onSave,
      ],
    });
  });
}

function settled(answer, statement) {
  vault.keep("answered", nowUs(), { statement, answer });
  typed = false;
  const actions = [];
  if (answer.receipt) {
    const name = `${data.lot}-${answer.record.seq}.tlog-proof`;
    actions.push({ label: say.word("receipt"), act: () => download(name, answer.receipt) });
  }
  if (["BID_TOO_LOW", "BID_NOT_MULTIPLE"].includes(answer.code)) {
    // One press away, with what the lot asks for now; nothing has to be typed again.
    field.setMinimum(Math.max(answer.state.minimum_fen, live.state.minimum_fen));
    field.offer(Math.max(answer.state.minimum_fen, live.state.minimum_fen));
    actions.unshift(bidMinimum());
  }
  messages.show("verdict", answer.said, { actions });
  if (answer.said.code.startsWith("SESSION") || answer.said.code.startsWith("CERT_")) {
    sessionOver(answer.said.code);
  }
}

function focusPanel() {
  const button = form.querySelector("[data-bid-button]");
  if (button.offsetParent !== null && !button.disabled) button.focus();
  else {
    const sentence = form.querySelector("[data-bid-closed]");
    sentence.tabIndex = -1;
    if (!sentence.hidden) sentence.focus();
  }
}

// --- time, own limit, own record -----------------------------------------------------------------------

function hint() {
  const { until_us: until, phase } = live.state;
  if (phase !== "live" || until === null || signing.seconds === null) return "";
  const needs = signing.seconds + ((live.rttMs ?? 0) * 2) / 1000;
  const left = (until - nowUs()) / 1e6;
  if (left > LATE_SECONDS) return "";
  const at = Math.max(0, Math.floor(left - needs));
  const figure = `00:${String(at).padStart(2, "0")}`;
  const text = say.word("estimate", { seconds: signing.seconds.toFixed(1), left: figure });
  return left < needs ? `${text}${say.word("tooShort")}` : text;
}

function estimate() {
  const line = root.querySelector("[data-estimate]");
  const text = closed(live.state) ? "" : hint();
  if (line.textContent !== text) line.textContent = text;
}

function ownLimit() {
  return fenOfWan(limitInput.value);
}

function saveRecord() {
  vault.save(`${data.lot}-${data.signedPlate}.json`);
}

/** The session is over: nothing of the hall stays, what was recorded can be saved (M11, M12). */
async function sessionOver(code, answer = null) {
  if (over) return;
  over = true;
  live.stop();
  clearInterval(estimating);
  if (code === "SIGNED_IN_AGAIN") {
    location.reload(); // The same person, in this browser: the seat goes on with the new session.
    return;
  }
  vault.keep("session_ended", nowUs(), { code });
  const told = answer ?? (await howItEnded());
  const said = told?.said ?? say.message(code === "SESSION_TAKEN" ? "session_taken" : "session_over");
  const saving = room.onSave.map((one) => ({ ...one, label: told?.save ?? one.label }));
  const back = told?.actions ?? [{ label: say.word("signInAgain"), url: data.signInUrl }];
  const box = messages.show("session", said, {
    stays: true,
    actions: [...back.map(({ label, url }) => ({ label, href: url })), ...saving],
  });
  const heading = document.createElement("h1");
  heading.textContent = say.word("stopped");
  for (const part of document.querySelectorAll(".ownmenu, .nav__actor, .nav form")) part.remove();
  root.replaceChildren(heading, box);
  heading.tabIndex = -1;
  heading.focus();
}

/** With instants and names, from the server; null if it does not say. */
async function howItEnded() {
  try {
    const answer = await (await fetch(data.sessionUrl, { credentials: "same-origin" })).json();
    return answer.state === "ended" ? answer : null;
  } catch {
    return null;
  }
}

function stored(key) {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function store(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Without storage the limit holds until the page is left.
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
