"""Lot 2024JC-4 after the live round (vector 4): who won, who lost, and the two officers."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from bidders import Bidder
from factories import LISTING_FROM, LISTING_UNTIL, seconds, wan

from auction.core.state import Stage
from auction.ledger.checkpoint import Checkpoint
from auction.ledger.notes import split
from auction.pki import statement as st
from auction.pki.softkey import SoftKey
from auction.pki.statement import Signed
from auction.services import awards, bidding, demo_people, deposits, lots
from auction.services.house import House
from auction.services.people import Actor
from auction.services.seats import seat_of
from auction.store import journal
from auction.store.base import db
from auction.store.sales import Lot
from auction.trading.time import DrivenClock

PDF = b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(20)
JPEG = b"\xff\xd8\xff\xe0" + bytes(20) + b"\xff\xd9"


@dataclass
class Officer:
    """An officer at his own computer."""

    house: House
    key: SoftKey
    actor: Actor

    @classmethod
    def enrolled(cls, house: House, person_id: str) -> "Officer":
        key = SoftKey.generate()
        nonce = secrets.token_hex(32)
        proof = key.prove_possession(aud=house.site.origin, identity=person_id, nonce=nonce)
        made = demo_people.enrol(house, person_id, key.spki, proof, nonce)
        key.certificate = made.path[0]
        person = demo_people.person(person_id)
        actor = Actor(
            party_id=None,
            officer_id=person.id,
            roles=frozenset(person.roles),
            fingerprint=made.fingerprint,
            name=person.name,
            not_after=made.not_after,
        )
        return cls(house, key, actor)


@dataclass
class Sold:
    """The lot, its highest bidder, the other one, the first and the second officer."""

    house: House
    clock: DrivenClock
    lot_id: int
    winner: Bidder
    loser: Bidder
    drafter: Officer
    approver: Officer

    @property
    def lot(self) -> Lot:
        """The lot's row as it is now."""
        lots.forget_reads()
        return db.session.get_one(Lot, self.lot_id)

    def sign(self, who: Bidder | Officer, asked: tuple[str, Mapping[str, str]]) -> Signed:
        """A statement by this person's key over what the server asks for."""
        purpose, fields = asked
        return signed_by(who.key, purpose, fields)

    def upload(self, *kinds: str) -> None:
        """The highest bidder uploads papers, all of them if none are named."""
        for kind in kinds or awards.PAPERS:
            content = PDF + kind.encode() + b"\n%%EOF"
            awards.add_paper(self.house, self.lot, self.winner.actor, kind, f"{kind}.pdf", content)

    def file(self) -> None:
        """He signs for them."""
        asked = awards.papers_statement(self.house, self.lot)
        awards.file_papers(self.house, self.lot, self.winner.actor, self.sign(self.winner, asked))

    def propose(self, proposal: awards.Proposal, **why: str) -> None:
        """The drafter proposes."""
        awards.propose(self.house, self.lot, self.drafter.actor, proposal, **why)

    def confirm(self) -> None:
        """The approver confirms."""
        awards.confirm(self.house, self.lot, self.approver.actor)

    def award(self) -> None:
        """Papers filed, examined and found sufficient."""
        self.upload()
        self.file()
        self.propose(awards.Proposal.SUFFICIENT)
        self.clock.advance(hours=1)
        self.confirm()

    def sign_confirmation(self, who: Bidder | Officer) -> None:
        """One side signs the deal confirmation."""
        side = awards.side_of(self.house, self.lot, who.actor)
        assert side is not None
        asked = awards.confirmation_statement(self.house, self.lot, side)
        awards.sign_confirmation(self.house, self.lot, who.actor, self.sign(who, asked))


def signed_by(key: SoftKey, purpose: str, fields: Mapping[str, str]) -> Signed:
    """A statement with a fresh nonce."""
    full = {**fields, "nonce": secrets.token_hex(32), "iat": "1731306000"}
    body, signature = key.sign(purpose, full)
    return Signed(body, signature, key.certificate)


def transport(signed: Signed) -> dict[str, str]:
    """A signed statement as JSON carries it."""
    return {
        "body": signed.body.decode("ascii"),
        "signature": base64.b64encode(signed.signature).decode(),
        "certificate": base64.b64encode(signed.certificate).decode(),
    }


def on_sale(house: House, clock: DrivenClock, lot_id: int) -> Sold:
    """Two qualified bidders at the opening of the listing."""
    sale = Sold(
        house=house,
        clock=clock,
        lot_id=lot_id,
        winner=Bidder.enrolled(house, "bidder-b"),
        loser=Bidder.enrolled(house, "bidder-a"),
        drafter=Officer.enrolled(house, "drafter"),
        approver=Officer.enrolled(house, "approver"),
    )
    clock.advance(hours=1)
    for bidder in (sale.loser, sale.winner):
        deposits.pay_demo(house, sale.lot, bidder.apply(sale.lot))
    clock.move_to(LISTING_FROM)
    return sale


def sell(house: House, clock: DrivenClock, lot_id: int) -> Sold:
    """Vector 4: A quotes 1549, B 1649, the live round is silent, B is highest at 14:35:00."""
    sale = on_sale(house, clock, lot_id)
    _bid(sale, sale.loser, 1549)
    _bid(sale, sale.winner, 1649)
    for instant in (LISTING_UNTIL, LISTING_UNTIL + seconds(300)):
        clock.move_to(instant)
        house.sequencer.settle()
    assert sale.lot.stage == Stage.AWARD_PENDING
    return sale


def _bid(sale: Sold, bidder: Bidder, amount_wan: int) -> None:
    sale.clock.advance(hours=1)
    lot = sale.lot
    seat = seat_of(sale.house, lot, bidder.party_id)
    assert seat is not None
    head = journal.checkpoint(db.session.connection(), lot.log_id)
    assert head is not None
    seen = Checkpoint.parse(split(head[1])[0])
    fields = {
        "aud": sale.house.site.origin,
        "lot": lot.slug,
        "plate": st.signed_plate(seat.plate),
        "rules": lot.rules,
        "amount": str(wan(amount_wan)),
        "cur": "CNY",
        "prev": f"{seen.size}:{seen.root.hex()}",
    }
    signed = bidder.signed(lot, "bid", fields)
    ticket = bidding.arrive(sale.house, lot)
    placed = bidding.place(sale.house, lot, bidder.actor, transport(signed), ticket)
    assert placed.answer.refusal is None
