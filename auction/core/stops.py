"""Standstills of a sale: suspension, resumption, outage, termination (2.7)."""

from datetime import datetime, timedelta

from auction.core import commands as c
from auction.core import events as e
from auction.core.instants import seconds, to_us
from auction.core.reasons import Refusal, require_stage, require_two
from auction.core.state import RUNNING, TIMED, LotState, Stage, Suspension, due


def suspend(state: LotState, command: c.Suspend) -> tuple[e.Event, ...]:
    """Stop bids and countdown (R-80, R-91)."""
    if state.suspension is not None:
        raise Refusal("ALREADY_SUSPENDED")
    if state.stage not in RUNNING:
        raise Refusal("NOTHING_TO_SUSPEND", stage=str(state.stage))
    return (e.Suspended(since=command.arrival, ground=command.ground, by=command.by),)


def resume(state: LotState, command: c.Resume) -> tuple[e.Event, ...]:
    """Go on at once, where that needs no notice (R-86)."""
    suspension = _require_suspended(state)
    _require_notice(state, suspension, command.arrival, command.arrival)
    return resumed(state, command.arrival, command.by)


def schedule(state: LotState, command: c.ScheduleResume) -> tuple[e.Event, ...]:
    """Announce when the sale goes on (R-86)."""
    suspension = _require_suspended(state)
    _require_notice(state, suspension, command.arrival, command.at)
    return (e.ResumptionSet(at=command.at, by=command.by),)


def _require_suspended(state: LotState) -> Suspension:
    if state.suspension is None:
        raise Refusal("NOT_SUSPENDED")
    return state.suspension


def earliest_resumption(state: LotState, now: datetime) -> datetime:
    """The earliest instant at which a suspended sale may go on if that is announced at `now`.

    Repaired within `resume_direct_minutes` it is now itself, else `resume_notice_hours` later.
    """
    terms, suspension = state.terms, _require_suspended(state)
    direct = terms.resume_direct_minutes
    if direct is None or now - suspension.since <= timedelta(minutes=direct):
        return now
    return now + timedelta(hours=terms.resume_notice_hours)


def _require_notice(state: LotState, stopped: Suspension, now: datetime, at: datetime) -> None:
    earliest = earliest_resumption(state, now)
    if at < max(earliest, stopped.since):
        raise Refusal("RESUME_TOO_EARLY", earliest_us=to_us(earliest))


def resumed(state: LotState, at: datetime, by: str) -> tuple[e.Event, ...]:
    """The event of going on at `at`: the listing extended, all else begun anew (R-84, R-85)."""
    terms, suspension = state.terms, state.suspension
    assert suspension is not None
    if state.stage in TIMED:
        bids_from = at + seconds(terms.resume_prep_seconds)
        if state.adjourned and state.bids_from is not None:
            bids_from = max(bids_from, state.bids_from)
        full = {
            Stage.ASK: terms.ask_seconds,
            Stage.ROUND: terms.countdown_seconds,
            Stage.SECOND_STAGE: terms.lottery_join_seconds,
        }[state.stage]
        assert state.deadline is not None
        # A long first countdown must not be cut short by a suspension.
        deadline = max(state.deadline, bids_from + seconds(full))
        return (e.RoundResumed(bids_from=bids_from, deadline=deadline, by=by),)
    assert state.listing_until is not None
    # Extended by what was lost: of a listing suspended in its last hour at most that hour is left.
    lost = at - max(suspension.since, terms.listing_from)
    until = state.listing_until + max(lost, timedelta(0))
    return (e.ListingResumed(listing_until=until, by=by),)


def terminate(state: LotState, command: c.Terminate) -> tuple[e.Event, ...]:
    """End the sale for good (R-81)."""
    final = (Stage.NONE, Stage.UNSOLD, Stage.CONFIRMED, Stage.PUBLISHED)
    if state.stage in (*final, Stage.AWARD_VOID, Stage.TERMINATED):
        raise Refusal("NOTHING_TO_TERMINATE", stage=str(state.stage))
    require_two(command.by)
    return (e.Terminated(ground=command.ground, by=command.by),)


def skip(state: LotState, command: c.SkipToClose) -> tuple[e.Event, ...]:
    """Let a rehearsal's listing end earlier."""
    if not state.practice:
        raise Refusal("NOT_A_REHEARSAL")
    if state.suspension is not None:
        raise Refusal("ALREADY_SUSPENDED")
    require_stage(state.stage, Stage.LISTING)
    assert state.listing_until is not None
    if not command.arrival < command.listing_until < state.listing_until:
        raise Refusal("NOTHING_TO_SKIP")
    return (e.ListingShortened(listing_until=command.listing_until),)


def outage(state: LotState, command: c.RecordOutage) -> tuple[e.Event, ...]:
    """Note that the service did not run, and suspend where that may have decided something."""
    if state.stage not in RUNNING or command.start >= command.arrival:
        return ()
    events: tuple[e.Event, ...] = (e.OutageRecorded(start=command.start, end=command.arrival),)
    instant = due(state)
    if instant is None or command.start >= instant:
        return events
    over_deadline = command.arrival >= instant
    if over_deadline or (_in_countdown(state, command.arrival) and _is_long(state, command)):
        # nobody may win because the system was ill over the last countdown.
        # It counts from the outage's start, so that resuming gives back all of the time lost.
        stopped = e.Suspended(since=command.start, ground="OUTAGE", by="system")
        events = (*events, stopped)
    return events


def _in_countdown(state: LotState, end: datetime) -> bool:
    if state.stage not in TIMED or state.suspension is not None:
        return False
    # Nobody loses time by an outage of the night.
    asleep = state.adjourned and state.bids_from is not None and end <= state.bids_from
    return not asleep


def _is_long(state: LotState, command: c.RecordOutage) -> bool:
    return command.arrival - command.start >= seconds(state.terms.unhealthy_autosuspend_s)
