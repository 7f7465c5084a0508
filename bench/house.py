"""An installation for the benchmark: lots in their live round, and bidders who may bid in them.

Everything that a bid needs is made as the application makes it (rows, logs, certificates of a
demo authority); only the way there (sign-in, application, deposit) is cut short.
"""

import base64
import hashlib
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from sqlalchemy import insert, select

from auction.app import create_app
from auction.core.notice_codec import notice_to_dict
from auction.core.profile import RuleProfile, TimedEntry, TimedTrigger
from auction.core.state import Stage, minimum_fen, step_fen
from auction.core.terms import Unstated, profile_of, retimed
from auction.ledger import canonical
from auction.pki.keys import spki_der
from auction.pki.sealing import Json
from auction.services import lots
from auction.services.house import House
from auction.services.people import Enrolment
from auction.services.randomness import identifier
from auction.services.seats import pseudonym, seat_context
from auction.services.seed import notice_44
from auction.services.unit import writing
from auction.store.base import db
from auction.store.people import Credential, Party, WebSession
from auction.store.sales import Lot, Notice, NoticeStatus, SaleKind
from auction.store.seats import DepositAccount, Seat
from auction.trading.work import Nudge, Work
from bench.databases import database
from bench.people import Bidder, LotFacts, Roll
from config import Settings

ORIGIN = "http://127.0.0.1:8000"
"""What statements name; where a server of the benchmark listens is another matter."""
COUNTDOWN_SECONDS = 1800
"""The longest that a profile allows: no round ends while it is measured."""
_LISTING = timedelta(seconds=2)
_FIRST_PLATE = 1000


@dataclass(frozen=True, slots=True)
class Installation:
    """The data of one installation that no process is using, and who may bid in it."""

    kind: str
    folder: Path
    url: str
    roll: Roll

    def environment(self) -> dict[str, str]:
        """The variables under which a server serves this installation."""
        return {
            "AUCTION_DATA_DIR": str(self.folder),
            "AUCTION_DATABASE_URL": self.url,
            "AUCTION_ORIGIN": ORIGIN,
        }

    @contextmanager
    def copy(self, folder: Path) -> Iterator["Installation"]:
        """The same installation once more, to be used up; `folder` does not exist yet."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("*.sqlite3*"))
        with database(self.kind, folder, template=self.url) as url:
            yield replace(self, folder=folder, url=url)
        shutil.rmtree(folder)


@contextmanager
def installation(
    kind: str, folder: Path, *, bidders: int, lot_count: int
) -> Iterator[Installation]:
    """A new installation: `lot_count` lots in their live round, `bidders` in each of them."""
    folder.mkdir(parents=True)
    with database(kind, folder) as url:
        made = Installation(kind, folder, url, Roll(ORIGIN, (), ()))
        app = create_app(Settings.from_environment(made.environment()))
        with app.app_context():
            db.create_all()
            roll = furnish(app, bidders=bidders, lot_count=lot_count)
            close(app)
        yield replace(made, roll=roll)


def furnish(app: Flask, *, bidders: int, lot_count: int) -> Roll:
    """Put lots and bidders into an empty installation and bring the lots to their live round."""
    house: House = app.extensions["auction"]
    lot_ids = _prepare_lots(house, lot_count)
    enrolled, parties = _enrol(house, bidders)
    for lot_id in lot_ids:
        _seat(house, lot_id, enrolled, parties)
    for lot_id in lot_ids:
        lots.open_lot(house, lot_id)
    runtimes = [house.writer.runtimes[lot_id] for lot_id in lot_ids]
    time.sleep(_LISTING.total_seconds())
    for lot_id in lot_ids:
        # Nobody is elected yet to carry out what is due when nobody asks.
        lots.act(house, lot_id, lambda at, lot_id=lot_id: Work(lot_id, Nudge(at)))
    assert all(runtime.state.stage is Stage.ROUND for runtime in runtimes)
    facts = tuple(
        LotFacts(
            slug=runtime.slug,
            rules=runtime.state.rules,
            minimum_fen=minimum_fen(runtime.state),
            step_fen=step_fen(runtime.state),
            size=runtime.tree.size,
        )
        for runtime in runtimes
    )
    return Roll(ORIGIN, facts, tuple(enrolled))


def close(app: Flask) -> None:
    """Let go of every connection, so that the database can be copied."""
    db.session.remove()
    db.engine.dispose()
    app.extensions["auction"].engine.dispose()


def _profile(start: datetime) -> tuple[dict[str, object], RuleProfile]:
    """Notice [44] on a timetable that ends at once, and the profile of its lot.

    Everybody qualified may bid in the round, and may outbid himself: then the number of bidders
    changes how many bids are under way and not how many the rules accept.
    """
    facts = retimed(
        notice_44(), start - timedelta(hours=1), timedelta(hours=1) + _LISTING, "[BENCH]"
    )
    unstated = Unstated(
        timed_entry=TimedEntry.QUALIFIED_ALL,
        countdown_first_seconds=COUNTDOWN_SECONDS,
        countdown_seconds=COUNTDOWN_SECONDS,
    )
    profile = replace(
        profile_of(facts, facts.lots[0], unstated),
        timed_trigger=TimedTrigger.ALWAYS,
        self_outbid=True,
        step_listing_fen=1_000_000,
        step_timed_fen=1_000_000,
    )
    return notice_to_dict(facts), profile


def _prepare_lots(house: House, count: int) -> list[int]:
    now = house.now().replace(microsecond=0)
    plain, profile = _profile(now)
    with writing() as session:
        notice = Notice(
            id=identifier(house.random),
            slug="bench",
            number="[BENCH]",
            kind=str(SaleKind.REAL),
            status=str(NoticeStatus.APPROVED),
            facts=plain,
            profile=profile.to_dict(),
            acceptances={},
            content_hash=hashlib.sha256(canonical.encode(plain)).hexdigest(),
            drafted_by="bench",
            approved_by="bench",
            approved_at=now,
            publish_at=now,
            updated_at=now,
        )
        session.add(notice)
        session.flush()
        return [
            lots.prepare(house, session, notice, lots.NewLot(f"bench-{n}", f"B-{n}", profile))
            for n in range(count)
        ]


def _enrol(house: House, count: int) -> tuple[list[Bidder], list[str]]:
    """Bidders with certificates and sessions, and the ids of their parties."""
    assert house.demo_ca is not None
    now = house.now()
    enrolled: list[Bidder] = []
    rows: dict[type, list[dict[str, object]]] = {Party: [], Credential: [], WebSession: []}
    for n in range(count):
        key, party_id, credential_id = (
            ec.generate_private_key(ec.SECP256R1()),
            identifier(house.random),
            identifier(house.random),
        )
        name, token = f"演练压测{n:04d}有限公司", secrets.token_hex(32)
        public = key.public_key()
        der = house.demo_ca.issue(
            name,
            f"BENCH{n:06d}",
            public,
            now - timedelta(minutes=5),
            now + timedelta(days=1),
            n + 9,
        )
        certificate = house.trust.validate(der, (), now, "login")
        details = Enrolment("company", name, f"BENCH{n:06d}", "压测", "0", f"6228{n:08d}", "压测")
        rows[Party].append(
            {
                "id": party_id,
                "kind": "company",
                "name_index": house.sealer.index(name),
                "sealed": house.sealer.seal(details.as_json(), f"party:{party_id}"),
                "enrolled_at": now,
            }
        )
        rows[Credential].append(
            {
                "id": credential_id,
                "issuer_hash": certificate.issuer_hash,
                "serial": certificate.serial,
                "fingerprint": certificate.fingerprint,
                "certificate": der,
                "not_after": certificate.not_after,
                "party_id": party_id,
                "bound_at": now,
            }
        )
        rows[WebSession].append(
            {
                "token_hash": hashlib.sha256(token.encode()).hexdigest(),
                "credential_id": credential_id,
                "created_at": now,
                "seen_at": now,
                "expires_at": now + timedelta(hours=8),
            }
        )
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        enrolled.append(
            Bidder(str(_FIRST_PLATE + n), token, pem, _text(der), _text(spki_der(public)))
        )
    with writing() as session:
        for table, values in rows.items():
            session.execute(insert(table), values)
    return enrolled, [str(row["id"]) for row in rows[Party]]


def _seat(house: House, lot_id: int, enrolled: list[Bidder], parties: list[str]) -> None:
    lot, now = db.session.get_one(Lot, lot_id), house.now()
    with writing() as session:
        accounts = session.scalars(
            select(DepositAccount.number).where(DepositAccount.lot_id == lot_id)
        )
        rows = []
        for bidder, party_id, account in zip(enrolled, parties, accounts, strict=False):
            own = pseudonym(house, lot, party_id)
            content: Json = {"party_id": party_id, "name": "-", "id_code": "-", "salt": "00" * 32}
            rows.append(
                {
                    "lot_id": lot_id,
                    "pseudonym": own,
                    "plate": bidder.plate,
                    "sealed": house.sealer.seal(content, seat_context(lot, own)),
                    "commitment": hashlib.sha256(own.encode()).hexdigest(),
                    "application": hashlib.sha256(own.encode()).hexdigest(),
                    "applied_at": now,
                    "account_number": account,
                    "qualified_at": now,
                }
            )
        assert len(rows) == len(enrolled), "more bidders than deposit accounts"
        session.execute(insert(Seat), rows)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
