// The server's clock on the page, and everything on the page that counts down.
//
//   sync(serverNowUs)             call with each time stamp the server sends (live page)
//   nowUs()                       the server's time now, in microseconds since 1970
//   setDeadline(element, us)      moves a countdown; its warnings start again
//
// Elements:
//   [data-deadline-us]            data-format="clock" (03:40) or "left" (还有 2 天 3 小时);
//                                 data-zero: text after the end, default 核定中;
//                                 data-announce: thresholds are spoken
//   .countdown around one         gets is-60, is-30, is-10, is-over; [data-warn] in it the words
//   [data-server-clock]           hh:mm:ss in Beijing
//   [data-clock-skew]             told only when the visitor's own clock is wrong by over 2 s
//
// A deadline element fires "deadline:threshold" (detail.seconds: 300, 60, 30, 10, 0) as it passes
// one; preventDefault() silences the usual sentence, for pages that have a better one.

import { announcer } from "./ui/announcer.mjs";
import { say } from "./ui/words.mjs";

const SECOND = 1_000_000;
const THRESHOLDS = [300, 60, 30, 10, 0];
const WINDOW_MS = 60_000;
const SKEW_US = 2 * SECOND;
const BEIJING_HOURS = 8;

// Every stamp was written before it arrived, so (stamp - local) is always a little too small and
// the largest of the recent ones is nearest the truth. Local time is the monotonic one: setting
// the computer's clock changes nothing here.
const samples = [];
let offsetUs = null;
let wallMinusMono = Date.now() - performance.now();

function monoUs() {
  return performance.now() * 1000;
}

/** Take a time stamp of the server: microseconds since 1970, just received. */
export function sync(serverNowUs, atMonoUs = monoUs()) {
  samples.push({ at: atMonoUs, offset: serverNowUs - atMonoUs });
  while (samples.length > 1 && samples[0].at < atMonoUs - WINDOW_MS * 1000) samples.shift();
  offsetUs = Math.max(...samples.map((sample) => sample.offset));
}

/** The server's time now, microseconds since 1970. */
export function nowUs() {
  return monoUs() + offsetUs;
}

/** Let a countdown run to another instant, as after a new bid. */
export function setDeadline(element, deadlineUs) {
  element.dataset.deadlineUs = String(deadlineUs);
  delete element.dataset.passed;
  paint(element);
}

/** '2 天 3 小时', '5 分钟': two units at most, never negative. */
export function durationWords(seconds) {
  const all = Math.max(0, Math.floor(seconds));
  const d = Math.floor(all / 86400);
  const h = Math.floor((all % 86400) / 3600);
  const m = Math.floor((all % 3600) / 60);
  const s = all % 60;
  if (d) return say(h ? "daysHours" : "days", { d, h });
  if (h) return say(m ? "hoursMinutes" : "hours", { h, m });
  if (m) return say(s ? "minutesSeconds" : "minutes", { m, s });
  return say("seconds", { s });
}

/** '03:40', '1:02:03', or words from a day on. */
export function clockFigure(seconds) {
  const two = (n) => String(n).padStart(2, "0");
  if (seconds >= 86400) return durationWords(seconds);
  const h = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return h ? `${h}:${rest}` : rest;
}

/** hh:mm:ss on Beijing's clocks. */
export function beijingTime(us) {
  return new Date(us / 1000 + BEIJING_HOURS * 3_600_000).toISOString().slice(11, 19);
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function paint(element) {
  const leftUs = Number(element.dataset.deadlineUs) - nowUs();
  const over = leftUs <= 0;
  // Rounded up: "00:01" stands until the deadline itself, then the word, never a negative figure.
  const seconds = over ? 0 : Math.ceil(leftUs / SECOND);
  if (over) {
    write(element, element.dataset.zero ?? say("over"));
  } else if (element.dataset.format === "left") {
    write(element, say("left", { duration: durationWords(seconds) }));
    element.classList.toggle("is-hour", seconds < 3600);
  } else {
    write(element, clockFigure(seconds));
  }
  warn(element, seconds, over);
  threshold(element, seconds);
}

function warn(element, seconds, over) {
  const box = element.closest(".countdown");
  if (!box) return;
  const stage = over ? "over" : seconds <= 10 ? "10" : seconds <= 30 ? "30" : seconds <= 60 ? "60" : "";
  for (const name of ["60", "30", "10", "over"]) box.classList.toggle(`is-${name}`, name === stage);
  const line = box.querySelector("[data-warn]");
  if (line) write(line, stage && !over ? say(`warn${stage}`) : "");
}

function threshold(element, seconds) {
  const reached = THRESHOLDS.filter((limit) => seconds <= limit).at(-1);
  const before = element.dataset.passed;
  const current = reached === undefined ? "" : String(reached);
  if (before === current) return;
  element.dataset.passed = current;
  // Silent on the first look at a page: only what is passed while one watches is an event.
  if (before === undefined || current === "") return;
  const event = new CustomEvent("deadline:threshold", {
    bubbles: true,
    cancelable: true,
    detail: { seconds: reached },
  });
  const usual = element.dispatchEvent(event);
  if (!usual || !("announce" in element.dataset)) return;
  if (reached === 10) announcer.assertive(say("say10"));
  else if (reached > 0) announcer.polite(say(`say${reached}`), "time");
}

function healSleep() {
  // A machine that slept may have stopped its monotonic clock; the wall clock tells for how long.
  const gap = Date.now() - performance.now();
  if (gap - wallMinusMono > 2000) {
    const slept = (gap - wallMinusMono) * 1000;
    for (const sample of samples) sample.offset += slept;
    offsetUs += slept;
    document.dispatchEvent(new CustomEvent("clock:woke", { detail: { sleptUs: slept } }));
  }
  wallMinusMono = gap;
}

function tellSkew(element) {
  const skew = Date.now() * 1000 - nowUs();
  const wrong = Math.abs(skew) > SKEW_US;
  element.hidden = !wrong;
  if (wrong) {
    const s = (Math.abs(skew) / SECOND).toFixed(1);
    write(element, say(skew < 0 ? "slow" : "fast", { s }));
  }
}

function tick() {
  healSleep();
  const time = beijingTime(nowUs());
  for (const element of document.querySelectorAll("[data-server-clock]")) write(element, time);
  for (const element of document.querySelectorAll("[data-deadline-us]")) paint(element);
  // Not a timer of one second: the next tick comes just after the server's next full second.
  setTimeout(tick, 1000 - (Math.floor(nowUs() / 1000) % 1000) + 5);
}

function tickFast() {
  // In the last minute figures follow within a tenth of a second.
  for (const element of document.querySelectorAll('[data-deadline-us][data-format="clock"]')) {
    if (Number(element.dataset.deadlineUs) - nowUs() < 61 * SECOND) paint(element);
  }
  setTimeout(tickFast, 100);
}

/** Start the page's clock; page.mjs calls it once. */
export function start() {
  const stamp = Number(document.querySelector('meta[name="server-now"]')?.content);
  if (!stamp) return;
  const [navigation] = performance.getEntriesByType("navigation");
  sync(stamp, (navigation?.responseStart ?? performance.now()) * 1000);
  tick();
  tickFast();
  for (const element of document.querySelectorAll("[data-clock-skew]")) tellSkew(element);
}
