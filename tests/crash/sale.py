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
    inner, now = app.extensions["auction"], app.extensions["auction"].now()
    rows: dict[type, list[dict[str, Any]]] = {k: [] for k in (Party, Credential, WebSession, Seat)}
    free = list(db.session.scalars(select(DepositAccount.number).filter_by(lot_id=lot.id)))
    seated = []
    for n, key in enumerate(keys):
        name, code, party_id = f"演练竞买人{n:04d}", f"91630100CRSH{n:06d}", f"{n:016x}"
        key.certificate = inner.demo_ca.issue(
            name, code, key.public_key, now - timedelta(minutes=5), now + _LIFE, n + 1
        )
        valid = inner.trust.validate(key.certificate, (), now, "login")
        bidder = Bidder(sale, f"演-{n:04d}", key, secrets.token_hex(32))
        own = pseudonym(inner, lot, party_id)
        profile = {"name": name, "id_code": code, "contact": "-", "phone": "-"}
        account = {"account_number": f"{n:012d}", "account_bank": "-"}
        rows[Party].append(
            {
                "id": party_id,
                "kind": "company",
                "name_index": inner.sealer.index(name),
                "sealed": inner.sealer.seal(profile | account, f"party:{party_id}"),
                "enrolled_at": now,
            }
        )
        rows[Credential].append(
            {
                "id": party_id,
                "issuer_hash": valid.issuer_hash,
                "serial": valid.serial,
                "fingerprint": valid.fingerprint,
                "certificate": key.certificate,
                "not_after": valid.not_after,
                "party_id": party_id,
                "bound_at": now,
            }
        )
        rows[WebSession].append(
            {
                "token_hash": hashlib.sha256(bidder.token.encode()).hexdigest(),
                "credential_id": party_id,
                "created_at": now,
                "seen_at": now,
                "expires_at": now + _LIFE,
            }
        )
        sealed = {"party_id": party_id, "name": name, "id_code": code, "salt": "00" * 32}
        rows[Seat].append(
            {
                "lot_id": lot.id,
                "pseudonym": own,
                "plate": bidder.plate,
                "sealed": inner.sealer.seal(sealed, seat_context(lot, own)),
                "commitment": hashlib.sha256(bidder.plate.encode()).hexdigest(),
                "application": hashlib.sha256(own.encode()).hexdigest(),
                "applied_at": now,
                "account_number": free[n],
                "qualified_at": now,
            }
        )
        seated.append(bidder)
    with writing() as session:
        for table, values in rows.items():
            session.execute(insert(table), values)
    return seated
