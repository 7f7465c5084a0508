"""A bidder's seat in a lot, found by the per-lot pseudonym that only this process can compute."""

from dataclasses import dataclass

from sqlalchemy import select

from auction.services.house import House
from auction.store.base import db
from auction.store.sales import Lot
from auction.store.seats import Seat


@dataclass(frozen=True, slots=True)
class Occupant:
    """Who is behind a plate; opened only for the bidder himself, or after the end."""

    party_id: str
    name: str
    id_code: str
    salt: str


def pseudonym(house: House, lot: Lot, party_id: str) -> str:
    """What stands for this party in this lot; unlinkable between lots."""
    return house.sealer.pseudonym(lot.slug, party_id)


def seat_of(house: House, lot: Lot, party_id: str) -> Seat | None:
    """The party's seat in the lot, if it has applied (alone or as the lead of joint bidders)."""
    return db.session.get(Seat, (lot.id, pseudonym(house, lot, party_id)))


def seat_at(lot: Lot, plate: str) -> Seat | None:
    """The seat with this number plate."""
    return db.session.scalar(select(Seat).where(Seat.lot_id == lot.id, Seat.plate == plate))


def occupant(house: House, lot: Lot, seat: Seat) -> Occupant:
    """Open a seat. Callers check first that the sale has ended or the asker is the bidder."""
    content = house.sealer.open(seat.sealed, seat_context(lot, seat.pseudonym))
    assert isinstance(content, dict)
    fields = ("party_id", "name", "id_code", "salt")
    return Occupant(*(str(content[name]) for name in fields))


def seat_context(lot: Lot, pseudonym: str) -> str:
    """The place to which a sealed seat is bound."""
    return f"seat:{lot.slug}:{pseudonym}"
