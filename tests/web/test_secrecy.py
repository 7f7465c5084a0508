"""Before the end nobody but the bidder himself learns who takes part, through any door."""

import re
from collections.abc import Callable

import pytest
from bidders import Bidder, offer
from enrolling import COMPANY, Holder, decide, security_officer
from flask import Flask

from auction.services import bidding, demo_people, deposits, lots
from auction.services.enrolment import desk
from auction.services.enrolment.desk import Ground
from auction.services.house import House
from auction.services.seats import seat_of
from auction.store import journal
from auction.store.base import db
from auction.store.models import Base
from auction.store.sales import Lot
from auction.trading.time import DrivenClock

QUOTERS = ("bidder-a", "bidder-b")
SILENT = "bidder-c"
SECRETS = tuple(
    secret
    for person_id in (*QUOTERS, SILENT)
    for secret in (
        demo_people.person(person_id).name,
        demo_people.person(person_id).id_code,
        demo_people.person(person_id).account_number,
    )
)
STAFF = ("drafter", "approver", "finance", "auditor", "security")
ADDRESS = re.compile(r'href="(/[^"#?]*)')


@pytest.fixture
def lot_under_way(
    app: Flask, house: House, clock: DrivenClock, published_lot, client_as
) -> tuple[int, str]:
    """Three qualified bidders of a real lot, two of whom have quoted; the listing is on."""
    with app.app_context():
        lot = db.session.get_one(Lot, published_lot.id)
        bidders = [Bidder.enrolled(house, person_id) for person_id in (*QUOTERS, SILENT)]
        for bidder in bidders:
            deposits.pay_demo(house, lot, bidder.apply(lot))
        clock.move_to(published_lot.profile.listing_from)
        for place, bidder in enumerate(bidders[:2]):
            lots.forget_reads()
            _quote(house, db.session.get_one(Lot, lot.id), bidder, 1549 + 100 * place)
    return published_lot.id, published_lot.path


def _quote(house: House, lot: Lot, bidder: Bidder, wan: int) -> None:
    seat = seat_of(house, lot, bidder.party_id)
    assert seat is not None
    where = {"aud": house.site.origin, "lot": lot.slug, "plate": seat.plate, "rules": lot.rules}
    signed = bidder.signed(lot, "bid", where | offer(house, lot, wan * 1_000_000))
    ticket = bidding.arrive(house, lot)
    placed = bidding.place(house, lot, bidder.actor, signed.to_transport(), ticket)
    assert placed.answer.state.price_fen == wan * 1_000_000


def assert_secret(text: str, where: str) -> None:
    for secret in SECRETS:
        assert secret not in text, f"{secret} at {where}"


@pytest.mark.parametrize("person_id", STAFF)
def test_no_page_that_staff_can_reach_names_a_bidder(
    person_id: str, client_as: Callable, lot_under_way: tuple[int, str]
) -> None:
    """Every address that can be reached by links from this person's desk, without a limit."""
    client = client_as(person_id)
    waiting = ["/sign-in/arrived", "/", lot_under_way[1], "/office/", "/finance/", "/audit/"]
    seen: set[str] = set()
    while waiting:
        address = waiting.pop()
        if address in seen or address.startswith(("/static/", "/language", "/large", "/demo")):
            continue
        if address in ("/sign-in", "/check"):
            continue  # the demonstration offers its made-up people there
        seen.add(address)
        answer = client.get(address, follow_redirects=True)
        page = answer.get_data(as_text=True)
        assert_secret(page, address)
        waiting += ADDRESS.findall(page)
    assert len(seen) > 15


def test_no_log_no_column_and_no_file_of_the_database_names_a_bidder_of_the_lot(
    app: Flask, house: House, lot_under_way: tuple[int, str]
) -> None:
    with app.app_context():
        lot = db.session.get_one(Lot, lot_under_way[0])
        conn = db.session.connection()
        for log_id in (lot.log_id, lot.sealed_log_id):
            for leaf in journal.read(conn, log_id):
                assert_secret(leaf.data.decode(), f"log {log_id}, record {leaf.seq}")
        for table in Base.metadata.sorted_tables:
            if table.name == "credential":
                continue  # enrolled certificates carry their holders' names, but no lot
            for row in conn.execute(table.select()):
                assert_secret(repr(tuple(row)), table.name)


def test_the_silent_bidder_leaves_no_trace_in_the_public_log(
    app: Flask, house: House, lot_under_way: tuple[int, str]
) -> None:
    with app.app_context():
        lot = db.session.get_one(Lot, lot_under_way[0])
        types = [leaf.type for leaf in journal.read(db.session.connection(), lot.log_id)]
    assert types == ["lot_opened", "admitted", "bid_accepted", "admitted", "bid_accepted"]


def test_who_asks_to_be_enrolled_stands_nowhere_readable(app: Flask, house: House) -> None:
    with app.app_context():
        holder = Holder(house)
        row = holder.ask()
        officer = security_officer(house.now())
        desk.dossier(house, officer, row.id)
        decide(house, officer, row.id, ground=Ground.CONTACT)
        holder.ask()
        serial = holder.certificate.serial
        secrets = [value.encode() for value in (*COMPANY.as_json().values(), serial)]
        conn = db.session.connection()
        for table in Base.metadata.sorted_tables:
            for value in (value for row in conn.execute(table.select()) for value in row):
                data = value if isinstance(value, bytes) else repr(value).encode()
                assert not any(secret in data for secret in secrets), table.name
