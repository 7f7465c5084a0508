"""What becomes of a bid (R-60 to R-66, 2.5, R-73). Its arrival alone decides what it met.

Several workers may sequence bids in another order than they arrived. A bid is therefore never
judged by the stage that the lot has come to, but by what was so at its arrival: the listing or
the round, a suspension, a preparation, a night.
"""

from datetime import datetime

from auction.core import commands as c
from auction.core import events as e
from auction.core.instants import seconds, to_us
from auction.core.parameters import (
    AskSilence,
    CountdownRule,
    IncrementMode,
    TimedEntry,
    TimedTrigger,
)
from auction.core.reasons import Facts, Reason, Refusal
from auction.core.state import RUNNING, TIMED, LotState, Stage, Unheard, lowest_fen

Verdict = tuple[Reason, Facts]


def bid(state: LotState, command: c.PlaceBid) -> tuple[e.Event, ...]:
    """The bid's admission if it is the first, and its verdict: always at least one event."""
    if state.stage is Stage.NONE:
        raise Refusal("LOT_NOT_OPEN")
    admission: tuple[e.Event, ...] = ()
    if command.plate not in state.admitted:
        if command.admission is None or command.admission.plate != command.plate:
            raise Refusal("PLATE_NOT_ADMITTED", plate=command.plate)
        admission = (e.Admitted(plate=command.plate, commitment=command.admission.commitment),)
    at = command.arrival
    wrong = abs(command.offset_ms) > state.terms.max_clock_offset_ms
    if wrong and state.stage in RUNNING and state.suspension is None:
        # by a wrong clock nobody can say whether the bid was in time.
        stopped = e.Suspended(since=at, ground="CLOCK_OFFSET", by="system")
        refused = _refused(command, (Reason.SUSPENDED, {"since_us": to_us(at)}))
        return (e.ClockOff(offset_ms=command.offset_ms), stopped, *admission, refused)
    closed = _closed(state, at)
    if closed is not None:
        return (*admission, _refused(command, closed))
    if state.ended_at is not None:
        # It was in time, but the close is in the log: a fault that two people must judge.
        unheard = e.BidUnheard(
            plate=command.plate, amount_fen=command.amount_fen, statement=command.statement
        )
        return (*admission, unheard)
    live = is_live(state, at)
    verdict = _entry(state, command.plate, live) or _price(
        state, command.plate, command.amount_fen, live
    )
    if verdict is not None:
        return (*admission, _refused(command, verdict))
    accepted = e.BidAccepted(
        plate=command.plate,
        amount_fen=command.amount_fen,
        statement=command.statement,
        deadline=_deadline(state, at) if live else None,
    )
    if command.amount_fen == state.terms.cap_fen and state.stage is not Stage.LISTING:
        # In the listing the cap ends only the quoting: others may still apply until its close.
        since = at if live or state.closed_at is None else state.closed_at
        until = since + seconds(state.terms.lottery_join_seconds)
        return (*admission, accepted, e.CapReached(until=until))
    return (*admission, accepted)


def _refused(command: c.PlaceBid, verdict: Verdict) -> e.BidRefused:
    return e.BidRefused(
        plate=command.plate,
        amount_fen=command.amount_fen,
        statement=command.statement,
        reason=verdict[0],
        facts=verdict[1],
    )


def is_live(state: LotState, at: datetime) -> bool:
    """Whether a bid that arrived at `at` is one of the live round, not a quote of the listing."""
    if state.closed_at is None:
        return state.stage in TIMED
    return at >= state.closed_at


def may_enter(state: LotState, plate: str) -> bool:
    """Whether this plate may take part in what follows the listing (2.5)."""
    return plate in state.quoted or state.terms.timed_entry is TimedEntry.QUALIFIED_ALL


def is_willing(state: LotState, plate: str) -> bool:
    """Whether this plate goes on into the round, by its answer or by its silence (2.5)."""
    terms = state.terms
    if terms.timed_trigger is not TimedTrigger.ASKED:
        return True
    return state.answers.get(plate, terms.ask_silence is AskSilence.IN)


def heard(state: LotState) -> tuple[LotState, tuple[str, ...]]:
    """The state with the unheard bids judged on price in the order of arrival (R-90).

    Also the plates whose bids are good, in that order.
    """
    plates: list[str] = []
    for missed in sorted(state.unheard, key=lambda missed: missed.arrival):
        if _verdict(state, missed) is None:
            plates.append(missed.plate)
            state = state.but(
                price_fen=missed.amount_fen,
                leader=missed.plate,
                led_at=missed.arrival,
                quoted={**state.quoted, missed.plate: missed.arrival},
            )
    return state, tuple(plates)


def _verdict(state: LotState, missed: Unheard) -> Verdict | None:
    live = is_live(state, missed.arrival)
    return _entry(state, missed.plate, live) or _price(state, missed.plate, missed.amount_fen, live)


def _closed(state: LotState, at: datetime) -> Verdict | None:
    """The refusal that follows from the arrival alone, or None if bids were taken then."""
    terms = state.terms
    if at < terms.listing_from:
        return Reason.NOT_OPEN, {"opens_us": to_us(terms.listing_from)}
    for pause in state.pauses:
        if pause.covers(at):
            told = to_us(pause.told)
            match pause.reason:
                case Reason.PREPARING:
                    return pause.reason, {"bids_from_us": told}
                case Reason.ADJOURNED:
                    return pause.reason, {"resumes_us": told}
                case Reason.ASKING:
                    return pause.reason, {"until_us": told}
                case Reason.LATE:
                    return pause.reason, {"deadline_us": told, "late_us": to_us(at) - told}
            return pause.reason, {"since_us": told}
    if state.ended_at is not None and at >= state.ended_at:
        ended = to_us(state.ended_at)
        return Reason.LATE, {"deadline_us": ended, "late_us": to_us(at) - ended}
    if terms.freeze_minutes and not is_live(state, at):
        assert state.listing_until is not None
        if at >= state.listing_until - seconds(60 * terms.freeze_minutes):
            return Reason.FREEZE, {"listing_until_us": to_us(state.listing_until)}
    return None


def _entry(state: LotState, plate: str, live: bool) -> Verdict | None:
    if live and not may_enter(state, plate):
        return Reason.NOT_ENTERED, {}
    if live and not is_willing(state, plate):
        return Reason.NOT_WILLING, {}
    return None


def _price(state: LotState, plate: str, amount_fen: int, live: bool) -> Verdict | None:
    """Why the amount cannot be accepted, with what was compared; None if it can."""
    terms, price = state.terms, state.price_fen
    if terms.cap_fen is not None:
        if price == terms.cap_fen:
            return Reason.CAP_REACHED, {"cap_fen": terms.cap_fen, **_led(state)}
        if amount_fen > terms.cap_fen:
            return Reason.ABOVE_CAP, {"cap_fen": terms.cap_fen}
    if plate == state.leader and not terms.self_outbid:
        return Reason.ALREADY_LEADING, {"price_fen": price or 0}
    if amount_fen % terms.price_scale_fen:
        return Reason.OFF_SCALE, {"scale_fen": terms.price_scale_fen}
    step = terms.step_timed_fen if live else terms.step_listing_fen
    lowest = lowest_fen(state, step)
    if amount_fen < lowest:
        facts: dict[str, int | str] = {"minimum_fen": lowest}
        if price is not None:
            facts["price_fen"] = price
        return Reason.TOO_LOW, facts | _led(state)
    if terms.increment_mode is IncrementMode.MULTIPLE:
        base = price if price is not None else terms.start_fen
        over = (amount_fen - base) % step
        # The cap itself may always be bid where no whole step fits below it.
        if over and not (amount_fen == terms.cap_fen == lowest):
            facts = {"step_fen": step, "below_fen": amount_fen - over}
            return Reason.NOT_MULTIPLE, facts | {"above_fen": amount_fen - over + step}
    return None


def _led(state: LotState) -> dict[str, int | str]:
    if state.leader is None or state.led_at is None:
        return {}
    return {"leader": state.leader, "leader_us": to_us(state.led_at)}


def _deadline(state: LotState, at: datetime) -> datetime:
    """The end of the countdown after a bid that arrived at `at`: never earlier than before."""
    terms, deadline = state.terms, state.deadline
    assert deadline is not None
    if terms.countdown_rule is CountdownRule.EXTEND_IF_WITHIN and deadline - at > seconds(
        terms.extend_within_seconds
    ):
        return deadline
    restarted = at + seconds(terms.countdown_seconds)
    if state.limit is not None:
        restarted = min(restarted, state.limit)
    return max(deadline, restarted)
