"""What must come of a bid (SPEC.md, 7.3): its arrival alone decides what it met."""

from dataclasses import dataclass
from typing import Any

from auction.verifier.rules.state import RUNNING, TIMED, Sale, is_willing, may_enter
from auction.verifier.rules.terms import MINUTE, SECOND

Event = tuple[str, dict[str, Any]]
Refusal = tuple[str, dict[str, int | str]]


class Forbidden(Exception):
    """The rules allow no record of this kind here; the text is a code."""


@dataclass(frozen=True, slots=True)
class Bid:
    """A bid as it came: `admission` is the commitment that came with a bidder's first."""

    at: int
    plate: str
    amount: int
    statement: str
    admission: tuple[str, str] | None
    offset_ms: int = 0


def outcome(sale: Sale, bid: Bid) -> list[Event]:
    """The records that a bid leaves. Raises Forbidden where it could have left none."""
    if sale.stage == "none":
        raise Forbidden("LOT_NOT_OPEN")
    came: list[Event] = []
    if bid.plate not in sale.admitted:
        if bid.admission is None or bid.admission[0] != bid.plate:
            raise Forbidden("PLATE_NOT_ADMITTED")
        came.append(("admitted", {"plate": bid.plate, "commitment": bid.admission[1]}))
    wrong_clock = abs(bid.offset_ms) > sale.rules.max_clock_offset_ms
    if wrong_clock and sale.stage in RUNNING and sale.stop is None:
        since = {"since_us": bid.at}
        stopped = {**since, "ground": "CLOCK_OFFSET", "by": "system"}
        first: list[Event] = [("clock_off", {"offset_ms": bid.offset_ms}), ("suspended", stopped)]
        return [*first, *came, _refused(bid, ("BID_SUSPENDED", dict(since)))]
    shut = _shut(sale, bid.at)
    if shut is not None:
        return [*came, _refused(bid, shut)]
    said = {"plate": bid.plate, "amount_fen": bid.amount, "statement": bid.statement}
    if sale.ended_at is not None:
        return [*came, ("bid_unheard", said)]
    live = is_live(sale, bid.at)
    objection = objection_to(sale, bid.plate, bid.amount, live)
    if objection is not None:
        return [*came, _refused(bid, objection)]
    deadline = _countdown(sale, bid.at) if live else None
    came.append(("bid_accepted", {**said, "deadline_us": deadline}))
    if bid.amount == sale.rules.cap_fen and sale.stage != "listing":
        begins = bid.at if live or sale.closed_at is None else sale.closed_at
        until = begins + sale.rules.lottery_join_seconds * SECOND
        came.append(("cap_reached", {"until_us": until}))
    return came


def _refused(bid: Bid, refusal: Refusal) -> Event:
    said = {"plate": bid.plate, "amount_fen": bid.amount, "statement": bid.statement}
    return "bid_refused", {**said, "reason": refusal[0], "facts": refusal[1]}


def is_live(sale: Sale, at: int) -> bool:
    """Whether a bid of that arrival belongs to the round, not to the listing."""
    return sale.stage in TIMED if sale.closed_at is None else at >= sale.closed_at


_TOLD = {
    "BID_PREPARING": "bids_from_us",
    "BID_ADJOURNED": "resumes_us",
    "BID_ASKING": "until_us",
    "BID_SUSPENDED": "since_us",
}


def _shut(sale: Sale, at: int) -> Refusal | None:
    """Why no bid was taken at that instant."""
    opens = sale.rules.listing_from_us
    if at < opens:
        return "BID_NOT_OPEN", {"opens_us": opens}
    for pause in sale.pauses:
        if pause.since <= at and (pause.until is None or at < pause.until):
            if pause.reason == "BID_LATE":
                return _late(at, pause.told)
            return pause.reason, {_TOLD[pause.reason]: pause.told}
    if sale.ended_at is not None and at >= sale.ended_at:
        return _late(at, sale.ended_at)
    quiet = sale.rules.freeze_minutes * MINUTE
    if quiet and not is_live(sale, at) and at >= sale.listing_until - quiet:
        return "BID_FREEZE", {"listing_until_us": sale.listing_until}
    return None


def _late(at: int, deadline: int) -> Refusal:
    return "BID_LATE", {"deadline_us": deadline, "late_us": at - deadline}


def objection_to(sale: Sale, plate: str, amount: int, live: bool) -> Refusal | None:
    """What speaks against a bid that came at a time for bids: who bids, then how much."""
    terms = sale.rules
    if live and not may_enter(sale, plate):
        return "BID_NOT_ENTERED", {}
    if live and not is_willing(sale, plate):
        return "BID_NOT_WILLING", {}
    if terms.cap_fen is not None and sale.price == terms.cap_fen:
        return "BID_CAP_REACHED", {"cap_fen": terms.cap_fen, **_led(sale)}
    if terms.cap_fen is not None and amount > terms.cap_fen:
        return "BID_ABOVE_CAP", {"cap_fen": terms.cap_fen}
    if plate == sale.leader and not terms.self_outbid:
        return "BID_ALREADY_LEADING", {"price_fen": sale.price or 0}
    if amount % terms.price_scale_fen != 0:
        return "BID_OFF_SCALE", {"scale_fen": terms.price_scale_fen}
    step = terms.step_timed_fen if live else terms.step_listing_fen
    least = _least(sale, step)
    if amount < least:
        known = {} if sale.price is None else {"price_fen": sale.price}
        return "BID_TOO_LOW", {"minimum_fen": least, **known, **_led(sale)}
    if terms.increment_mode == "multiple" and not amount == terms.cap_fen == least:
        over = (amount - (terms.start_fen if sale.price is None else sale.price)) % step
        if over:
            below = amount - over
            facts = {"step_fen": step, "below_fen": below, "above_fen": below + step}
            return "BID_NOT_MULTIPLE", dict(facts)
    return None


def _least(sale: Sale, step: int) -> int:
    terms = sale.rules
    if sale.price is None:
        return terms.start_fen
    if terms.cap_fen is None:
        return sale.price + step
    return min(sale.price + step, max(terms.cap_fen, sale.price))


def _led(sale: Sale) -> dict[str, int | str]:
    if sale.leader is None or sale.led_at is None:
        return {}
    return {"leader": sale.leader, "leader_us": sale.led_at}


def _countdown(sale: Sale, at: int) -> int:
    """The deadline after an accepted bid of the round; it never moves back."""
    terms, deadline = sale.rules, sale.deadline
    if deadline is None:
        raise LookupError("a round without a deadline")
    early = deadline - at > terms.extend_within_seconds * SECOND
    if terms.countdown_rule == "extend_if_within" and early:
        return deadline
    again = at + terms.countdown_seconds * SECOND
    if sale.limit is not None:
        again = min(again, sale.limit)
    return max(again, deadline)
