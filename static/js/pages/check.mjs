// The device check: six rows, each with its result, and a sheet of them to print.

import { nowUs, beijingTime } from "../clock.mjs";
import { abilities, browserName } from "../check/browser.mjs";
import { Key } from "../check/key.mjs";
import { measure, openSocket } from "../check/line.mjs";
import { Rows } from "../check/rows.mjs";
import { announcer } from "../ui/announcer.mjs";
import { box } from "../ui/saying.mjs";

const SLOW_MS = 500;
const CLOCK_MS = 2_000;
const DAY_US = 86_400_000_000;
const BEIJING_US = DAY_US / 3;
const ROWS = 6;

const page = document.getElementById("device-check");
const told = JSON.parse(document.getElementById("check-words").textContent);
const start = page.querySelector("[data-start]");
const print = page.querySelector("[data-print-sheet]");
const total = page.querySelector("[data-total]");
const rows = new Rows(page, told, sum);
const key = new Key(page, rows, told.failures);

let begun = false;
let summed = "";

page.dataset.ready = "";
page.querySelector("[data-controls]").hidden = false;
start.addEventListener("click", run);
print.addEventListener("click", () => window.print());

async function run() {
  begun = true;
  summed = "";
  start.setAttribute("aria-disabled", "true");
  start.removeEventListener("click", run);
  sheet();
  await browser();
  await Promise.all([key.keys(), line()]);
  start.textContent = rows.word("again");
  start.removeAttribute("aria-disabled");
  start.addEventListener("click", run);
}

// --- rows 1, 5 and 6 -----------------------------------------------------------------------------

async function browser() {
  rows.running("browser");
  const found = await abilities();
  const missing = found.filter(({ there }) => !there);
  const named = (some) => some.map(({ key: name }) => rows.word(`need_${name}`)).join(rows.word("between"));
  const state = !missing.length ? "ok" : missing.some(({ needed }) => needed) ? "problem" : "advice";
  rows.tell("browser", {
    state,
    said: rows.word(`browser_${state}`, { missing: named(missing) }),
    remedy: missing.length ? rows.word(`browser_${state}_remedy`) : "",
    facts: [
      [rows.word("browser_name"), browserName()],
      [rows.word("has"), named(found.filter(({ there }) => there))],
      ...(missing.length ? [[rows.word("has_not"), named(missing)]] : []),
    ],
  });
}

async function line() {
  rows.running("line");
  rows.running("clock");
  const actions = [{ label: rows.word("again"), act: line }];
  const { lineUrl, socketPath } = page.dataset;
  let measured;
  try {
    measured = await measure(lineUrl);
  } catch {
    for (const one of ["line", "clock"]) {
      rows.tell(one, { ...rows.both("problem", `${one}_problem`), actions });
    }
    return;
  }
  clock(measured, actions);
  const socket = await openSocket(socketPath);
  const ms = Math.round(measured.ms);
  const proxy = measured.forwarded || measured.via;
  const slow = ms > SLOW_MS;
  const kind = socket === null ? "line_fallback" : slow ? "line_slow" : "line_ok";
  const remedies = kind === "line_ok" ? [] : [rows.word(`${kind}_remedy`)];
  if (proxy) remedies.push(rows.word("proxy_remedy"));
  rows.tell("line", {
    state: remedies.length ? "advice" : "ok",
    said: rows.word(kind, { ms }),
    remedy: remedies.join(""),
    facts: [
      [rows.word("fact_trip"), rows.word("ms", { ms })],
      [rows.word("fact_socket"), channel(socket)],
      [rows.word("fact_proxy"), rows.word(proxy ? "proxy_seen" : "proxy_unseen")],
    ],
    actions: remedies.length ? actions : [],
  });
}

function channel(socket) {
  if (socket === null) return rows.word("socket_blocked");
  return rows.word("ms_socket", { ms: Math.round(socket.ms), opened: Math.round(socket.openedMs) });
}

function clock({ offsetMs, boundMs }, actions) {
  const off = Math.abs(offsetMs) > CLOCK_MS;
  const places = {
    seconds: (Math.abs(offsetMs) / 1000).toFixed(2),
    bound: (Math.ceil(boundMs / 10) / 100).toFixed(2),
  };
  const name = off ? (offsetMs < 0 ? "clock_slow" : "clock_fast") : "clock_ok";
  rows.tell("clock", {
    state: off ? "advice" : "ok",
    said: rows.word(name, places),
    remedy: off ? rows.word("clock_remedy") : "",
    actions: off ? actions : [],
  });
}

// --- the total, and the sheet ----------------------------------------------------------------------

/** What the six rows come to; said again whenever that has changed. */
function sum() {
  if (!begun) return;
  const done = rows.count("ok", "advice", "problem", "unneeded") === ROWS;
  print.hidden = rows.count("running") > 0;
  const open = ROWS - rows.count("ok", "advice", "problem", "unneeded");
  const [problems, advice] = [rows.count("problem"), rows.count("advice")];
  if (rows.count("running")) show("running", "blue");
  else if (problems) show("problem", "cinnabar", problems);
  else if (!done) show("open", "amber", open);
  else if (advice) show("advice", "green", advice);
  else show("ok", "green");
}

function show(name, tone, n = 0) {
  const title = rows.word(`total_${name}`, { n });
  const body = name === "running" ? "" : rows.word(`total_${name}_body`);
  const state = `${name} ${n}`;
  if (state === summed) return;
  summed = state;
  total.replaceChildren(box(document.getElementById("check-notice"), { title, body, tone }));
  total.dataset.total = name;
  if (name !== "running") announcer.polite(`${title} ${body}`, "total");
}

/** A new number and the time by the server's clock. The number is random and kept nowhere. */
function sheet() {
  const digits = Array.from(crypto.getRandomValues(new Uint32Array(3)), (n) =>
    String(n % 10_000).padStart(4, "0"),
  );
  const now = nowUs();
  const date = new Date((now + BEIJING_US) / 1000).toISOString().slice(0, 10);
  const write = (name, text) => (page.querySelector(`[data-sheet-${name}]`).textContent = text);
  write("number", digits.join("-"));
  write("time", rows.word("at", { date, time: beijingTime(now) }));
  write("browser", browserName());
  page.querySelector("[data-sheet]").hidden = false;
}
