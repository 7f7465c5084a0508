// Amounts and sentences of the hall in the reader's language. Fen are numbers below 2^53.

import { durationWords } from "../clock.mjs";
import { wanPerMu, wanText } from "../ui/capitals.mjs";

const BEIJING_MS = 8 * 3_600_000;

export class Sentences {
  #data;

  constructor(data) {
    this.#data = data;
  }

  /** The short text `key` with its {places} filled in. */
  word(key, places = {}) {
    return fill(this.#data.words[key] ?? "", places);
  }

  /** The message `key`: {title, body, small, tone, code}. */
  message(key, places = {}) {
    const message = this.#data.messages[key];
    return {
      ...message,
      title: fill(message.title, places),
      body: fill(message.body, places),
      small: fill(message.small, places),
    };
  }

  /** `1,849 万元`, in English `CNY 18.49 million`. */
  amount(fen) {
    const million = String(fen / 1e8);
    return this.word("amount", { wan: wanText(BigInt(fen)), million });
  }

  /** Price per 亩, per square metre, premium. */
  lines(fen) {
    const { areaM2, startFen } = this.#data;
    if (!areaM2) return [];
    const perM2 = (fen / 100 / Number(areaM2)).toFixed(2);
    const premium = (((fen - startFen) / startFen) * 100).toFixed(2);
    return [
      this.word("perMu", { figure: wanPerMu(BigInt(fen), areaM2) }),
      this.word("perM2", { figure: grouped(perM2) }),
      this.word("premium", { percent: `${premium} %` }),
    ];
  }

  /** `14:34:10` or, with milliseconds, `14:34:10.204`. */
  clock(us, milliseconds = false) {
    return beijing(us).toISOString().slice(11, milliseconds ? 23 : 19);
  }

  /** `11月11日 14:30:00`. */
  dayClock(us) {
    const local = beijing(us);
    return this.word("dayClock", {
      month: local.getUTCMonth() + 1,
      day: local.getUTCDate(),
      monthName: local.toLocaleString("en", { month: "long", timeZone: "UTC" }),
      clock: this.clock(us),
    });
  }

  /** The end of a day, told as its own 24:00. */
  lastMoment(us) {
    const day = beijing(us - 1);
    return this.word("dayClock", {
      month: day.getUTCMonth() + 1,
      day: day.getUTCDate(),
      monthName: day.toLocaleString("en", { month: "long", timeZone: "UTC" }),
      clock: "24:00",
    });
  }

  /** For the record: the time today, day and time otherwise. */
  shortTime(us, nowUs) {
    const [at, now] = [beijing(us).toISOString(), beijing(nowUs).toISOString()];
    return at.slice(0, 10) === now.slice(0, 10)
      ? at.slice(11, 19)
      : at.slice(5, 16).replace("T", " ");
  }

  left(us) {
    return durationWords(Math.max(0, us / 1e6));
  }

  /** Who leads, from this reader's point of view. */
  standing(state, plate) {
    if (!state.leader) return this.word("nobodyYet");
    if (state.ended_at_us !== null) {
      return state.leader === plate
        ? this.word("youHighest")
        : this.word("plateHighest", { plate: state.leader });
    }
    if (!plate) return this.word("plateLeads", { plate: state.leader });
    if (state.leader === plate) return this.word("youLead");
    if (state.price_fen === this.#data.capFen) return this.word("notLeading");
    return this.word("youDoNot", { minimum: this.amount(state.minimum_fen) });
  }

  phase(name) {
    return this.#data.phases[name] ?? name;
  }

  ground(code) {
    return this.#data.grounds[code] ?? code;
  }

  marker(record) {
    const at = (us) => (us ? this.dayClock(us) : "");
    return fill(this.#data.markers[record.type] ?? record.type, {
      until: at(record.listing_until_us),
      at: at(record.resume_us),
      from: at(record.bids_from_us),
      ends: at(record.until_us),
      price: record.amount_fen ? this.amount(record.amount_fen) : "",
      plate: record.plate ?? "",
    });
  }

  closure(key) {
    return this.#data.closures[key];
  }
}

function fill(text, places) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
}

function beijing(us) {
  return new Date(us / 1000 + BEIJING_MS);
}

function grouped(text) {
  const [whole, rest] = text.split(".");
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${rest}`;
}
