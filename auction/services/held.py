"""Deciding a held result: one officer proposes, another one confirms (R-90)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from auction.core import commands as c
from auction.core.parameters import HeldOutcome
from auction.core.reasons import Refusal
from auction.core.state import Stage
from auction.services import logbook, lots
from auction.services.house import House
from auction.services.people import Actor
from auction.services.unit import writing
from auction.store.base import db
from auction.store.sales import Bid, HeldProposal, Lot
from auction.trading.batch import Work

GROUNDS: Final[Mapping[HeldOutcome, tuple[str, ...]]] = {
    HeldOutcome.UPHOLD: ("NO_EFFECT",),
    HeldOutcome.REOPEN: ("WOULD_HAVE_LED", "SERVICE_FAULT"),
    HeldOutcome.VOID: ("SERVICE_FAULT", "WOULD_HAVE_LED"),
}
"""Why a held result is decided one way or the other. The code stands in the public log."""
PROPOSAL_LIFE: Final = timedelta(days=5)
"""How long a proposal waits: the inquiry behind it takes longer than a duty officer's minutes."""


def unheard(lot: Lot) -> list[Bid]:
    """The bids in time that turned up after the end of bidding."""
    query = (
        select(Bid).where(Bid.lot_id == lot.id, Bid.reason == "BID_UNHEARD").order_by(Bid.arrival)
    )
    return list(db.session.scalars(query))


def proposal_for(lot: Lot, now: datetime) -> HeldProposal | None:
    """The proposal that waits for a second officer."""
    if lot.stage != Stage.RESULT_HELD:
        return None
    found = db.session.get(HeldProposal, lot.id)
    return found if found is not None and now - found.proposed_at < PROPOSAL_LIFE else None


def propose(house: House, lot: Lot, actor: Actor, outcome: str, ground: str) -> None:
    """Propose a decision; nothing happens to the sale yet.

    Raises Refusal: NOT_HELD, UNKNOWN_OUTCOME, UNKNOWN_GROUND, PROPOSAL_WAITS.
    """
    by, slug, lot_id, now = _officer(actor), lot.slug, lot.id, house.now()
    if lot.stage != Stage.RESULT_HELD:
        raise Refusal("NOT_HELD")
    if outcome not in list(HeldOutcome):
        raise Refusal("UNKNOWN_OUTCOME")
    if ground not in GROUNDS[HeldOutcome(outcome)]:
        raise Refusal("UNKNOWN_GROUND")
    with writing() as session:
        found = session.get(HeldProposal, lot_id)
        if found is not None:
            if now - found.proposed_at < PROPOSAL_LIFE:
                raise Refusal("PROPOSAL_WAITS")
            session.delete(found)
            session.flush()
        session.add(
            HeldProposal(
                lot_id=lot_id, outcome=outcome, ground=ground, proposed_by=by, proposed_at=now
            )
        )
        data = {"lot": slug, "officer": by, "outcome": outcome, "ground": ground}
        logbook.register(house, session, "held_result_proposed", data)


def confirm(house: House, lot: Lot, actor: Actor) -> None:
    """Decide as the second officer. Raises Refusal (NO_PROPOSAL, OWN_PROPOSAL, or one of the
    engine)."""
    by, slug, lot_id = _officer(actor), lot.slug, lot.id
    found = proposal_for(lot, house.now())
    if found is None:
        raise Refusal("NO_PROPOSAL")
    if found.proposed_by == by:
        raise Refusal("OWN_PROPOSAL")
    outcome, ground, first = HeldOutcome(found.outcome), found.ground, found.proposed_by

    def work(arrival: datetime) -> Work:
        command = c.ResolveHeld(arrival=arrival, outcome=outcome, ground=ground, by=(first, by))
        return Work(lot_id, command)

    lots.act(house, lot_id, work)
    _drop(lot_id)
    with writing() as session:
        data = {
            "lot": slug,
            "officer": by,
            "proposed_by": first,
            "outcome": str(outcome),
            "ground": ground,
        }
        logbook.register(house, session, "held_result_decided", data)


def withdraw(house: House, lot: Lot, actor: Actor) -> None:
    """Take the proposal off the table, as its author or as the second officer."""
    slug = lot.slug
    if not _drop(lot.id):
        raise Refusal("NO_PROPOSAL")
    with writing() as session:
        data = {"lot": slug, "officer": _officer(actor)}
        logbook.register(house, session, "held_result_declined", data)


def _drop(lot_id: int) -> bool:
    with writing() as session:
        found = session.get(HeldProposal, lot_id)
        if found is None:
            return False
        session.delete(found)
    return True


def _officer(actor: Actor) -> str:
    assert actor.officer_id is not None
    return actor.officer_id
