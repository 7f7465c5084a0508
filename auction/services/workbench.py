"""Where a bidder stands in a lot, and in which lots there is something to do."""

from dataclasses import dataclass

from sqlalchemy import select

from auction.core.profile import RuleProfile
from auction.core.state import ENDED, Stage
from auction.services import applications, deposits, joint, lots
from auction.services.house import House
from auction.services.joint import Joint
from auction.services.seats import pseudonym, seat_of
from auction.store.base import db
from auction.store.sales import Bid, Lot, SaleKind
from auction.store.seats import Credit, Message, Part, Reading, Seat

_OVER = ENDED | {Stage.TERMINATED, Stage.RESULT_HELD}


@dataclass(frozen=True, slots=True)
class Standing:
    """One party in one lot."""

    lot: Lot
    terms: RuleProfile
    reading: Reading | None
    seat: Seat | None
    joint: Joint | None
    """A joint application that waits, or the one behind the seat."""
    partner: bool
    """Takes part through another's joint application: the lead bids."""
    credits: tuple[Credit, ...]
    quoted: bool

    @property
    def takes_part(self) -> bool:
        return self.seat is not None or self.partner or self.joint is not None

    @property
    def over(self) -> bool:
        return Stage(self.lot.stage) in _OVER


def standing(house: House, lot: Lot, party_id: str) -> Standing:
    """Where this party stands in this lot."""
    seat = seat_of(house, lot, party_id)
    own = pseudonym(house, lot, party_id)
    part = db.session.get(Part, (lot.id, own))
    shared = joint.of_lot(house, lot, party_id)
    quoted = False
    if seat is not None:
        query = select(Bid.seq).where(Bid.lot_id == lot.id, Bid.plate == seat.plate, Bid.accepted)
        quoted = db.session.scalar(query.limit(1)) is not None
    return Standing(
        lot=lot,
        terms=lots.terms_now(lot),
        reading=applications.reading_of(house, lot, party_id),
        seat=seat,
        joint=next(iter(sorted(shared, key=lambda j: not j.leads)), None),
        partner=part is not None and part.seat != own,
        credits=tuple(deposits.credits_of(seat)) if seat else (),
        quoted=quoted,
    )


def bench(house: House, party_id: str) -> list[Standing]:
    """Every lot in which the party takes part or still can, those to act upon first."""
    now = house.now()
    found = []
    for lot in lots.published(SaleKind.REAL, SaleKind.PRACTICE, SaleKind.REHEARSAL):
        stands = standing(house, lot, party_id)
        can_apply = not stands.over and now < stands.terms.apply_until
        if stands.takes_part or stands.reading is not None or can_apply:
            found.append(stands)
    return sorted(found, key=lambda s: (s.over, not s.takes_part, s.terms.listing_until))


def messages(house: House, party_id: str, limit: int = 12) -> list[tuple[Lot, Message]]:
    """The latest messages to this party over all lots."""
    names = {}
    for lot in lots.published(*SaleKind):
        names[pseudonym(house, lot, party_id)] = lot
    query = (
        select(Message)
        .where(Message.pseudonym.in_(names))
        .order_by(Message.at.desc(), Message.id)
        .limit(limit)
    )
    return [(names[m.pseudonym], m) for m in db.session.scalars(query)]
