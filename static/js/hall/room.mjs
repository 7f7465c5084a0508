// What seat, spectator's page and screen have in common: the line, the clock, what all are told.

import { nowUs } from "../clock.mjs";
import { Live } from "../live.mjs";
import { announcer } from "../ui/announcer.mjs";
import { Messages } from "./messages.mjs";
import { Sentences } from "./sentences.mjs";
import { setConnection, View } from "./view.mjs";

const QUIET_MS = 8000;
const BACK_MS = 20_000;
const STAGES = new Set(["ask", "second_stage", "adjourned"]);

/** The page's data, its live line and its view, wired to each other. */
export function openRoom() {
  const root = document.getElementById("hall");
  const data = JSON.parse(document.getElementById("hall-data").textContent);
  const say = new Sentences(data);
  const live = new Live(data);
  live.startFen = data.startFen;
  const view = new View(root, live, say, data.plate);
  const messages = new Messages(
    root.querySelector("[data-messages]"),
    document.getElementById("message-template"),
    say.word("close"),
  );
  const room = { root, data, say, live, view, messages };
  live.addEventListener("change", (event) => changed(room, event.detail));
  live.addEventListener("line", (event) => lineChanged(room, event.detail));
  live.addEventListener("mismatch", () => {
    if (!messages.has("mismatch")) {
      messages.show("mismatch", say.message("head_mismatch"), { stays: true, actions: room.onSave ?? [] });
    }
  });
  root.addEventListener("deadline:threshold", (event) => threshold(room, event));
  view.render();
  standing(room);
  return room;
}

/** Whether a raise is one that people type by mistake, by this lot's rules. */
export function isJump(fromFen, toFen, stepFen, { confirmSteps, confirmPercent }) {
  const raise = toFen - fromFen;
  return raise > stepFen * confirmSteps || raise * 100 > fromFen * confirmPercent;
}

// --- what changed --------------------------------------------------------------------------------

const recent = [];

function changed(room, { fresh, before, resync }) {
  const { view, live, data } = room;
  view.render(fresh);
  const bids = fresh.filter((record) => record.kind === "bid");
  phaseMessages(room, before);
  if (resync) return;
  for (const bid of bids) recent.push(performance.now());
  if (!bids.length || live.state.leader === data.plate) return;
  const count = recent.filter((at) => at > performance.now() - QUIET_MS).length;
  const { say } = room;
  announcer.polite(
    [
      say.word("priceNow", { price: say.amount(live.state.price_fen) }),
      say.word("quotes", { count }),
      say.standing(live.state, data.plate),
    ].join("，"),
    "price",
  );
}

function phaseMessages(room, before) {
  const { live, messages } = room;
  const { state } = live;
  const announced = state.suspended?.resume_us !== before.suspended?.resume_us;
  const same = state.phase === before.phase && Boolean(state.suspended) === Boolean(before.suspended);
  if (same && !announced) return;
  messages.clear("closing");
  if (live.over) messages.clear("outbid", "jump", "line", "resumed", "not_quoted_yet");
  if (before.suspended && !state.suspended) resumed(room);
  standing(room, before);
}

/** Messages that stand as long as a phase does. */
function standing(room, before = null) {
  const { live, messages, say, data } = room;
  const { state } = live;
  const silent = before === null;
  messages.clear("suspended", "resumption", "end", "stage");
  if (STAGES.has(state.phase)) {
    const places = {
      until: state.until_us === null ? "" : say.dayClock(state.until_us),
      price: state.price_fen === null ? "" : say.amount(state.price_fen),
      plate: state.leader ?? "",
    };
    messages.show("stage", say.message(state.phase, places), { silent, stays: true });
  } else if (state.phase === "closing") {
    messages.show("closing", say.message("closing"), { silent, stays: true });
  } else if (state.phase === "suspended") {
    messages.clear("resumed");
    const price = state.price_fen === null ? null : say.amount(state.price_fen);
    const places = {
      since: say.clock(state.suspended.since_us),
      ground: say.ground(state.suspended.ground),
      standing: price ? say.word("standing", { price, plate: state.leader }) : say.word("nobodyYet"),
      prep: say.left(data.prepSeconds * 1e6),
      countdown: say.left(data.countdownSeconds * 1e6),
    };
    const kind = state.deadline_us === null ? "suspended_listing" : "suspended";
    messages.show("suspended", say.message(kind, places), { silent, stays: true });
    const at = state.suspended.resume_us;
    if (at !== null) {
      messages.show("resumption", say.message("resumption_set", { at: say.dayClock(at) }), { silent, stays: true });
    }
  } else if (state.phase === "terminated") {
    messages.show("end", say.message("terminated"), { silent, stays: true });
  } else if (state.phase === "unsold") {
    const kind = state.unsold === "RESERVE_NOT_MET" ? "below_reserve" : "unsold";
    messages.show("end", say.message(kind), { silent, stays: true });
  } else if (state.phase === "result_held" || state.phase === "award_void") {
    messages.show("end", say.message(state.phase), { silent, stays: true });
  } else if (state.ended_at_us !== null && state.price_fen !== null) {
    const places = {
      price: say.amount(state.price_fen),
      plate: state.leader,
      ended: say.clock(state.ended_at_us, true),
      // The end of a day is told as its 24:00, not as the next day's 00:00.
      papers: state.papers_until_us ? say.lastMoment(state.papers_until_us) : "",
    };
    const kind = !data.plate ? "ended" : state.leader === data.plate ? "highest" : "not_highest";
    messages.show("end", say.message(kind, places), { silent, stays: true });
  }
}

function resumed({ live, messages, say }) {
  const { state } = live;
  if (state.phase === "listing" || state.phase === "freeze") {
    const until = say.dayClock(state.listing_until_us);
    messages.show("resumed", say.message("listing_resumed", { until }));
  } else if (state.phase === "prep") {
    const places = { opens: say.clock(state.until_us), from: say.clock(nowUs()) };
    messages.show("resumed", say.message("resuming", places));
  }
}

// --- the last minute -----------------------------------------------------------------------------

function threshold(room, event) {
  const { live, messages, say, data } = room;
  const { seconds } = event.detail;
  if (!event.target.hasAttribute("data-announce")) return;
  if (seconds === 0) {
    event.preventDefault();
    if (!live.over) messages.show("closing", say.message("closing"), { stays: true });
    room.onClosing?.();
    return;
  }
  if (live.state.phase !== "live") return;
  const told = data.warnAt.includes(seconds);
  if (told && seconds > 60) return;
  event.preventDefault();
  if (!told) return;
  const standing = say.standing(live.state, data.plate);
  const price = live.state.price_fen === null ? "" : say.amount(live.state.price_fen);
  if (seconds === 60) {
    announcer.polite(say.word("last60", { price, standing }) + (room.signHint?.() ?? ""), "time");
  } else if (seconds === 30) {
    announcer.polite(say.word("last30", { standing }), "time");
  } else if (seconds === 10) {
    announcer.assertive(say.word("last10"));
  }
  room.onLast?.(seconds);
}

// --- the line ------------------------------------------------------------------------------------

let countAtLoss = 0;

function lineChanged(room, { status, rttMs, since }) {
  const { root, say, live, messages, data } = room;
  if (status === "on") {
    const ms = rttMs === null ? "…" : Math.round(rttMs);
    setConnection(root, "line", say.word("connected", { ms }), "green");
    if (rttMs !== null) {
      const seconds = (rttMs / 2000).toFixed(2);
      setConnection(root, "clock", say.word("offset", { seconds }), "green");
      for (const place of root.querySelectorAll("[data-clock-offset]")) {
        place.textContent = say.word("offset", { seconds });
      }
    }
    if (messages.has("line") && since !== null) back(room, since);
  } else if (status === "polling") {
    setConnection(root, "line", say.word("fallback"), "amber");
  } else {
    setConnection(root, "line", say.word("lost"), "amber");
    countAtLoss = live.bids().length;
    const kind = data.plate ? "connection_lost" : "connection_lost_watching";
    messages.show("line", say.message(kind, { at: say.clock(nowUs()) }));
  }
}

function back({ say, live, messages, data }, since) {
  const { state } = live;
  const price = state.price_fen ?? data.startFen;
  const left = state.until_us === null ? 0 : state.until_us - nowUs();
  const said = say.message("connection_back", {
    seconds: Math.max(1, Math.round((performance.now() - since) / 1000)),
    count: live.bids().length - countAtLoss,
    price: say.amount(price),
    standing: say.standing(state, data.plate),
    left: say.left(left),
  });
  messages.show("line", said);
  setTimeout(() => live.online && messages.clear("line"), BACK_MS);
}
