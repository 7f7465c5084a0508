"""Bidders with keys of their own, and the seed notice on the market, without the web."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from factories import digest

from auction.app import create_app
from auction.core.notice_codec import notice_to_dict
from auction.core.terms import Unstated, profile_of
from auction.ledger import canonical
from auction.pki.softkey import SoftKey
from auction.pki.statement import Signed, purpose_for
from auction.services import applications, demo_people, lots
from auction.services.applications import ApplicationForm
from auction.services.house import House
from auction.services.people import Actor
from auction.services.randomness import identifier
from auction.services.seed import notice_44
from auction.services.unit import writing
from auction.store import journal
from auction.store.base import db
from auction.store.sales import Lot, Notice, NoticeStatus, SaleKind
from auction.store.seats import Seat
from auction.trading.time import Clock
from config import Settings


@contextmanager
def demo_house(folder: Path, clock: Clock) -> Iterator[House]:
    """A demo house on a database of its own, with the application's context open."""
    app = create_app(Settings.from_environment({"AUCTION_DATA_DIR": str(folder)}), clock=clock)
    found: House = app.extensions["auction"]
    with app.app_context():
        db.create_all()
        yield found
        db.session.remove()
        db.engine.dispose()
    found.engine.dispose()


def publish_44(house: House, kind: SaleKind = SaleKind.REAL) -> Lot:
    """Notice [44] with its own dates, published now."""
    facts = notice_44()
    profile = profile_of(facts, facts.lots[0], Unstated())
    plain = notice_to_dict(facts)
    with writing() as session:
        notice = Notice(
            id=identifier(house.random),
            slug=f"2024TD-44-{kind}",
            number=facts.number,
            kind=str(kind),
            status=str(NoticeStatus.APPROVED),
            facts=plain,
            profile=profile.to_dict(),
            acceptances={},
            content_hash=digest(canonical.encode(plain)),
            drafted_by="drafter",
            approved_by="approver",
            updated_at=house.now(),
        )
        session.add(notice)
        session.flush()
        slug = facts.lots[0].code if kind is SaleKind.REAL else f"r-{facts.lots[0].code}"
        lot_id = lots.prepare(
            house, session, notice, lots.NewLot(slug, facts.lots[0].code, profile)
        )
    lots.open_lot(house, lot_id)
    return db.session.get_one(Lot, lot_id)


def offer(house: House, lot: Lot, amount_fen: int) -> dict[str, str]:
    """The fields of a bid that say how much, on top of the lot's head as it is now."""
    with house.engine.connect() as conn:
        head = journal.head(conn, lot.log_id)
    return {"amount": str(amount_fen), "cur": "CNY", "prev": f"{head.size}:{head.root.hex()}"}


@dataclass
class Bidder:
    """A demo person at his own computer: the key is here, the server has the certificate."""

    house: House
    person: demo_people.DemoPerson
    key: SoftKey
    actor: Actor

    @classmethod
    def enrolled(cls, house: House, person_id: str) -> "Bidder":
        person = demo_people.person(person_id)
        key = SoftKey.generate()
        nonce = secrets.token_hex(32)
        proof = key.prove_possession(aud=house.site.origin, identity=person.id, nonce=nonce)
        made = demo_people.enrol(house, person.id, key.spki, proof, nonce)
        key.certificate = made.path[0]
        actor = Actor(
            party_id=demo_people.enrolled_party(house, person),
            officer_id=None,
            roles=frozenset(),
            fingerprint=made.fingerprint,
            name=person.name,
            not_after=made.not_after,
        )
        return cls(house, person, key, actor)

    @property
    def party_id(self) -> str:
        assert self.actor.party_id is not None
        return self.actor.party_id

    def signed(self, lot: Lot, purpose: str, fields: Mapping[str, str]) -> Signed:
        """A statement of this bidder on this lot."""
        body, signature = self.key.sign(
            purpose_for(purpose, practice=lots.is_practice(lot)),
            {
                **fields,
                "nonce": secrets.token_hex(32),
                "iat": str(int(self.house.now().timestamp())),
            },
        )
        return Signed(body, signature, self.key.certificate)

    def form(self, **changes: object) -> ApplicationForm:
        return ApplicationForm(**{"contact": "王小明", "phone": "0971-1234567", **changes})  # type: ignore[arg-type]

    def apply(self, lot: Lot, form: ApplicationForm | None = None) -> Seat:
        """File the application, signed."""
        form = form or self.form()
        wanted = applications.to_sign(self.house, lot, self.actor, form)
        signed = self.signed(lot, "application", wanted.application)
        return applications.apply(self.house, lot, self.actor, form, signed)
