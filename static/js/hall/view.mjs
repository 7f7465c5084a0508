// What every hall page shows of a lot: time, price, record, curve, the line to read out.

import { nowUs, setDeadline } from "../clock.mjs";
import { capitals, wanText } from "../ui/capitals.mjs";
import { drawChart } from "./chart.mjs";

const COUNTING = new Set(
  ["announced", "listing", "freeze", "closing", "ask", "prep", "live", "adjourned", "second_stage"],
);
const OPENS = new Set(["announced", "prep", "adjourned"]);
const ROW_KINDS = new Set(["bid", "refused", "unheard"]);
const ROWS = 300;
const CHANGED_MS = 450;

export class View {
  #root;
  #live;
  #say;
  #plate;

  constructor(root, live, say, plate) {
    this.#root = root;
    this.#live = live;
    this.#say = say;
    this.#plate = plate;
    setInterval(() => this.#read(), 1000);
  }

  /** Bring everything to the live state; `fresh` are the records that just came. */
  render(fresh = []) {
    const { state } = this.#live;
    this.#price(state, fresh.some((record) => record.kind === "bid"));
    this.#time(state);
    this.#record(fresh);
    this.#chart();
    this.#read();
    for (const place of this.#all("[data-phase-tag]")) {
      const tag = document.querySelector(`#phase-tags`)?.content.querySelector(`[data-phase="${state.phase}"]`);
      if (tag) place.replaceChildren(tag.firstElementChild.cloneNode(true));
    }
  }

  // --- price -----------------------------------------------------------------------------------

  #price(state, changed) {
    const start = state.price_fen ?? this.#live.startFen;
    for (const figure of this.#all("[data-price-figure]")) figure.textContent = wanText(BigInt(start));
    for (const text of this.#all("[data-price-capitals]")) text.textContent = capitals(BigInt(start));
    for (const place of this.#all("[data-price-lines]")) {
      place.replaceChildren(...this.#say.lines(start).map((line) => element("span", line)));
    }
    const panel = this.#root.querySelector("[data-price]");
    panel.dataset.priceFen = String(start);
    const ended = state.ended_at_us !== null ? "highestPrice" : "price";
    panel.querySelector(".hall__label").textContent = this.#say.word(
      state.price_fen === null ? "startPrice" : ended,
    );
    for (const place of this.#all("[data-position]")) place.replaceChildren(...this.#position(state));
    if (changed) {
      panel.classList.add("is-changed");
      setTimeout(() => panel.classList.remove("is-changed"), CHANGED_MS);
    }
  }

  #position(state) {
    if (!state.leader) return [];
    if (state.ended_at_us !== null) {
      return [mark(this.#say.standing(state, this.#plate), "grey", "●")];
    }
    if (!this.#plate) return [mark(this.#say.word("plateLeads", { plate: state.leader }), "grey", "●")];
    return state.leader === this.#plate
      ? [mark(this.#say.word("leading"), "green", "●")]
      : [mark(this.#say.word("notLeading"), "amber", "▲")];
  }

  // --- time ------------------------------------------------------------------------------------

  #time(state) {
    const counting = COUNTING.has(state.phase) && state.until_us !== null;
    for (const figure of this.#all("[data-countdown]")) {
      if (counting) {
        if (figure.dataset.deadlineUs !== String(state.until_us)) setDeadline(figure, state.until_us);
      } else {
        delete figure.dataset.deadlineUs;
        delete figure.dataset.passed;
        figure.textContent = this.#say.phase(state.phase);
        figure.closest(".countdown")?.classList.remove("is-60", "is-30", "is-10", "is-over");
      }
    }
    const panel = this.#root.querySelector("[data-time-panel]");
    const live = state.phase === "live";
    const label = [this.#say.word(counting ? "remaining" : "status")];
    if (live && state.restarts) label.push(this.#say.word("restarted", { n: state.restarts }));
    panel.querySelector(".hall__label").textContent = label.join(" · ");
    panel.querySelector("[data-warn]").textContent = "";
    panel.querySelector("[data-ends]").textContent = counting ? this.#ends(state) : "";
  }

  #ends(state) {
    const at = state.until_us;
    if (state.phase === "live") return this.#say.word("ends", { at: this.#say.clock(at) });
    return this.#say.word(OPENS.has(state.phase) ? "opens" : "until", { at: this.#say.dayClock(at) });
  }

  // --- record ----------------------------------------------------------------------------------

  #record(fresh) {
    const isFresh = new Set(fresh.map((record) => record.seq));
    const rows = [];
    let price = null;
    let sealed = 0;
    const now = nowUs();
    for (const record of this.#live.list()) {
      if (record.kind === "marker") {
        rows.push(this.#marker(record));
      } else if (record.kind === "sealed") {
        sealed += 1;
      } else if (ROW_KINDS.has(record.kind)) {
        const row = this.#row(record, price, now);
        row.classList.toggle("is-new", isFresh.has(record.seq));
        rows.push(row);
        if (record.kind === "bid") price = record.amount_fen;
      }
    }
    this.#root.querySelector("[data-record] tbody").replaceChildren(...rows.slice(-ROWS).reverse());
    for (const code of this.#all("[data-check-code]")) code.textContent = this.#live.head.check_code;
    for (const upTo of this.#all("[data-up-to]")) {
      upTo.textContent = this.#say.word("upTo", { no: this.#live.seq });
    }
    for (const line of this.#all("[data-sealed]")) {
      line.textContent = sealed ? this.#say.word("sealed", { n: sealed }) : "";
    }
  }

  #row(record, price, now) {
    const own = record.plate === this.#plate;
    const accepted = record.kind === "bid";
    const row = element("tr", null, { role: "row", class: own ? "is-own" : "" });
    row.classList.toggle("is-refused", !accepted);
    const at = element("time", this.#say.shortTime(record.at_us, now), {
      class: "num",
      datetime: new Date(record.at_us / 1000).toISOString(),
    });
    const plate = [element("span", record.plate, { class: "num" })];
    if (own) {
      plate.unshift(element("span", "■ ", { class: "mark--green", "aria-hidden": "true" }));
      plate.push(` ${this.#say.word("mine")}`);
    }
    const raise = price === null ? this.#say.word("first") : signed(record.amount_fen - price);
    const wan = wanText(BigInt(record.amount_fen));
    row.append(
      cell("record__no num", String(record.seq)),
      cell("record__time", at),
      cell("record__plate", ...plate),
      cell("record__price is-num", wan),
      cell("record__raise is-num", accepted ? raise : mark(this.#say.word("refused"), "grey", "○")),
    );
    return row;
  }

  #marker(record) {
    const row = element("tr", null, { role: "row", class: "is-marker" });
    const text = element("td", this.#say.marker(record), { role: "cell", colspan: "5" });
    row.append(text);
    return row;
  }

  #chart() {
    const place = this.#root.querySelector("[data-chart]");
    const points = this.#live.bids().map((record) => ({
      no: record.seq,
      fen: record.amount_fen,
      own: record.plate === this.#plate,
    }));
    if (!place || !points.length) return;
    if (!place.querySelector("svg")) {
      const figure = element("figure", null, { class: "chart" });
      figure.append(chartSvg("wide", "0 0 720 280"), chartSvg("narrow", "0 0 360 240"));
      place.replaceChildren(figure);
    }
    for (const svg of place.querySelectorAll(".chart__wide, .chart__narrow")) {
      drawChart(svg, points, this.#live.startFen);
    }
  }

  // --- the line to read out ---------------------------------------------------------------------

  #read() {
    const text = this.readLine();
    for (const line of this.#all("[data-read-line]")) {
      if (line.textContent !== text) line.textContent = text;
    }
  }

  /** 第 4 口，现价 … : what one says on the telephone. */
  readLine() {
    const { state } = this.#live;
    const left = state.until_us === null ? 0 : state.until_us - nowUs();
    const counting = COUNTING.has(state.phase) && left > 0;
    if (state.price_fen === null) {
      const price = this.#say.amount(this.#live.startFen);
      return counting ? this.#say.word("readStart", { price, left: this.#say.left(left) }) : this.#say.phase(state.phase);
    }
    return this.#say.word(counting ? "read" : "readOver", {
      phase: this.#say.phase(state.phase),
      count: this.#live.bids().length,
      price: this.#say.amount(state.price_fen),
      lines: this.#say.lines(state.price_fen).filter((_, i) => i !== 1).join("，"),
      standing: this.#say.standing(state, this.#plate),
      left: this.#say.left(left),
    });
  }

  #all(selector) {
    return this.#root.querySelectorAll(selector);
  }
}

/** One item of the connection strip. */
export function setConnection(root, key, value, tone) {
  const item = root.querySelector(`[data-connection="${key}"] .mark`);
  if (!item) return;
  const sign = { green: "●", amber: "▲", cinnabar: "✗" }[tone] ?? "○";
  item.replaceWith(mark(value, tone, sign));
}

function mark(word, tone, sign) {
  const outer = element("span", null, { class: `mark mark--${tone}` });
  outer.append(element("span", sign, { class: "mark__sign", "aria-hidden": "true" }), word);
  return outer;
}

function cell(names, ...content) {
  const td = element("td", null, { role: "cell", class: names });
  td.append(...content);
  return td;
}

function chartSvg(kind, viewBox) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", `chart__${kind}`);
  svg.setAttribute("viewBox", viewBox);
  svg.setAttribute("aria-hidden", "true");
  return svg;
}

function signed(fen) {
  return `${fen >= 0 ? "+" : "−"}${wanText(BigInt(Math.abs(fen)))}`;
}

function element(name, text = null, attributes = {}) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value) made.setAttribute(key, value);
  if (text !== null) made.textContent = text;
  return made;
}
