"""Entering the sealed reserve: two officers each type the figure, and it must be the same (R-71).

Nobody is shown the figure again, not even whoever typed it (C-14): the second officer proves that
he knows it by typing it too. If the two differ, both entries are gone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, update

from auction.core import commands as c
from auction.core.parameters import ReserveMode
from auction.core.profile import RuleProfile
from auction.core.reasons import Refusal
from auction.core.reserve import commitment
from auction.core.state import LotState, Stage
from auction.services import logbook, lots
from auction.services.house import House
from auction.services.openings import reserve_place
from auction.services.people import Actor
from auction.services.unit import writing
from auction.store.base import db
from auction.store.projection import state_of
from auction.store.sales import Lot, ReserveEntry
from auction.trading.batch import Answer, Work

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class EntryWindow:
    """When the reserve of a lot may be entered: [start, end)."""

    start: datetime
    end: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it may be entered at `now`."""
        return self.start <= now < self.end


def window_of(state: LotState) -> EntryWindow | None:
    """The entry window as the listing stands now; None where there is no reserve to enter."""
    terms = state.terms
    if terms.reserve_mode is not ReserveMode.SEALED or state.listing_until is None:
        return None
    return EntryWindow(
        state.listing_until - timedelta(minutes=terms.reserve_entry_from_minutes),
        state.listing_until - timedelta(minutes=terms.reserve_entry_until_minutes),
    )


def waiting(lot: Lot) -> ReserveEntry | None:
    """The entry that waits for its second officer."""
    found = db.session.get(ReserveEntry, lot.id)
    return None if found is None or found.confirmed_by is not None else found


def enter(house: House, lot: Lot, actor: Actor, amount_fen: int) -> None:
    """Type the reserve as the first officer.

    Raises Refusal: NO_RESERVE, RESERVE_ALREADY_SEALED, RESERVE_WINDOW, RESERVE_BELOW_START,
    RESERVE_OFF_SCALE, RESERVE_ABOVE_CAP, RESERVE_WAITS.
    """
    by, slug, now = _officer(actor), lot.slug, house.now()
    _check(lot, amount_fen, now)
    salt = house.random.token(SALT_BYTES).hex()
    sealed = house.sealer.seal({"amount_fen": amount_fen, "salt": salt}, reserve_place(slug))
    committed = commitment(lot.code, amount_fen, salt)
    lot_id = lot.id
    with writing() as session:
        if session.get(ReserveEntry, lot_id) is not None:
            raise Refusal("RESERVE_WAITS")
        session.add(
            ReserveEntry(
                lot_id=lot_id,
                sealed=sealed,
                commitment=committed,
                entered_by=by,
                entered_at=now,
            )
        )
        logbook.register(house, session, "reserve_entered", {"lot": slug, "officer": by})


def confirm(house: House, lot: Lot, actor: Actor, amount_fen: int) -> None:
    """Type it as the second officer: the same figure seals it, another one undoes both entries.

    Raises Refusal: NO_ENTRY, OWN_ENTRY, RESERVE_DIFFERS, those of `enter` and of the engine.
    """
    by, slug, lot_id, now = _officer(actor), lot.slug, lot.id, house.now()
    found = waiting(lot)
    if found is None:
        raise Refusal("NO_ENTRY")
    if found.entered_by == by:
        raise Refusal("OWN_ENTRY")
    _check(lot, amount_fen, now)
    content = house.sealer.open(found.sealed, reserve_place(slug))
    assert isinstance(content, dict)
    first, committed = found.entered_by, found.commitment
    if content["amount_fen"] != amount_fen:
        # Another try against the same first entry would be a way to guess it.
        _drop(house, lot, by, "reserve_differs")
        raise Refusal("RESERVE_DIFFERS")

    def sealed(conn: Connection, _answer: Answer) -> None:
        conn.execute(
            update(ReserveEntry)
            .where(ReserveEntry.lot_id == lot_id, ReserveEntry.commitment == committed)
            .values(confirmed_by=by)
        )

    def work(arrival: datetime) -> Work:
        command = c.SealReserve(arrival=arrival, commitment=committed, by=(first, by))
        return Work(lot_id, command, also=sealed)

    lots.act(house, lot_id, work)
    with writing() as session:
        data = {"lot": slug, "officer": by, "entered_by": first, "commitment": committed}
        logbook.register(house, session, "reserve_sealed", data)


def discard(house: House, lot: Lot, actor: Actor) -> None:
    """Take back an entry that is not yet confirmed. Raises Refusal(NO_ENTRY)."""
    if waiting(lot) is None:
        raise Refusal("NO_ENTRY")
    _drop(house, lot, _officer(actor), "reserve_entry_discarded")


def _check(lot: Lot, amount_fen: int, now: datetime) -> None:
    state = state_of(lot)
    window = window_of(state)
    if window is None:
        raise Refusal("NO_RESERVE")
    if state.reserve is not None:
        raise Refusal("RESERVE_ALREADY_SEALED")
    if state.stage is not Stage.LISTING or not window.holds(now):
        raise Refusal("RESERVE_WINDOW")
    _check_amount(state.terms, amount_fen)


def _check_amount(terms: RuleProfile, amount_fen: int) -> None:
    if amount_fen < terms.start_fen:
        raise Refusal("RESERVE_BELOW_START")
    if amount_fen % terms.price_scale_fen:
        raise Refusal("RESERVE_OFF_SCALE")
    if terms.cap_fen is not None and amount_fen > terms.cap_fen:
        raise Refusal("RESERVE_ABOVE_CAP")


def _drop(house: House, lot: Lot, by: str, kind: str) -> None:
    slug, lot_id = lot.slug, lot.id
    with writing() as session:
        found = session.get(ReserveEntry, lot_id)
        if found is None or found.confirmed_by is not None:
            raise Refusal("NO_ENTRY")
        session.delete(found)
        logbook.register(house, session, kind, {"lot": slug, "officer": by})


def _officer(actor: Actor) -> str:
    assert actor.officer_id is not None
    return actor.officer_id
