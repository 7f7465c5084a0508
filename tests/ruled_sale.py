"""A published lot under special rules, with two qualified bidders in its listing; no web."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bidders import Bidder, offer
from factories import LISTING_FROM, wan
from sqlalchemy import select

from auction.core.notice_codec import notice_to_dict
from auction.core.terms import Unstated, profile_of
from auction.ledger import canonical
from auction.pki.statement import signed_plate
from auction.services import bidding, deposits, lots, round_acts
from auction.services.house import House
from auction.services.randomness import identifier
from auction.services.seats import seat_of
from auction.services.seed import notice_44
from auction.services.unit import writing
from auction.store.base import db
from auction.store.logs import LogEntry
from auction.store.sales import Lot, Notice, NoticeStatus, SaleKind
from auction.trading.time import DrivenClock


def published(house: House, slug: str, follows: str | None = None, **rules: Any) -> int:
    """Notice [44] with its own dates and these rules, published now; the id of its lot."""
    facts = notice_44()
    profile = replace(profile_of(facts, facts.lots[0], Unstated()), **rules)
    plain = notice_to_dict(facts)
    with writing() as session:
        notice = Notice(
            id=identifier(house.random),
            slug=f"n-{slug}",
            number=facts.number,
            kind=str(SaleKind.REAL),
            status=str(NoticeStatus.APPROVED),
            facts=plain,
            profile=profile.to_dict(),
            acceptances={},
            content_hash=hashlib.sha256(canonical.encode(plain)).hexdigest(),
            drafted_by="drafter",
            updated_at=house.now(),
        )
        session.add(notice)
        session.flush()
        new = lots.NewLot(slug, facts.lots[0].code, profile, follows)
        lot_id = lots.prepare(house, session, notice, new)
    lots.open_lot(house, lot_id)
    return lot_id


class Floor:
    """A published lot under special rules, and two qualified bidders in its listing."""

    def __init__(self, house: House, clock: DrivenClock, **rules: Any) -> None:
        self.house, self.clock = house, clock
        self.lot_id = published(house, "2024JC-4", **rules)
        clock.move_to(LISTING_FROM + timedelta(hours=1))
        self.bidders = [Bidder.enrolled(house, f"bidder-{x}") for x in "ab"]
        for bidder in self.bidders:
            deposits.pay_demo(house, self.lot, bidder.apply(self.lot))
        lots.forget_reads()

    @property
    def lot(self) -> Lot:
        db.session.expire_all()
        return db.session.get_one(Lot, self.lot_id)

    def plate(self, bidder: Bidder) -> str:
        seat = seat_of(self.house, self.lot, bidder.party_id)
        assert seat is not None
        return seat.plate

    def bid(self, bidder: Bidder, amount_wan: int) -> None:
        lot = self.lot
        fields = self.base(bidder) | offer(self.house, lot, wan(amount_wan))
        signed = bidder.signed(lot, "bid", fields)
        ticket = bidding.arrive(self.house, lot)
        bidding.place(self.house, lot, bidder.actor, signed.to_transport(), ticket)

    def base(self, bidder: Bidder) -> dict[str, str]:
        lot = self.lot
        plate = signed_plate(self.plate(bidder))
        return {"aud": self.house.site.origin, "lot": lot.slug, "plate": plate, "rules": lot.rules}

    def declare(self, bidder: Bidder, purpose: str, **fields: str) -> dict[str, str]:
        """Sign and hand in; the transport form, to be sent again."""
        lot = self.lot
        payload = bidder.signed(lot, purpose, {**self.base(bidder), **fields}).to_transport()
        self.send(bidder, purpose, payload)
        return payload

    def send(self, bidder: Bidder, purpose: str, payload: dict[str, str]) -> Any:
        act = round_acts.answer if purpose == "answer" else round_acts.join
        ticket = bidding.arrive(self.house, self.lot)
        return act(self.house, self.lot, bidder.actor, payload, ticket).answer

    def until(self, **duration: float) -> None:
        self.clock.advance(**duration)
        self.house.sequencer.settle()
        lots.forget_reads()

    def close_listing(self) -> None:
        until = self.lot.listing_until
        assert until is not None
        self.clock.move_to(until)
        self.house.sequencer.settle()
        lots.forget_reads()

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        query = select(LogEntry.leaf).where(LogEntry.log_id == self.lot.log_id)
        leaves = db.session.scalars(query.order_by(LogEntry.seq))
        found = [canonical.decode(leaf) for leaf in leaves]
        return [(leaf["type"], leaf["data"]) for leaf in found]
