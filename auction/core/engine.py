"""The sale as two pure functions: what a command leads to, and what an event makes of a state.

`decide` reads nothing but the state and the command; `evolve` nothing but the state and the
event. Live operation, restart, replay and audit are the same fold.

Transitions by time are ticks. A command that arrives at or after the instant at which a tick
is due must not be decided before that tick: the sequencer holds it (T-1), and `decide` raises
`NotYetDecidable` if it is asked all the same.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from auction.core import commands as c
from auction.core import events as e
from auction.core.instants import seconds, to_us
from auction.core.profile import LAST_HOUR, IncrementMode, TimedEntry, TimedTrigger
from auction.core.reasons import Facts, Reason, Refusal
from auction.core.state import (
    ENDED,
    LotState,
    Phase,
    Stage,
    Suspension,
    due,
    minimum_fen,
    phase_at,
    step_fen,
)


class NotYetDecidable(Exception):
    """The command arrived at or after a transition that is not yet in the log."""


def decide(state: LotState, command: c.Command) -> tuple[e.Event, ...]:
    """The events to which `command` leads in `state`.

    A bid always leads to an event, accepted or refused. Any other command that the rules do
    not allow raises Refusal and leaves none. Raises NotYetDecidable as the module says.
    """
    if not isinstance(command, c.Tick | c.RecordOutage):
        instant = due(state)
        if instant is not None and command.arrival >= instant:
            raise NotYetDecidable
    return _DECISIONS[type(command)](state, command)


def replay(records: Iterable[e.Recorded], state: LotState | None = None) -> LotState:
    """Fold recorded events, in order, into the state after them."""
    current = LotState() if state is None else state
    for record in records:
        current = evolve(current, record)
    return current


# --- decisions -----------------------------------------------------------------------------


def _open(state: LotState, command: c.OpenLot) -> tuple[e.Event, ...]:
    if state.stage is not Stage.NONE:
        raise Refusal("LOT_ALREADY_OPEN")
    return (
        e.LotOpened(
            code=command.code,
            notice=command.notice,
            rules=command.rules,
            profile=command.profile.require_sound(),
            practice=command.practice,
        ),
    )


def _bid(state: LotState, command: c.PlaceBid) -> tuple[e.Event, ...]:
    if state.stage is Stage.NONE:
        raise Refusal("LOT_NOT_OPEN")
    admission: tuple[e.Event, ...] = ()
    if command.plate not in state.admitted:
        if command.admission is None or command.admission.plate != command.plate:
            raise Refusal("PLATE_NOT_ADMITTED", plate=command.plate)
        admission = (e.Admitted(plate=command.plate, commitment=command.admission.commitment),)
    if state.ended_at is not None and command.arrival < state.ended_at:
        # It was in time, but the close is in the log: a fault that two people must judge.
        unheard = e.BidUnheard(
            plate=command.plate, amount_fen=command.amount_fen, statement=command.statement
        )
        return (*admission, unheard)
    verdict = _judge(state, command)
    if verdict is not None:
        reason, facts = verdict
        refused = e.BidRefused(
            plate=command.plate,
            amount_fen=command.amount_fen,
            statement=command.statement,
            reason=reason,
            facts=facts,
        )
        return (*admission, refused)
    deadline = None
    if state.stage is Stage.ROUND:
        assert state.deadline is not None
        countdown = seconds(state.terms.countdown_seconds)
        deadline = max(state.deadline, command.arrival + countdown)
    accepted = e.BidAccepted(
        plate=command.plate,
        amount_fen=command.amount_fen,
        statement=command.statement,
        deadline=deadline,
    )
    return (*admission, accepted)


def _judge(state: LotState, bid: c.PlaceBid) -> tuple[Reason, Facts] | None:
    """Why `bid` cannot be accepted, with what was compared; None if it can."""
    closed = _closed_to_bids(state, bid)
    if closed is not None:
        return closed
    terms = state.terms
    entered = bid.plate in state.quoted or terms.timed_entry is TimedEntry.QUALIFIED_ALL
    if state.stage is Stage.ROUND and not entered:
        return Reason.NOT_ENTERED, {}
    if bid.plate == state.leader and not terms.self_outbid:
        return Reason.ALREADY_LEADING, {"price_fen": state.price_fen or 0}
    if bid.amount_fen % terms.price_scale_fen:
        return Reason.OFF_SCALE, {"scale_fen": terms.price_scale_fen}
    lowest = minimum_fen(state)
    if bid.amount_fen < lowest:
        facts: dict[str, int | str] = {"minimum_fen": lowest}
        if state.price_fen is not None and state.leader is not None:
            facts |= {
                "price_fen": state.price_fen,
                "leader": state.leader,
                "leader_us": to_us(state.quoted[state.leader]),
            }
        return Reason.TOO_LOW, facts
    if terms.increment_mode is IncrementMode.MULTIPLE:
        step = step_fen(state)
        base = state.price_fen if state.price_fen is not None else terms.start_fen
        over = (bid.amount_fen - base) % step
        if over:
            facts = {"step_fen": step, "below_fen": bid.amount_fen - over}
            return Reason.NOT_MULTIPLE, facts | {"above_fen": bid.amount_fen - over + step}
    return None


def _closed_to_bids(state: LotState, bid: c.PlaceBid) -> tuple[Reason, Facts] | None:
    """The refusal that follows from the phase alone, or None where bids are taken."""
    phase = phase_at(state, bid.arrival)
    if phase in (Phase.LISTING, Phase.LIVE):
        return None
    if phase is Phase.ANNOUNCED:
        return Reason.NOT_OPEN, {"opens_us": to_us(state.terms.listing_from)}
    if phase is Phase.FREEZE:
        assert state.listing_until is not None
        return Reason.FREEZE, {"listing_until_us": to_us(state.listing_until)}
    if phase is Phase.PREP:
        assert state.bids_from is not None
        return Reason.PREPARING, {"bids_from_us": to_us(state.bids_from)}
    if phase is Phase.SUSPENDED:
        assert state.suspension is not None
        return Reason.SUSPENDED, {"since_us": to_us(state.suspension.since)}
    assert state.ended_at is not None
    late = to_us(bid.arrival) - to_us(state.ended_at)
    return Reason.LATE, {"deadline_us": to_us(state.ended_at), "late_us": late}


def _tick(state: LotState, command: c.Tick) -> tuple[e.Event, ...]:
    instant = due(state)
    if instant is None or command.arrival < instant:
        return ()
    if abs(command.offset_ms) > state.terms.max_clock_offset_ms:
        stopped = e.Suspended(since=instant, ground="CLOCK_OFFSET", by="system")
        return (e.ClockOff(offset_ms=command.offset_ms), stopped)
    if state.stage is Stage.ROUND:
        return (e.BiddingEnded(plate=state.leader, amount_fen=state.price_fen),)
    roll = tuple(
        e.Admitted(plate=a.plate, commitment=a.commitment)
        for a in command.roll
        if a.plate not in state.admitted
    )
    closed = e.ListingClosed(quoted=len(state.quoted))
    if not _round_follows(state, len(state.admitted) + len(roll)):
        return (*roll, closed, e.BiddingEnded(plate=state.leader, amount_fen=state.price_fen))
    # The close of the listing and the opening of the round are one decision at one instant.
    terms = state.terms
    bids_from = instant + seconds(terms.prep_seconds)
    deadline = bids_from + seconds(terms.countdown_first_seconds)
    return (*roll, closed, e.RoundOpened(bids_from=bids_from, deadline=deadline))


def _round_follows(state: LotState, qualified: int) -> bool:
    """Whether the live round opens at the close of the listing (2.5)."""
    assert state.listing_until is not None
    match state.terms.timed_trigger:
        case TimedTrigger.QUOTED_GE_2:
            return len(state.quoted) >= 2
        case TimedTrigger.QUOTED_LAST_HOUR_GE_2:
            since = state.listing_until - LAST_HOUR
            return sum(last >= since for last in state.quoted.values()) >= 2
        case TimedTrigger.QUALIFIED_GE_2:
            return qualified >= 2
        case TimedTrigger.ALWAYS:
            return qualified >= 1
        case TimedTrigger.NEVER:
            return False
    raise NotImplementedError(state.terms.timed_trigger)


def _suspend(state: LotState, command: c.Suspend) -> tuple[e.Event, ...]:
    if state.suspension is not None:
        raise Refusal("ALREADY_SUSPENDED")
    if state.stage not in (Stage.LISTING, Stage.ROUND):
        raise Refusal("NOTHING_TO_SUSPEND", stage=str(state.stage))
    return (e.Suspended(since=command.arrival, ground=command.ground, by=command.by),)


def _resume(state: LotState, command: c.Resume) -> tuple[e.Event, ...]:
    suspension = state.suspension
    if suspension is None:
        raise Refusal("NOT_SUSPENDED")
    terms = state.terms
    if state.stage is Stage.ROUND:
        bids_from = command.arrival + seconds(terms.resume_prep_seconds)
        assert state.deadline is not None
        # A long first countdown must not be cut short by a suspension.
        deadline = max(state.deadline, bids_from + seconds(terms.countdown_seconds))
        return (e.RoundResumed(bids_from=bids_from, deadline=deadline, by=command.by),)
    assert state.listing_until is not None
    lost = command.arrival - max(suspension.since, terms.listing_from)
    until = state.listing_until + max(lost, timedelta(0))
    return (e.ListingResumed(listing_until=until, by=command.by),)


def _terminate(state: LotState, command: c.Terminate) -> tuple[e.Event, ...]:
    final = (Stage.NONE, Stage.UNSOLD, Stage.CONFIRMED, Stage.PUBLISHED)
    if state.stage in (*final, Stage.AWARD_VOID, Stage.TERMINATED):
        raise Refusal("NOTHING_TO_TERMINATE", stage=str(state.stage))
    _require_two(command.by)
    return (e.Terminated(ground=command.ground, by=command.by),)


def _skip(state: LotState, command: c.SkipToClose) -> tuple[e.Event, ...]:
    if not state.practice:
        raise Refusal("NOT_A_REHEARSAL")
    if state.suspension is not None:
        raise Refusal("ALREADY_SUSPENDED")
    _require_stage(state, Stage.LISTING)
    assert state.listing_until is not None
    if not command.arrival < command.listing_until < state.listing_until:
        raise Refusal("NOTHING_TO_SKIP")
    return (e.ListingShortened(listing_until=command.listing_until),)


def _outage(state: LotState, command: c.RecordOutage) -> tuple[e.Event, ...]:
    if state.stage not in (Stage.LISTING, Stage.ROUND) or command.start >= command.arrival:
        return ()
    events: tuple[e.Event, ...] = (e.OutageRecorded(start=command.start, end=command.arrival),)
    instant = due(state)
    if instant is None or command.start >= instant:
        return events
    long = command.arrival - command.start >= seconds(state.terms.unhealthy_autosuspend_s)
    over_deadline = command.arrival >= instant
    in_countdown = state.stage is Stage.ROUND and long
    if in_countdown or over_deadline:
        # nobody may win because the system was ill over the last countdown.
        # It counts from the outage's start, so that resuming gives back all of the time lost.
        stopped = e.Suspended(since=command.start, ground="OUTAGE", by="system")
        events = (*events, stopped)
    return events


def _confirm(state: LotState, command: c.ConfirmAward) -> tuple[e.Event, ...]:
    _require_stage(state, Stage.AWARD_PENDING)
    _require_two(command.by)
    return (e.AwardConfirmed(by=command.by),)


def _void(state: LotState, command: c.VoidAward) -> tuple[e.Event, ...]:
    _require_stage(state, Stage.AWARD_PENDING, Stage.CONFIRMED)
    _require_two(command.by)
    return (e.AwardVoided(ground=command.ground, by=command.by),)


def _sign(state: LotState, command: c.SignConfirmation) -> tuple[e.Event, ...]:
    _require_stage(state, Stage.CONFIRMED, Stage.PUBLISHED)
    if command.side not in ("winner", "grantor"):
        raise Refusal("UNKNOWN_SIDE", side=command.side)
    if command.side in state.signatures:
        raise Refusal("ALREADY_SIGNED", side=command.side)
    return (
        e.ConfirmationSigned(
            side=command.side, document=command.document, statement=command.statement
        ),
    )


def _publish(state: LotState, command: c.PublishResult) -> tuple[e.Event, ...]:
    _require_stage(state, Stage.CONFIRMED)
    return (e.ResultPublished(by=command.by),)


def _require_stage(state: LotState, *allowed: Stage) -> None:
    if state.stage not in allowed:
        raise Refusal("WRONG_STAGE", stage=str(state.stage))


def _require_two(by: tuple[str, str]) -> None:
    if len(set(by)) != 2:
        raise Refusal("TWO_PERSONS_NEEDED")


_DECISIONS: dict[type, Callable[[LotState, Any], tuple[e.Event, ...]]] = {
    c.OpenLot: _open,
    c.PlaceBid: _bid,
    c.Tick: _tick,
    c.Suspend: _suspend,
    c.Resume: _resume,
    c.Terminate: _terminate,
    c.SkipToClose: _skip,
    c.RecordOutage: _outage,
    c.ConfirmAward: _confirm,
    c.VoidAward: _void,
    c.SignConfirmation: _sign,
    c.PublishResult: _publish,
}


# --- the fold ------------------------------------------------------------------------------


def evolve(state: LotState, record: e.Recorded) -> LotState:
    """The state after `record`; total over all events."""
    event, at = record.event, record.arrival
    match event:
        case e.LotOpened():
            return replace(
                state,
                profile=event.profile,
                code=event.code,
                notice=event.notice,
                rules=event.rules,
                practice=event.practice,
                stage=Stage.LISTING,
                listing_until=event.profile.listing_until,
            )
        case e.Admitted():
            return replace(state, admitted={**state.admitted, event.plate: event.commitment})
        case e.BidAccepted():
            return replace(
                state,
                price_fen=event.amount_fen,
                leader=event.plate,
                quoted={**state.quoted, event.plate: at},
                deadline=event.deadline if event.deadline is not None else state.deadline,
                restarts=state.restarts + (event.deadline not in (None, state.deadline)),
            )
        case e.BidUnheard():
            # A terminated sale has no result that could be held.
            held = Stage.RESULT_HELD if state.stage in ENDED else state.stage
            return replace(state, stage=held)
        case e.RoundOpened():
            return replace(
                state, stage=Stage.ROUND, bids_from=event.bids_from, deadline=event.deadline
            )
        case e.BiddingEnded():
            sold = event.plate is not None
            return replace(state, stage=Stage.AWARD_PENDING if sold else Stage.UNSOLD, ended_at=at)
        case e.Suspended():
            instant = due(state)
            left = timedelta(0) if instant is None else max(instant - event.since, timedelta(0))
            suspension = Suspension(
                since=event.since, ground=event.ground, by=event.by, remaining=left
            )
            return replace(state, suspension=suspension)
        case e.ListingShortened():
            return replace(state, listing_until=event.listing_until)
        case e.ListingResumed():
            return replace(state, suspension=None, listing_until=event.listing_until)
        case e.RoundResumed():
            return replace(
                state, suspension=None, bids_from=event.bids_from, deadline=event.deadline
            )
        case e.Terminated():
            return replace(
                state,
                stage=Stage.TERMINATED,
                suspension=None,
                ended_at=state.ended_at or at,
            )
        case e.AwardConfirmed():
            return replace(state, stage=Stage.CONFIRMED)
        case e.AwardVoided():
            return replace(state, stage=Stage.AWARD_VOID)
        case e.ConfirmationSigned():
            return replace(state, signatures={**state.signatures, event.side: event.statement})
        case e.ResultPublished():
            return replace(state, stage=Stage.PUBLISHED)
    return state
