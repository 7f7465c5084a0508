"""What time brings by itself: closes, openings, the question, the night, the draw (2.5, 2.6).

Each is a tick at the instant at which it is due. Where something sealed cannot be opened as it
was committed to, the sale is suspended: neither a guess nor an endless wait may decide it.
"""

from datetime import datetime, timedelta

from auction.core import commands as c
from auction.core import events as e
from auction.core import lottery, reserve, stops
from auction.core.instants import seconds
from auction.core.judging import is_willing, may_enter
from auction.core.parameters import TimedTrigger, Unsold
from auction.core.profile import LAST_HOUR
from auction.core.state import LotState, Stage, day_time, due

Events = tuple[e.Event, ...]


def tick(state: LotState, command: c.Tick) -> Events:
    """The transition that is due, or nothing."""
    instant = due(state)
    if instant is None or command.arrival < instant:
        return ()
    if abs(command.offset_ms) > state.terms.max_clock_offset_ms:
        return (e.ClockOff(offset_ms=command.offset_ms), _stopped(instant, "CLOCK_OFFSET"))
    if state.suspension is not None:
        return stops.resumed(state, instant, state.suspension.resume_by or "system")
    match state.stage:
        case Stage.LISTING:
            return _listing_over(state, command, instant)
        case Stage.ASK:
            return _question_over(state, command, instant)
        case Stage.ROUND if state.deadline is None or instant < state.deadline:
            return _night(state, instant)
    return _end(state, command, instant)


def _stopped(instant: datetime, ground: str) -> e.Suspended:
    return e.Suspended(since=instant, ground=ground, by="system")


def _listing_over(state: LotState, command: c.Tick, instant: datetime) -> Events:
    """The close of the listing and what follows it are one decision at one instant."""
    roll: Events = tuple(
        e.Admitted(plate=a.plate, commitment=a.commitment)
        for a in command.roll
        if a.plate not in state.admitted
    )
    closed = (*roll, e.ListingClosed(quoted=len(state.quoted)))
    terms = state.terms
    if state.price_fen is not None and state.price_fen == terms.cap_fen:
        until = instant + seconds(terms.lottery_join_seconds)
        return (*closed, e.CapReached(until=until))
    plates = {*state.admitted, *(a.plate for a in command.roll)}
    if terms.timed_trigger is TimedTrigger.ASKED:
        if any(plate != state.leader and may_enter(state, plate) for plate in plates):
            return (*closed, e.AskOpened(until=instant + seconds(terms.ask_seconds)))
    elif _round_follows(state, len(plates)):
        return (*closed, _round(state, instant))
    ended = _end(state, command, instant)
    # What could not be opened must not leave a listing that is closed and yet suspended.
    return ended if isinstance(ended[0], e.Suspended) else (*closed, *ended)


def _round(state: LotState, instant: datetime) -> e.RoundOpened:
    terms = state.terms
    bids_from = instant + seconds(terms.prep_seconds)
    deadline = bids_from + seconds(terms.countdown_first_seconds)
    return e.RoundOpened(bids_from=bids_from, deadline=deadline)


def _round_follows(state: LotState, qualified: int) -> bool:
    """Whether the live round opens at the close of the listing without a question (2.5)."""
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
    return False


def _question_over(state: LotState, command: c.Tick, instant: datetime) -> Events:
    """Enough are willing, or one who would have to outbid another: the round opens (2.5)."""
    willing = {p for p in state.admitted if may_enter(state, p) and is_willing(state, p)}
    if len(willing) >= state.terms.ask_min_willing or willing - {state.leader}:
        return (_round(state, instant),)
    return _end(state, command, instant)


def _night(state: LotState, instant: datetime) -> Events:
    """The day's cutoff: the round goes on next morning with a full countdown."""
    terms = state.terms
    bids_from = day_time(instant, terms.day_resume_minutes, days=1)
    left = timedelta(0) if state.deadline is None else state.deadline - instant
    # A long first countdown must not be cut short by the night.
    deadline = bids_from + max(left, seconds(terms.countdown_seconds))
    return (e.Adjourned(bids_from=bids_from, deadline=deadline),)


def _end(state: LotState, command: c.Tick, instant: datetime) -> Events:
    """The end of bidding: reserve opened (R-72), lots drawn (R-73), and who leads."""
    opened: Events = ()
    reserve_fen = state.reserve_fen
    if state.reserve is not None and reserve_fen is None:
        opening = command.reserve
        if opening is None or state.reserve != reserve.commitment(
            state.code, opening.amount_fen, opening.salt
        ):
            return (_stopped(instant, "RESERVE_UNOPENED"),)
        opened = (e.ReserveOpened(amount_fen=opening.amount_fen, salt=opening.salt),)
        reserve_fen = opening.amount_fen
    price, plate = state.price_fen, state.leader
    if price is None or plate is None:
        ended = e.BiddingEnded(plate=None, amount_fen=None, unsold=Unsold.NO_BID)
        return (*opened, ended)
    if reserve_fen is not None and price < reserve_fen:
        ended = e.BiddingEnded(plate=None, amount_fen=None, unsold=Unsold.RESERVE_NOT_MET)
        return (*opened, ended)
    if len(state.entries) == 1:
        (plate,) = state.entries
    elif state.entries:
        draw = command.draw
        if draw is None or not lottery.is_honest(
            draw.seed, state.lottery_commitment, draw.nonces, state.entries
        ):
            return (*opened, _stopped(instant, "DRAW_UNOPENED"))
        plate = lottery.winner(state.code, draw.seed, draw.nonces)
        drawn = e.LotteryDrawn(seed=draw.seed, nonces=draw.nonces, plate=plate)
        opened = (*opened, drawn)
    return (*opened, e.BiddingEnded(plate=plate, amount_fen=price))
