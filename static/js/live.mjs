// The line to a lot's room: what it tells is numbered, so a lost message is noticed and healed.
//
//   const live = new Live(data)      data: the JSON of the page (templates/hall/_words.html)
//   live.start()
//   live.state, live.head, live.seq, live.records (by number), live.bids()
//   await live.place(signed)         {answer, sent}: answer null if none came in time
//   live.ask(statement)              what became of a signed bid
//
// Events (detail):
//   change      {fresh: [records], before: state, resync: bool}
//   line        {status: "on" | "off" | "polling", rttMs, since}
//   session     {code}               the session ended: the page has to stop
//   mismatch    {head, known}        the log contradicts an earlier signed head

import { sync } from "./clock.mjs";
import { io } from "./vendor/socket.io.esm.min.js";

const ACK_MS = 4000;
const POLL_MS = 3000;
const PROBE_MS = 10_000;
// News of a busy moment follow a tick by at most this much; only then was something lost.
const PATIENCE_MS = 600;
const OVER = new Set(["unsold", "award_pending", "confirmed", "published", "award_void", "result_held", "terminated"]);

export class Live extends EventTarget {
  records = new Map();
  state;
  head = null;
  seq = 0;
  rttMs = null;
  #data;
  #socket = null;
  #lostAt = null;
  #healing = null;

  constructor(data) {
    super();
    this.#data = data;
    this.state = data.picture.state;
    this.#take(data.picture, { whole: true });
  }

  start() {
    this.#checkRemembered();
    this.#socket = io({
      path: this.#data.socketPath,
      transports: ["websocket"],
      reconnectionDelay: 300,
      reconnectionDelayMax: 2000,
    });
    this.#socket.on("connect", () => this.#connected());
    this.#socket.on("disconnect", () => this.#lost());
    this.#socket.on("connect_error", () => this.#lost());
    this.#socket.on("news", (news) => this.#news(news));
    this.#socket.on("tick", (tick) => this.#tick(tick));
    this.#socket.on("session_ended", (detail) => this.#fire("session", detail));
    setInterval(() => this.#probe(), PROBE_MS);
    setInterval(() => this.#poll(), POLL_MS);
    document.addEventListener("clock:woke", () => this.#heal());
    document.addEventListener("visibilitychange", () => document.hidden || this.#heal());
  }

  /** For good: the page has been told to stop. */
  stop() {
    this.#socket?.disconnect();
    this.#data = { ...this.#data, stopped: true };
  }

  get online() {
    return this.#socket?.connected ?? false;
  }

  get over() {
    return OVER.has(this.state.phase);
  }

  /** Accepted bids in order. */
  bids() {
    return this.list().filter((record) => record.kind === "bid");
  }

  list() {
    return [...this.records.values()].sort((a, b) => a.seq - b.seq);
  }

  /** Send a signed bid, by the socket or around it. */
  async place(signed) {
    if (this.online) {
      try {
        return this.#answered(await this.#socket.timeout(ACK_MS).emitWithAck("bid", signed));
      } catch {
        return null;
      }
    }
    return this.post(signed);
  }

  /** The way around the socket; sending the same statement twice is harmless. */
  async post(signed) {
    return this.#fetch(this.#data.bidUrl, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.#data.csrf },
      body: JSON.stringify(signed),
    });
  }

  async ask(statement) {
    return this.#fetch(this.#data.answerUrl.replace("STATEMENT", statement));
  }

  async #fetch(url, options = {}) {
    try {
      const response = await fetch(url, {
        credentials: "same-origin",
        signal: AbortSignal.timeout(ACK_MS * 2),
        ...options,
        headers: { Accept: "application/json", ...options.headers },
      });
      if (response.status === 401) {
        this.#fire("session", { code: "SESSION_EXPIRED" });
        return { code: "NOT_SIGNED_IN", said: null };
      }
      // Anything that is not the house's own answer (too many requests, a fault) is no answer yet.
      const answer = await response.json();
      return answer?.said ? this.#answered(answer) : null;
    } catch {
      return null;
    }
  }

  #answered(answer) {
    if (answer.record) {
      this.#mismatch(answer.head);
      // The record itself comes with the news; a refused bid of one's own comes only here.
      this.records.set(answer.record.seq, answer.record);
      sync(answer.now_us);
      if (answer.head.size > this.seq) this.#healSoon();
    }
    return answer;
  }

  // --- what the room tells -------------------------------------------------------------------

  async #connected() {
    const since = this.#lostAt;
    await this.#heal();
    this.#lostAt = null;
    this.#fire("line", { status: "on", rttMs: this.rttMs, since });
    this.#probe();
  }

  #lost() {
    if (this.#lostAt === null) {
      this.#lostAt = performance.now();
      this.#fire("line", { status: "off", rttMs: null, since: this.#lostAt });
    }
  }

  #news(news) {
    sync(news.now_us);
    if (!this.#mismatch(news.head) || news.seq <= this.seq) return;
    if (news.records.length && news.records[0].seq > this.seq + 1) {
      this.#heal();
      return;
    }
    const ends = !this.over && OVER.has(news.state.phase);
    this.#take(news);
    // What was sealed until now is open: read everything again.
    if (ends) this.#heal(0);
  }

  #tick(tick) {
    sync(tick.now_us);
    if (tick.seq > this.seq) {
      this.#healSoon();
    } else if (tick.seq === this.seq && tick.phase !== this.state.phase) {
      // Some phases begin by time alone, without a record.
      const before = this.state;
      this.state = { ...before, phase: tick.phase, until_us: tick.until_us };
      this.#fire("change", { fresh: [], before, resync: false });
    }
  }

  #healSoon() {
    setTimeout(() => this.#healing ?? this.#heal(), PATIENCE_MS);
  }

  /** Ask for everything after the last number known (or after `after`), and take it in. */
  #heal(after = this.seq) {
    this.#healing ??= this.#fetchPicture(after).finally(() => (this.#healing = null));
    return this.#healing;
  }

  async #fetchPicture(after) {
    let picture = null;
    if (this.online) {
      const asked = { lot: this.#data.lot, practice: this.#data.practice, after };
      picture = await this.#socket.timeout(ACK_MS).emitWithAck("join", asked).catch(() => null);
      // Not in the room: nobody would tell this page anything.
      if (!picture || picture.code === "UNAVAILABLE") setTimeout(() => this.#heal(), ACK_MS);
      if (picture?.session_ended) this.#fire("session", { code: picture.session_ended });
    }
    if (!picture?.head) picture = await this.#statePicture(after);
    if (!picture?.head || !this.#mismatch(picture.head, true)) return;
    sync(picture.now_us);
    // A gap on a line that holds is news like any other; after a break one sentence sums it up.
    this.#take(picture, { whole: after === 0, resync: this.#lostAt !== null });
  }

  async #statePicture(after) {
    try {
      const response = await fetch(`${this.#data.stateUrl}?after=${after}`, {
        credentials: "same-origin",
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(ACK_MS),
      });
      return response.ok ? await response.json() : null;
    } catch {
      return null;
    }
  }

  #take(told, { whole = false, resync = false } = {}) {
    const before = this.state;
    const fresh = told.records.filter((record) => record.seq > this.seq);
    for (const record of told.records) {
      const known = this.records.get(record.seq);
      if (whole || !known || known.kind === "sealed") {
        if (record.kind !== "sealed" || !known) this.records.set(record.seq, record);
      }
    }
    this.state = told.state;
    this.seq = told.head.size;
    this.head = told.head;
    this.#remember();
    this.#fire("change", { fresh, before, resync });
  }

  // --- the line ------------------------------------------------------------------------------

  async #probe() {
    if (!this.online) return;
    const sent = performance.now();
    try {
      const answer = await this.#socket.timeout(ACK_MS).emitWithAck("clock", null);
      this.rttMs = performance.now() - sent;
      sync(answer.now_us);
      this.#fire("line", { status: "on", rttMs: this.rttMs, since: null });
    } catch {
      this.#lost();
    }
  }

  async #poll() {
    if (this.online || this.#data.stopped || this.#lostAt === null) return;
    const before = this.seq;
    const picture = await this.#statePicture(before);
    if (!picture?.head || this.online || !this.#mismatch(picture.head, true)) return;
    sync(picture.now_us);
    this.#take(picture);
    this.#fire("line", { status: "polling", rttMs: null, since: this.#lostAt });
  }

  // --- heads ---------------------------------------------------------------------------------

  /** False, and said aloud, if `head` contradicts the last one: smaller, or another root. */
  #mismatch(head, now = false) {
    const known = this.head;
    if (known === null) return true;
    const other = head.size === known.size && head.root !== known.root;
    if (other || (now && head.size < known.size)) {
      this.#fire("mismatch", { head, known });
      return false;
    }
    return true;
  }

  #checkRemembered() {
    const known = this.#remembered(this.head);
    if (!known) return;
    const other = known.size === this.head.size && known.root !== this.head.root;
    if (other || known.size > this.head.size) {
      this.#fire("mismatch", { head: this.head, known });
    }
  }

  #remember() {
    const known = this.#remembered(this.head);
    if (known && known.size > this.head.size) return;
    try {
      localStorage.setItem(headKey(this.head.note), JSON.stringify(this.head));
    } catch {
      // A browser without storage still compares within the page.
    }
  }

  #remembered(head) {
    try {
      return JSON.parse(localStorage.getItem(headKey(head.note)));
    } catch {
      return null;
    }
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** A log is its origin and its signing key: another installation's log is another log. */
function headKey(note) {
  const origin = note.split("\n", 1)[0];
  const signature = note.trimEnd().split("\n").at(-1).split(" ").at(-1);
  const hash = Array.from(atob(signature.slice(0, 8)).slice(0, 4), (c) => c.charCodeAt(0));
  return `head:${origin}:${hash.join(".")}`;
}
