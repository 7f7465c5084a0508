"""From records back to the command that left them, so that it can be decided again."""

from collections.abc import Sequence
from datetime import datetime

from auction.core import commands as c
from auction.core import events as e
from auction.core.state import LotState

BIDS = e.BidAccepted | e.BidRefused | e.BidUnheard
_UNOPENED = ("RESERVE_UNOPENED", "DRAW_UNOPENED")


def group_at(
    records: Sequence[e.Recorded], at: int, instant: datetime | None
) -> Sequence[e.Recorded]:
    """The records, from index `at` on, that one command left behind.

    `instant` is when a transition was due: a clock that was off then stopped it, and at any
    other time stopped a bid, which is refused in the same group.
    """
    arrival = records[at].arrival
    end = at

    def take(*kinds: type) -> bool:
        nonlocal end
        if end == len(records) or records[end].arrival != arrival:
            return False
        event = records[end].event
        found = isinstance(event, kinds)
        if isinstance(event, e.Suspended):
            found = found and event.by == "system"  # an officer's is a command of its own
        end += found
        return found

    while take(e.Admitted):
        pass
    admitted = end - at
    if admitted <= 1 and take(e.BidAccepted):
        take(e.CapReached)
    elif admitted <= 1 and take(e.BidRefused, e.BidUnheard):
        pass
    elif take(e.ListingClosed):
        if not take(e.RoundOpened, e.AskOpened, e.CapReached):
            take(e.ReserveOpened)
            take(e.BiddingEnded)
    elif admitted:
        pass
    elif take(e.ReserveOpened, e.LotteryDrawn):
        take(e.LotteryDrawn)
        take(e.BiddingEnded, e.Suspended)
    elif take(e.OutageRecorded):
        take(e.Suspended)
    elif take(e.ClockOff):
        if take(e.Suspended) and arrival != instant:
            take(e.Admitted)
            take(e.BidRefused)
    elif take(e.HeldResolved):
        take(e.CapReached)
    return records[at : max(end, at + 1)]


def command_of(group: Sequence[e.Recorded], state: LotState) -> c.Command | None:
    """The command that leaves such records on `state`, or None if no command does."""
    arrival = group[0].arrival
    events = [r.event for r in group]
    admissions = tuple(
        e.Admission(event.plate, event.commitment)
        for event in events
        if isinstance(event, e.Admitted)
    )
    rest = [event for event in events if not isinstance(event, e.Admitted)]
    if not rest:
        return None
    first, last = rest[0], rest[-1]
    match first:
        case e.BidAccepted() | e.BidRefused() | e.BidUnheard():
            return _bid(arrival, first, admissions, 0)
        case e.ClockOff() if isinstance(last, e.BidRefused):
            return _bid(arrival, last, admissions, first.offset_ms)
        case e.ClockOff():
            return c.Tick(arrival=arrival, offset_ms=first.offset_ms)
        case e.AskOpened() | e.CapReached():
            return None
    if _is_tick(first, arrival, state):
        return c.Tick(
            arrival=arrival, roll=admissions, reserve=_reserve(events), draw=_draw(events)
        )
    return _act(arrival, first)


def _is_tick(event: e.Event, arrival: datetime, state: LotState) -> bool:
    """Whether time alone brings this about."""
    match event:
        case e.Suspended():
            return event.by == "system" and event.ground in _UNOPENED
        case e.ListingResumed() | e.RoundResumed():
            return state.suspension is not None and state.suspension.resume_at == arrival
    return isinstance(
        event,
        e.ListingClosed
        | e.RoundOpened
        | e.Adjourned
        | e.ReserveOpened
        | e.LotteryDrawn
        | e.BiddingEnded,
    )


def _bid(
    arrival: datetime, event: BIDS, admissions: tuple[e.Admission, ...], offset_ms: int
) -> c.PlaceBid:
    return c.PlaceBid(
        arrival=arrival,
        plate=event.plate,
        amount_fen=event.amount_fen,
        statement=event.statement,
        admission=admissions[0] if admissions else None,
        offset_ms=offset_ms,
    )


def _reserve(events: Sequence[e.Event]) -> c.ReserveOpening | None:
    for event in events:
        if isinstance(event, e.ReserveOpened):
            return c.ReserveOpening(event.amount_fen, event.salt)
    return None


def _draw(events: Sequence[e.Event]) -> c.LotteryOpening | None:
    for event in events:
        if isinstance(event, e.LotteryDrawn):
            return c.LotteryOpening(event.seed, event.nonces)
    return None


def _act(arrival: datetime, event: e.Event) -> c.Command:
    match event:
        case e.LotOpened():
            return c.OpenLot(
                arrival=arrival,
                code=event.code,
                notice=event.notice,
                rules=event.rules,
                profile=event.profile,
                practice=event.practice,
                follows=event.follows,
                lottery_commitment=event.lottery_commitment,
            )
        case e.AskAnswered():
            return c.Answer(
                arrival=arrival,
                plate=event.plate,
                willing=event.willing,
                statement=event.statement,
            )
        case e.ReserveSealed():
            return c.SealReserve(arrival=arrival, commitment=event.commitment, by=event.by)
        case e.LotteryJoined():
            return c.JoinLottery(
                arrival=arrival,
                plate=event.plate,
                statement=event.statement,
                nonce_hash=event.nonce_hash,
            )
        case e.CertificateEnded():
            return c.EndCertificate(
                arrival=arrival,
                plate=event.plate,
                ground=event.ground,
                certificate=event.certificate,
                evidence=event.evidence,
                instant=event.instant,
            )
        case e.OutageRecorded():
            return c.RecordOutage(arrival=event.end, start=event.start)
        case e.Suspended():
            return c.Suspend(arrival=arrival, ground=event.ground, by=event.by)
        case e.ResumptionSet():
            return c.ScheduleResume(arrival=arrival, at=event.at, by=event.by)
        case e.ListingResumed() | e.RoundResumed():
            return c.Resume(arrival=arrival, by=event.by)
        case e.Terminated():
            return c.Terminate(arrival=arrival, ground=event.ground, by=event.by)
        case e.ListingShortened():
            return c.SkipToClose(arrival=arrival, listing_until=event.listing_until)
        case e.HeldResolved():
            return c.ResolveHeld(
                arrival=arrival, outcome=event.outcome, ground=event.ground, by=event.by
            )
        case e.AwardConfirmed():
            return c.ConfirmAward(arrival=arrival, by=event.by)
        case e.AwardVoided():
            return c.VoidAward(arrival=arrival, ground=event.ground, by=event.by)
        case e.ConfirmationSigned():
            return c.SignConfirmation(
                arrival=arrival,
                side=event.side,
                document=event.document,
                statement=event.statement,
            )
        case e.ResultPublished():
            return c.PublishResult(arrival=arrival, by=event.by)
    raise TypeError(type(event).__name__)
