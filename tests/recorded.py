"""A sale of notice [44]'s parcel recorded through the real sequencer, for those who read logs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from factories import CODE, LISTING_FROM, LISTING_UNTIL, PUBLISHED, A, B, C, bid, profile
from flask import Flask
from sqlalchemy import text

from auction.app import create_app
from auction.core import commands as c
from auction.core.notice_codec import notice_to_dict
from auction.ledger import canonical
from auction.services import lots
from auction.services.house import House
from auction.services.seed import notice_44
from auction.services.unit import writing
from auction.store.base import db
from auction.store.sales import Lot, Notice, NoticeStatus, SaleKind
from auction.trading.time import DrivenClock
from auction.trading.work import Work
from config import Settings


@dataclass
class Recorded:
    """An application with one lot in its database."""

    app: Flask
    house: House
    clock: DrivenClock
    lot_id: int

    @property
    def lot(self) -> Lot:
        db.session.expire_all()
        return db.session.get_one(Lot, self.lot_id)

    def bid(self, plate: str, amount_wan: int, at: datetime) -> None:
        self.clock.move_to(at)
        lots.act(
            self.house,
            self.lot_id,
            lambda arrival: Work(self.lot_id, bid(plate, amount_wan, arrival)),
        )

    def pass_until(self, at: datetime) -> None:
        self.clock.move_to(at)
        self.house.sequencer.settle()

    def execute(self, statement: str, **values: object) -> None:
        """Change the database behind the system's back."""
        with self.house.engine.begin() as conn:
            conn.execute(text(statement), {"log": self.lot.log_id, "lot": self.lot_id, **values})


def application(folder: Path, clock: DrivenClock) -> Flask:
    """An application on a fresh database in `folder`; call inside its context."""
    settings = Settings.from_environment({"AUCTION_DATA_DIR": str(folder)})
    app = create_app(settings, clock=clock)
    with app.app_context():
        db.create_all()
    return app


def listed(folder: Path, kind: SaleKind = SaleKind.REAL) -> Recorded:
    """The lot on the market, its listing just begun; call inside the app's context afterwards."""
    clock = DrivenClock(PUBLISHED)
    return listed_in(application(folder, clock), clock, kind)


def listed_in(app: Flask, clock: DrivenClock, kind: SaleKind = SaleKind.REAL) -> Recorded:
    """The same in an application that stands already."""
    house: House = app.extensions["auction"]
    facts = notice_44()
    with app.app_context():
        with writing() as session:
            notice = Notice(
                id="n44",
                slug="2024TD-44",
                number=facts.number,
                kind=str(kind),
                status=str(NoticeStatus.APPROVED),
                facts=notice_to_dict(facts),
                profile=profile().to_dict(),
                acceptances={},
                content_hash=sha256(canonical.encode(notice_to_dict(facts))).hexdigest(),
                drafted_by="o1",
                updated_at=clock.now(),
            )
            session.add(notice)
            session.flush()
            lot_id = lots.prepare(house, session, notice, lots.NewLot(CODE, CODE, profile()))
        lots.open_lot(house, lot_id)
    clock.move_to(LISTING_FROM)
    return Recorded(app, house, clock, lot_id)


def hold_sale(sale: Recorded) -> None:
    """Listing, live round, a late bid, the award: 3 bidders, some refusals, C wins at 2049.

    Needs the app's context. Records: 1 lot_opened · 2-3 A admitted, 1549 · 4 A refused (leads) ·
    5-6 B admitted, 1549 refused · 7 B 1649 · 8-9 C admitted, 1749 · 10 listing_closed ·
    11 round_opened · 12 A 1849 · 13 B 1849 refused · 14 B 1949 · 15 C 2049 · 16 bidding_ended ·
    17 A late.
    """
    day = LISTING_FROM + timedelta(days=1)
    sale.bid(A, 1549, day)
    sale.bid(A, 1649, day + timedelta(minutes=1))
    sale.bid(B, 1549, day + timedelta(minutes=2))
    sale.bid(B, 1649, day + timedelta(minutes=3))
    sale.bid(C, 1749, day + timedelta(minutes=4))
    sale.pass_until(LISTING_UNTIL)
    live = LISTING_UNTIL + timedelta(minutes=4, seconds=10)
    sale.bid(A, 1849, live + timedelta(milliseconds=204))
    sale.bid(B, 1849, live + timedelta(milliseconds=245))
    sale.bid(B, 1949, live + timedelta(seconds=20))
    sale.bid(C, 2049, live + timedelta(seconds=41))
    sale.bid(A, 2149, live + timedelta(seconds=341, milliseconds=173))


def award(sale: Recorded) -> None:
    """Two officers confirm, both sides sign, the result is published: records 18 to 21."""
    by = ("approver", "drafter")

    def act(make: "type[c.ConfirmAward] | type[c.PublishResult] | type", **fields: object) -> None:
        sale.clock.advance(minutes=1)
        lots.act(
            sale.house,
            sale.lot_id,
            lambda arrival: Work(sale.lot_id, make(arrival=arrival, **fields)),
        )

    act(c.ConfirmAward, by=by)
    act(c.SignConfirmation, side="winner", document="11" * 32, statement="22" * 32)
    act(c.SignConfirmation, side="grantor", document="11" * 32, statement="33" * 32)
    act(c.PublishResult, by="drafter")
