"""A whole house with a driven clock, and people who enter it through its real doors.

No application context stays open while a client works: Flask would share `g`, and with it the
signed-in person, between the requests of different clients. A test that reads the database
opens its own `with app.app_context():`.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from clients import ORIGIN, Client
from flask import Flask
from recorded import Recorded, award, hold_sale, listed_in

from auction.app import create_app
from auction.core.notice_codec import notice_to_dict
from auction.core.profile import RuleProfile
from auction.core.terms import Unstated, profile_of
from auction.ledger import canonical
from auction.services import lots
from auction.services.house import House
from auction.services.seed import notice_44
from auction.services.unit import writing
from auction.store.base import db
from auction.store.sales import Notice, NoticeStatus, SaleKind
from auction.trading.time import DrivenClock
from config import Settings

NOTICE = notice_44()
START = NOTICE.windows.notice.start
"""2024-10-10 09:00 Beijing time; the clock of the fixtures begins here."""


@dataclass(frozen=True, slots=True)
class PublishedLot:
    """A lot on the market. Tests fetch its row in a context of their own."""

    id: int
    slug: str
    path: str
    """Its address without a page: `/lots/2024JC-4` or `/practice/lots/...`."""
    kind: SaleKind
    profile: RuleProfile


@pytest.fixture
def clock() -> DrivenClock:
    """Stands at the beginning of notice [44] and moves only when told."""
    return DrivenClock(START)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A demo house on a database of its own."""
    return Settings.from_environment(
        {"AUCTION_DATA_DIR": str(tmp_path / "data"), "AUCTION_ORIGIN": ORIGIN}
    )


@pytest.fixture
def app(settings: Settings, clock: DrivenClock) -> Iterator[Flask]:
    """The wired application with empty tables; its sequencer settles when asked."""
    app = create_app(settings, clock=clock)
    app.test_client_class = Client
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    app.extensions["auction"].engine.dispose()


@pytest.fixture
def house(app: Flask) -> House:
    """The wired house of the application."""
    house: House = app.extensions["auction"]
    return house


@pytest.fixture
def visitor(app: Flask) -> Client:
    """A browser in which nobody has signed in."""
    client = app.test_client()
    assert isinstance(client, Client)
    return client


@pytest.fixture
def client_as(app: Flask) -> Callable[..., Client]:
    """`client_as("drafter")`: a browser of its own in which this demo person has signed in.

    `kind` is that of the key, as `key_kind` names it.
    """

    def enter(person_id: str, kind: str = "P-256") -> Client:
        client = app.test_client()
        assert isinstance(client, Client)
        client.enrol(person_id, kind)
        answer = client.sign_in()
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return client

    return enter


@pytest.fixture
def publish_44(app: Flask, house: House) -> Callable[..., PublishedLot]:
    """`publish_44(SaleKind.PRACTICE, "p-1")`: notice [44] on the market at the clock's instant."""

    def publish(
        kind: SaleKind = SaleKind.REAL,
        slug: str = "2024JC-4",
        unstated: Unstated | None = None,
        rules: Mapping[str, Any] | None = None,
        follows: str | None = None,
    ) -> PublishedLot:
        lot = NOTICE.lots[0]
        profile = replace(profile_of(NOTICE, lot, unstated or Unstated()), **(rules or {}))
        plain = notice_to_dict(NOTICE)
        with app.app_context():
            with writing() as session:
                notice = Notice(
                    id=hashlib.sha256(slug.encode()).hexdigest()[:16],
                    slug=f"n-{slug}",
                    number=NOTICE.number,
                    kind=str(kind),
                    status=str(NoticeStatus.APPROVED),
                    facts=plain,
                    profile=profile.to_dict(),
                    acceptances={},
                    content_hash=hashlib.sha256(canonical.encode(plain)).hexdigest(),
                    drafted_by="drafter",
                    approved_by="approver",
                    approved_at=house.now(),
                    publish_at=house.now(),
                    updated_at=house.now(),
                )
                session.add(notice)
                session.flush()
                lot_id = lots.prepare(
                    house, session, notice, lots.NewLot(slug, lot.code, profile, follows)
                )
            lots.open_lot(house, lot_id)
        prefix = "/lots/" if kind is SaleKind.REAL else "/practice/lots/"
        return PublishedLot(lot_id, slug, prefix + slug, kind, profile)

    return publish


@pytest.fixture
def published_lot(publish_44: Callable[..., PublishedLot]) -> PublishedLot:
    """Lot 2024JC-4 of notice [44], a real sale, published at its date."""
    return publish_44()


@pytest.fixture
def sale(app: Flask, clock: DrivenClock) -> Recorded:
    """A sale that has been held and awarded; no signed statements were kept."""
    made = listed_in(app, clock)
    with app.app_context():
        hold_sale(made)
        award(made)
    return made


@pytest.fixture
def auditor(client_as: Callable[..., Client]) -> Client:
    """The auditor, signed in."""
    return client_as("auditor")
