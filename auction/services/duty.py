"""Acts of the duty officers upon a sale that is going on: suspend, resume, end it for good."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from auction.core import commands as c
from auction.core.instants import to_us
from auction.core.reasons import Refusal
from auction.core.state import RUNNING, Stage
from auction.services import logbook, lots
from auction.services.house import House
from auction.services.people import Actor
from auction.services.unit import writing
from auction.store.base import db
from auction.store.sales import Lot, TerminationProposal
from auction.trading.work import Work

SUSPENSION_GROUNDS: Final = (
    "SYSTEM_FAILURE",
    "FORCE_MAJEURE",
    "TITLE_DISPUTE",
    "COURT_ORDER",
    "DISCIPLINE_ORDER",
)
"""Grounds of R-80. `OUTAGE` is the system's own and no officer's choice."""
TERMINATION_GROUNDS: Final = (
    "NO_RIGHT_TO_DISPOSE",
    "OBJECT_LOST",
    "COLLUSION_PROVED",
    "CONDITIONS_CHANGED",
    "OWNER_DELAY",
)
"""Grounds of R-81."""
NEED_REFERENCE: Final = frozenset(
    {"COURT_ORDER", "DISCIPLINE_ORDER", "NO_RIGHT_TO_DISPOSE", "COLLUSION_PROVED"}
)
"""Grounds that rest on somebody's decision: its number must be named."""
PROPOSAL_LIFE: Final = timedelta(minutes=30)
"""How long a proposal waits for the second officer."""
REFERENCE_LIMIT: Final = 120


def open_lots() -> list[Lot]:
    """Lots whose sale is going on or about to begin, or whose result is held; real ones first."""
    query = (
        select(Lot)
        .where(Lot.stage.in_(sorted(str(stage) for stage in (*RUNNING, Stage.RESULT_HELD))))
        .order_by(Lot.kind != "real", Lot.listing_until, Lot.slug)
    )
    return list(db.session.scalars(query))


def suspend(house: House, lot: Lot, actor: Actor, ground: str, reference: str) -> None:
    """Stop bids and countdown at once (R-80, R-91). Raises Refusal (UNKNOWN_GROUND,
    REFERENCE_NEEDED, REFERENCE_TOO_LONG, or one of the engine)."""
    _check_ground(ground, reference, SUSPENSION_GROUNDS)
    by = _officer(actor)

    def work(arrival: datetime) -> Work:
        return Work(lot.id, c.Suspend(arrival=arrival, ground=ground, by=by))

    slug = lot.slug
    lots.act(house, lot.id, work)
    _register(house, "lot_suspended", slug, officer=by, ground=ground, reference=reference)


def resume(house: House, lot: Lot, actor: Actor) -> None:
    """Go on after a suspension (R-84, R-85). Raises Refusal of the engine."""
    by = _officer(actor)

    def work(arrival: datetime) -> Work:
        return Work(lot.id, c.Resume(arrival=arrival, by=by))

    slug = lot.slug
    lots.act(house, lot.id, work)
    _register(house, "lot_resumed", slug, officer=by)


def schedule(house: House, lot: Lot, actor: Actor, at: datetime) -> None:
    """Announce when a suspended sale goes on; a later announcement replaces an earlier one.

    Raises Refusal of the engine (NOT_SUSPENDED, RESUME_TOO_EARLY).
    """
    by, slug = _officer(actor), lot.slug

    def work(arrival: datetime) -> Work:
        return Work(lot.id, c.ScheduleResume(arrival=arrival, at=at, by=by))

    lots.act(house, lot.id, work)
    with writing() as session:
        data = {"lot": slug, "officer": by, "at_us": to_us(at)}
        logbook.register(house, session, "resumption_announced", data)


def proposal_for(lot: Lot, now: datetime) -> TerminationProposal | None:
    """The proposal to terminate this lot that still waits for a second officer."""
    found = db.session.get(TerminationProposal, lot.id)
    return found if found is not None and now - found.proposed_at < PROPOSAL_LIFE else None


def propose_termination(house: House, lot: Lot, actor: Actor, ground: str, reference: str) -> None:
    """Propose to end a sale for good; nothing happens to the sale yet.

    Raises Refusal (UNKNOWN_GROUND, REFERENCE_NEEDED, REFERENCE_TOO_LONG, PROPOSAL_WAITS).
    """
    _check_ground(ground, reference, TERMINATION_GROUNDS)
    by, slug, lot_id = _officer(actor), lot.slug, lot.id
    with writing() as session:
        found = session.get(TerminationProposal, lot_id)
        if found is not None:
            if house.now() - found.proposed_at < PROPOSAL_LIFE:
                raise Refusal("PROPOSAL_WAITS")
            session.delete(found)
            session.flush()
        session.add(
            TerminationProposal(
                lot_id=lot_id,
                ground=ground,
                reference=reference,
                proposed_by=by,
                proposed_at=house.now(),
            )
        )
        data = {"lot": slug, "officer": by, "ground": ground, "reference": reference}
        logbook.register(house, session, "termination_proposed", data)


def confirm_termination(house: House, lot: Lot, actor: Actor) -> None:
    """End the sale as the second officer (R-81). Raises Refusal (NO_PROPOSAL, OWN_PROPOSAL, or
    one of the engine)."""
    by, slug = _officer(actor), lot.slug
    found = proposal_for(lot, house.now())
    if found is None:
        raise Refusal("NO_PROPOSAL")
    if found.proposed_by == by:
        raise Refusal("OWN_PROPOSAL")
    ground, reference, first = found.ground, found.reference, found.proposed_by

    def work(arrival: datetime) -> Work:
        return Work(lot.id, c.Terminate(arrival=arrival, ground=ground, by=(first, by)))

    lots.act(house, lot.id, work)
    _drop_proposal(lot.id)
    _register(
        house,
        "lot_terminated",
        slug,
        officer=by,
        proposed_by=first,
        ground=ground,
        reference=reference,
    )


def withdraw_termination(house: House, lot: Lot, actor: Actor) -> None:
    """Take the proposal off the table: its author withdraws it, or the second officer declines."""
    slug = lot.slug
    if not _drop_proposal(lot.id):
        raise Refusal("NO_PROPOSAL")
    _register(house, "termination_declined", slug, officer=_officer(actor))


def _drop_proposal(lot_id: int) -> bool:
    with writing() as session:
        found = session.get(TerminationProposal, lot_id)
        if found is None:
            return False
        session.delete(found)
    return True


def _check_ground(ground: str, reference: str, allowed: tuple[str, ...]) -> None:
    if ground not in allowed:
        raise Refusal("UNKNOWN_GROUND")
    if ground in NEED_REFERENCE and not reference:
        raise Refusal("REFERENCE_NEEDED")
    if len(reference) > REFERENCE_LIMIT:
        raise Refusal("REFERENCE_TOO_LONG", limit=REFERENCE_LIMIT)


def _register(house: House, kind: str, slug: str, **data: str) -> None:
    with writing() as session:
        logbook.register(house, session, kind, {"lot": slug, **data})


def _officer(actor: Actor) -> str:
    assert actor.officer_id is not None
    return actor.officer_id
