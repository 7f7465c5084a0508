"""What an event makes of a state: facts are taken over, nothing is decided here.

Total: any event on any state gives a state, so that a log that was tampered with can be read
to its end.
"""

from datetime import datetime, timedelta

from auction.core import events as e
from auction.core.parameters import HeldOutcome
from auction.core.reasons import Reason
from auction.core.state import ENDED, LotState, Pause, Stage, Suspension, Unheard, due


def evolve(state: LotState, record: e.Recorded) -> LotState:
    """The state after `record`; total over all events."""
    event, at = record.event, record.arrival
    if type(event) is e.BidAccepted:  # by far the most frequent
        return _bid_accepted(state, event, at)
    match event:
        case e.LotOpened():
            return state.but(
                profile=event.profile,
                code=event.code,
                notice=event.notice,
                rules=event.rules,
                practice=event.practice,
                follows=event.follows,
                lottery_commitment=event.lottery_commitment,
                stage=Stage.LISTING,
                listing_until=event.profile.listing_until,
            )
        case e.Admitted():
            return state.but(admitted={**state.admitted, event.plate: event.commitment})
        case e.BidUnheard():
            return _bid_unheard(state, event, at)
        case e.ListingClosed():
            return state.but(closed_at=at)
        case e.AskOpened():
            asking = Pause(Reason.ASKING, at, None, event.until)
            return state.but(stage=Stage.ASK, deadline=event.until, pauses=(*state.pauses, asking))
        case e.AskAnswered():
            return state.but(answers={**state.answers, event.plate: event.willing})
        case e.RoundOpened():
            return state.but(
                stage=Stage.ROUND,
                bids_from=event.bids_from,
                deadline=event.deadline,
                limit=_first_limit(state, event.bids_from),
                pauses=_paused(state, at, Reason.PREPARING, event.bids_from),
            )
        case e.Adjourned():
            return state.but(
                bids_from=event.bids_from,
                deadline=event.deadline,
                limit=_moved(state.limit, at, event.bids_from, event.deadline),
                adjourned=True,
                pauses=_paused(state, at, Reason.ADJOURNED, event.bids_from),
            )
        case e.ReserveSealed():
            return state.but(reserve=event.commitment)
        case e.ReserveOpened():
            return state.but(reserve_fen=event.amount_fen)
        case e.CapReached():
            return state.but(
                stage=Stage.SECOND_STAGE,
                deadline=event.until,
                join_open=state.stage is Stage.LISTING,
                pauses=_clipped(state.pauses, at) if state.suspension is None else state.pauses,
            )
        case e.LotteryJoined():
            return state.but(entries={**state.entries, event.plate: event.nonce_hash})
        case e.BiddingEnded():
            return _bidding_ended(state, event, at)
        case e.Suspended():
            return _suspended(state, event)
        case e.ResumptionSet():
            return _resumption_set(state, event)
        case e.ListingShortened():
            return state.but(listing_until=event.listing_until)
        case e.ListingResumed():
            return state.but(
                suspension=None,
                listing_until=event.listing_until,
                pauses=_clipped(state.pauses, at),
            )
        case e.RoundResumed():
            return _round_resumed(state, event, at)
        case e.Terminated():
            return state.but(
                stage=Stage.TERMINATED,
                suspension=None,
                ended_at=state.ended_at or at,
                pauses=_clipped(state.pauses, at),
            )
        case e.CertificateEnded():
            return state.but(ended_certificates=state.ended_certificates | {event.certificate})
        case e.HeldResolved():
            return _held_resolved(state, event, at)
        case e.AwardConfirmed():
            return state.but(stage=Stage.CONFIRMED)
        case e.AwardVoided():
            return state.but(stage=Stage.AWARD_VOID)
        case e.ConfirmationSigned():
            return state.but(signatures={**state.signatures, event.side: event.statement})
        case e.ResultPublished():
            return state.but(stage=Stage.PUBLISHED)
    return state


def _bid_accepted(state: LotState, event: e.BidAccepted, at: datetime) -> LotState:
    quoted = state.quoted
    if event.deadline is None or event.plate not in quoted:
        # Not copied for every bid of the round: there it would cost more than all the rest.
        quoted = {**quoted, event.plate: at}
    if event.deadline is None or event.deadline == state.deadline:
        return state.but(price_fen=event.amount_fen, leader=event.plate, led_at=at, quoted=quoted)
    return state.but(
        price_fen=event.amount_fen,
        leader=event.plate,
        led_at=at,
        quoted=quoted,
        deadline=event.deadline,
        restarts=state.restarts + 1,
    )


def _bid_unheard(state: LotState, event: e.BidUnheard, at: datetime) -> LotState:
    if state.stage not in ENDED and state.stage is not Stage.RESULT_HELD:
        return state  # a terminated sale has no result that could be held
    return state.but(
        stage=Stage.RESULT_HELD,
        held_from=state.stage if state.stage in ENDED else state.held_from,
        unheard=(*state.unheard, Unheard(at, event.plate, event.amount_fen)),
    )


def _bidding_ended(state: LotState, event: e.BiddingEnded, at: datetime) -> LotState:
    ended = state.but(ended_at=at, unsold=event.unsold)
    if event.plate is None:
        return ended.but(stage=Stage.UNSOLD)
    # A lottery may give it to another than the leader.
    return ended.but(stage=Stage.AWARD_PENDING, leader=event.plate)


def _suspended(state: LotState, event: e.Suspended) -> LotState:
    stopped = state.suspension
    if stopped is not None:
        # Stopped a second time, before it went on: the time lost counts from the first.
        again = Suspension(
            since=stopped.since, ground=event.ground, by=event.by, remaining=stopped.remaining
        )
        return state.but(suspension=again)
    instant = due(state)
    left = timedelta(0) if instant is None else max(instant - event.since, timedelta(0))
    suspension = Suspension(since=event.since, ground=event.ground, by=event.by, remaining=left)
    pause = Pause(Reason.SUSPENDED, event.since, None, event.since)
    return state.but(suspension=suspension, pauses=(*_clipped(state.pauses, event.since), pause))


def _resumption_set(state: LotState, event: e.ResumptionSet) -> LotState:
    stopped = state.suspension
    if stopped is None:
        return state
    announced = Suspension(
        since=stopped.since,
        ground=stopped.ground,
        by=stopped.by,
        remaining=stopped.remaining,
        resume_at=event.at,
        resume_by=event.by,
    )
    return state.but(suspension=announced)


def _round_resumed(state: LotState, event: e.RoundResumed, at: datetime) -> LotState:
    if state.stage is Stage.ASK:
        asking = Pause(Reason.ASKING, at, None, event.deadline)
        pauses = (*_clipped(state.pauses, at), asking)
    elif state.stage is Stage.ROUND:
        pauses = _paused(state, at, Reason.PREPARING, event.bids_from)
    else:
        pauses = _clipped(state.pauses, at)
    since = at if state.suspension is None else state.suspension.since
    return state.but(
        suspension=None,
        bids_from=event.bids_from,
        deadline=event.deadline,
        limit=_moved(state.limit, since, event.bids_from, event.deadline),
        adjourned=state.adjourned and event.bids_from == state.bids_from,
        pauses=pauses,
    )


def _held_resolved(state: LotState, event: e.HeldResolved, at: datetime) -> LotState:
    resolved = state.but(held_from=None, unheard=())
    if event.outcome is HeldOutcome.UPHOLD:
        return resolved.but(stage=state.held_from or state.stage)
    if event.outcome is HeldOutcome.VOID:
        return resolved.but(stage=Stage.AWARD_VOID)
    bids_from, deadline = event.bids_from or at, event.deadline or at
    ended = state.ended_at or at
    quoted = {**dict.fromkeys(event.heard, at), **state.quoted}
    late = Pause(Reason.LATE, ended, at, ended)
    limit = _moved(state.limit, ended, bids_from, deadline)
    return resolved.but(
        stage=Stage.ROUND,
        price_fen=state.price_fen if event.amount_fen is None else event.amount_fen,
        leader=event.plate or state.leader,
        led_at=_arrival_of(state, event),
        quoted=quoted,
        # Nobody was asked about this round: whoever had not declined is in.
        answers={**dict.fromkeys(quoted, True), **state.answers},
        ended_at=None,
        unsold=None,
        bids_from=bids_from,
        deadline=deadline,
        limit=limit or _first_limit(state, bids_from),
        adjourned=False,
        pauses=(
            *_clipped(state.pauses, ended),
            late,
            Pause(Reason.PREPARING, at, bids_from, bids_from),
        ),
    )


def _arrival_of(state: LotState, event: e.HeldResolved) -> datetime | None:
    """When the bid arrived that leads a reopened round."""
    for missed in state.unheard:
        if (missed.plate, missed.amount_fen) == (event.plate, event.amount_fen):
            return missed.arrival
    return state.led_at


def _paused(state: LotState, at: datetime, reason: Reason, until: datetime) -> tuple[Pause, ...]:
    """The pauses when one begins at `at` and ends at `until`; none for no time at all."""
    before = _clipped(state.pauses, at)
    return (*before, Pause(reason, at, until, until)) if until > at else before


def _clipped(pauses: tuple[Pause, ...], at: datetime) -> tuple[Pause, ...]:
    """The pauses, none of which lasts longer than to `at`."""
    return tuple(
        p
        if p.until is not None and p.until <= at
        else Pause(p.reason, p.since, max(p.since, at), p.told)
        for p in pauses
    )


def _first_limit(state: LotState, bids_from: datetime) -> datetime | None:
    hours = None if state.profile is None else state.profile.max_duration_hours
    return None if hours is None else bids_from + timedelta(hours=hours)


def _moved(
    limit: datetime | None, since: datetime, bids_from: datetime, deadline: datetime
) -> datetime | None:
    """The round's limit, later by a standstill, and never before a countdown that was promised."""
    if limit is None:
        return None
    return max(limit + max(bids_from - since, timedelta(0)), deadline)
