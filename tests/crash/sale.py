"""A practice sale with seats for any number of bidders, made straight in the database.

What application, deposit and sign-in would leave behind: everything after that (the statements,
the sockets, the sequencer) is the real thing.
"""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from crash.cluster import House
from flask import Flask
from sqlalchemy import insert, select

from auction.app import create_app
from auction.core.notice_codec import notice_to_dict
from auction.core.profile import TimedEntry, TimedTrigger
from auction.core.terms import Unstated, profile_of, retimed
from auction.ledger import canonical
from auction.pki.softkey import SoftKey
from auction.pki.statement import signed_plate
from auction.services import lots
from auction.services.randomness import identifier
from auction.services.seats import pseudonym, seat_context
from auction.services.seed import notice_44
from auction.services.unit import writing
from auction.store.base import db
from auction.store.people import Credential, Party, WebSession
from auction.store.sales import Lot, Notice, NoticeStatus, SaleKind
from auction.store.seats import DepositAccount, Seat
from config import Settings

MINIMUM_PREP_SECONDS = 15
_LIFE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sale:
    """A lot as its bidders need to know it."""

    slug: str
    rules: str
    origin: str
    countdown_us: int
    step_fen: int

    @property
    def path(self) -> str:
        return f"/practice/lots/{self.slug}"


@dataclass(slots=True)
class Bidder:
    """One qualified bidder: key, certificate, plate, and the session of its browser."""

    sale: Sale
    plate: str
    key: SoftKey
    token: str

    def statement(self, amount_fen: int, head: dict[str, Any]) -> dict[str, str]:
        """A signed bid under the head that the bidder sees."""
        body, signature = self.key.sign(
            "practice-bid",
            {
                "aud": self.sale.origin,
                "lot": self.sale.slug,
                "plate": signed_plate(self.plate),
                "rules": self.sale.rules,
                "amount": str(amount_fen),
                "cur": "CNY",
                "prev": f"{head['size']}:{head['root']}",
                "nonce": secrets.token_hex(32),
                "iat": str(int(time.time())),
            },
        )
        return {
            "body": body.decode("ascii"),
            "signature": base64.b64encode(signature).decode("ascii"),
            "certificate": base64.b64encode(self.key.certificate).decode("ascii"),
        }


def digest(payload: dict[str, str]) -> str:
    """The hash by which the log calls a statement."""
    return hashlib.sha256(payload["body"].encode("ascii")).hexdigest()


def open_sale(
    house: House, bidders: int, *, listing: int, first_countdown: int, countdown: int
) -> tuple[Sale, list[Bidder]]:
    """A lot whose listing begins now and lasts `listing` seconds; a round always follows, and
    every qualified bidder may enter it. The servers must not run yet."""
    worker = house.workers[0]
    app = create_app(Settings.from_environment(worker.environment))
    with app.app_context():
        keys = [SoftKey.generate() for _ in range(bidders)]
        lot = _lot(app, listing, first_countdown, countdown)
        sale = Sale(
            lot.slug, lot.rules, house.origin, countdown * 1_000_000, lot.terms["step_timed_fen"]
        )
        seated = _seat(app, lot, sale, keys)
        lots.open_lot(app.extensions["auction"], lot.id)
        db.session.remove()
        db.engine.dispose()
        app.extensions["auction"].engine.dispose()
    return sale, seated


def _lot(app: Flask, listing: int, first_countdown: int, countdown: int) -> Lot:
    inner = app.extensions["auction"]
    now = inner.now().replace(microsecond=0)
    slug = f"crash-{secrets.token_hex(3)}"
    facts = retimed(notice_44(), now, timedelta(seconds=listing), slug)
    unstated = Unstated(
        timed_entry=TimedEntry.QUALIFIED_ALL,
        countdown_first_seconds=first_countdown,
        countdown_seconds=countdown,
    )
    profile = replace(
        profile_of(facts, facts.lots[0], unstated),
        timed_trigger=TimedTrigger.ALWAYS,
        resume_prep_seconds=MINIMUM_PREP_SECONDS,
    )
    plain = notice_to_dict(facts)
    with writing() as session:
        notice = Notice(
            id=identifier(inner.random),
            slug=slug,
            number=slug,
            kind=str(SaleKind.PRACTICE),
            status=str(NoticeStatus.APPROVED),
            facts=plain,
            profile=profile.to_dict(),
            acceptances={},
            content_hash=hashlib.sha256(canonical.encode(plain)).hexdigest(),
            drafted_by="system",
            approved_by="system",
            approved_at=now,
            publish_at=now,
            updated_at=now,
        )
        session.add(notice)
        session.flush()
        new = lots.NewLot(slug, facts.lots[0].code, profile)
        lot_id = lots.prepare(inner, session, notice, new)
    return db.session.get_one(Lot, lot_id)


def _seat(app: Flask, lot: Lot, sale: Sale, keys: list[SoftKey]) -> list[Bidder]:
    accounts = db.session.scalars(select(DepositAccount.number).filter_by(lot_id=lot.id)).all()
    seated = [Bidder(sale, f"演-{n:04d}", key, secrets.token_hex(32)) for n, key in enumerate(keys)]
    rows = [
        _rows(app, lot, number, bidder, account)
        for number, (bidder, account) in enumerate(zip(seated, accounts, strict=False))
    ]
    with writing() as session:
        for table in (Party, Credential, WebSession, Seat):
            session.execute(insert(table), [row[table] for row in rows])
    return seated


def _rows(
    app: Flask, lot: Lot, number: int, bidder: Bidder, account: str
) -> dict[type, dict[str, Any]]:
    """What enrolment, sign-in, application and deposit of one bidder leave in the tables."""
    inner = app.extensions["auction"]
    now, party_id = inner.now(), f"{number:016x}"
    name, code = f"演练竞买人{number:04d}", f"91630100CRSH{number:06d}"
    bidder.key.certificate = inner.demo_ca.issue(
        name, code, bidder.key.public_key, now - timedelta(minutes=5), now + _LIFE, number + 1
    )
    valid = inner.trust.validate(bidder.key.certificate, (), now, "login")
    profile = dict.fromkeys(("contact", "phone", "account_number", "account_bank"), "-")
    own = pseudonym(inner, lot, party_id)
    inside = {"party_id": party_id, "name": name, "id_code": code, "salt": "00" * 32}
    return {
        Party: {
            "id": party_id,
            "kind": "company",
            "name_index": inner.sealer.index(name),
            "sealed": inner.sealer.seal(
                profile | {"name": name, "id_code": code}, f"party:{party_id}"
            ),
            "enrolled_at": now,
        },
        Credential: {
            "id": party_id,
            "issuer_hash": valid.issuer_hash,
            "serial": valid.serial,
            "fingerprint": valid.fingerprint,
            "certificate": bidder.key.certificate,
            "not_after": valid.not_after,
            "party_id": party_id,
            "bound_at": now,
        },
        WebSession: {
            "token_hash": hashlib.sha256(bidder.token.encode()).hexdigest(),
            "credential_id": party_id,
            "created_at": now,
            "seen_at": now,
            "expires_at": now + _LIFE,
        },
        Seat: {
            "lot_id": lot.id,
            "pseudonym": own,
            "plate": bidder.plate,
            "sealed": inner.sealer.seal(inside, seat_context(lot, own)),
            "commitment": hashlib.sha256(bidder.plate.encode()).hexdigest(),
            "application": hashlib.sha256(own.encode()).hexdigest(),
            "applied_at": now,
            "account_number": account,
            "qualified_at": now,
        },
    }
