"""After the end of bidding: the held result, the award, the deal confirmation (2.7, 2.8)."""

from auction.core import commands as c
from auction.core import events as e
from auction.core.instants import seconds
from auction.core.judging import heard
from auction.core.parameters import HeldOutcome, TimedTrigger
from auction.core.reasons import Refusal, require_stage, require_two
from auction.core.state import LotState, Stage


def resolve(state: LotState, command: c.ResolveHeld) -> tuple[e.Event, ...]:
    """Decide on a result that an unheard bid holds (R-90)."""
    if state.stage is not Stage.RESULT_HELD or state.held_from is None:
        raise Refusal("NOT_HELD", stage=str(state.stage))
    require_two(command.by)
    if command.outcome is HeldOutcome.REOPEN:
        return _reopen(state, command)
    if command.outcome is HeldOutcome.VOID and state.held_from is Stage.UNSOLD:
        raise Refusal("NOTHING_TO_VOID")
    return (e.HeldResolved(outcome=command.outcome, ground=command.ground, by=command.by),)


def _reopen(state: LotState, command: c.ResolveHeld) -> tuple[e.Event, ...]:
    """The round goes on as after a suspension, the unheard bids taken in at their place."""
    assert state.held_from is not None
    require_stage(state.held_from, Stage.UNSOLD, Stage.AWARD_PENDING)
    terms = state.terms
    if terms.timed_trigger is TimedTrigger.NEVER or state.price_fen == terms.cap_fen is not None:
        # Without a round, or with the cap already bid, there is nothing left to bid for.
        raise Refusal("NO_ROUND")
    after, plates = heard(state)
    at = command.arrival
    bids_from = at + seconds(terms.resume_prep_seconds)
    reopened = e.HeldResolved(
        outcome=command.outcome,
        ground=command.ground,
        by=command.by,
        bids_from=bids_from,
        deadline=bids_from + seconds(terms.countdown_seconds),
        plate=after.leader,
        amount_fen=after.price_fen,
        heard=plates,
    )
    if after.price_fen is not None and after.price_fen == terms.cap_fen:
        return (reopened, e.CapReached(until=at + seconds(terms.lottery_join_seconds)))
    return (reopened,)


def confirm(state: LotState, command: c.ConfirmAward) -> tuple[e.Event, ...]:
    """The highest bidder's papers are sufficient (R-102)."""
    require_stage(state.stage, Stage.AWARD_PENDING)
    require_two(command.by)
    return (e.AwardConfirmed(by=command.by),)


def void(state: LotState, command: c.VoidAward) -> tuple[e.Event, ...]:
    """The award is void; nobody is promoted (R-107)."""
    require_stage(state.stage, Stage.AWARD_PENDING, Stage.CONFIRMED)
    require_two(command.by)
    return (e.AwardVoided(ground=command.ground, by=command.by),)


def sign(state: LotState, command: c.SignConfirmation) -> tuple[e.Event, ...]:
    """One side signs the deal confirmation, each once."""
    require_stage(state.stage, Stage.CONFIRMED, Stage.PUBLISHED)
    if command.side not in ("winner", "grantor"):
        raise Refusal("UNKNOWN_SIDE", side=command.side)
    if command.side in state.signatures:
        raise Refusal("ALREADY_SIGNED", side=command.side)
    return (
        e.ConfirmationSigned(
            side=command.side, document=command.document, statement=command.statement
        ),
    )


def publish(state: LotState, command: c.PublishResult) -> tuple[e.Event, ...]:
    """Publish the result (R-104)."""
    require_stage(state.stage, Stage.CONFIRMED)
    return (e.ResultPublished(by=command.by),)
