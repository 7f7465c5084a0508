"""Certificates that end: a lot with two bidders who are signed in, lists by which they are revoked,
and sources on loopback that behave badly."""

import hashlib
import secrets
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bidders import Bidder, offer
from cryptography import x509
from factories import wan
from ruled_sale import Floor
from sqlalchemy import URL, select

from auction.app import create_app
from auction.core import events as e
from auction.ledger import canonical
from auction.services import bidding
from auction.services.house import House
from auction.services.revocation import refreshing
from auction.services.revocation.intake import Taken, take_lists
from auction.services.trust import store
from auction.services.unit import writing
from auction.store import journal
from auction.store.base import db
from auction.store.certificates import TrustAnchor
from auction.store.people import Credential, WebSession
from auction.store.sales import Lot
from auction.trading.time import Clock
from auction.trading.work import Work
from config import Settings

HOURS = timedelta(hours=24)


@contextmanager
def house_on(url: URL, folder: Path, clock: Clock) -> Iterator[House]:
    """A demo house on this database, with the application's context open."""
    address = url.render_as_string(hide_password=False)
    settings = {"AUCTION_DATA_DIR": str(folder), "AUCTION_DATABASE_URL": address}
    app = create_app(Settings.from_environment(settings), clock=clock)
    found: House = app.extensions["auction"]
    found.sequencer.announcing = True
    with app.app_context():
        store.reload_if_changed(found)
        yield found
        db.session.remove()
        db.engine.dispose()
    found.engine.dispose()


def serial_of(bidder: Bidder) -> int:
    return x509.load_der_x509_certificate(bidder.key.certificate).serial_number


def credential_of(house: House, bidder: Bidder) -> Credential:
    db.session.rollback()
    query = select(Credential).where(Credential.fingerprint == bidder.actor.fingerprint)
    return db.session.scalars(query).one()


def sign_in(house: House, bidder: Bidder) -> str:
    """A session of this bidder's certificate; its key."""
    key = hashlib.sha256(secrets.token_bytes(8)).hexdigest()
    now = house.now()
    credential_id = credential_of(house, bidder).id
    with writing() as session:
        session.add(
            WebSession(
                token_hash=key,
                credential_id=credential_id,
                created_at=now,
                seen_at=now,
                expires_at=now + timedelta(days=30),
            )
        )
    return key


def session_end(key: str) -> str | None:
    db.session.rollback()
    return db.session.get_one(WebSession, key).end_reason


def crl(
    house: House, revoked: Iterable[int], number: int, at: datetime | None = None, **more: Any
) -> bytes:
    """A list of the demo's issuing CA, made now, that revokes these serial numbers at `at`."""
    assert house.demo_ca is not None
    now = house.now()
    instants = dict.fromkeys(revoked, at or now - timedelta(minutes=4))
    return house.demo_ca.crl(instants, number=number, now=now, next_update=now + HOURS, **more)


def take(house: House, der: bytes) -> Taken:
    """Take a list in, as an upload does, and let it have its effect."""
    (taken,) = take_lists(house, der, store.entries(house))
    refreshing.take_effect(house)
    return taken


def bid_of(floor: Floor, bidder: Bidder, amount_wan: int, session: str) -> tuple[Any, Work]:
    """A bid that has arrived and been checked, and is not handed in yet: ticket and work."""
    house, lot = floor.house, floor.lot
    known = bidding.bidder_at(house, lot, bidder.actor, session)
    fields = floor.base(bidder) | offer(house, lot, wan(amount_wan))
    signed = bidder.signed(lot, "bid", fields)
    ticket = bidding.arrive(house, lot)
    return ticket, bidding.check(house, known, signed.to_transport(), ticket)


def records_of(house: House, lot_id: int) -> list[e.Recorded]:
    """A lot's log as the database has it."""
    log_id = db.session.get_one(Lot, lot_id).log_id
    with house.engine.connect() as conn:
        leaves = journal.read(conn, log_id)
    return [e.Recorded.from_data(canonical.decode(leaf.data)) for leaf in leaves]


def ends_of(house: House, lot_id: int) -> list[e.CertificateEnded]:
    found = [record.event for record in records_of(house, lot_id)]
    return [event for event in found if isinstance(event, e.CertificateEnded)]


def records(floor: Floor) -> list[e.Recorded]:
    return records_of(floor.house, floor.lot_id)


def ends(floor: Floor) -> list[e.CertificateEnded]:
    return ends_of(floor.house, floor.lot_id)


@contextmanager
def listener(answer: Callable[[socket.socket], None] | None = None) -> Iterator["Listener"]:
    """A server on loopback that answers every connection so; it counts them."""
    made = Listener(answer)
    made.start()
    try:
        yield made
    finally:
        made.close()


class Listener(threading.Thread):
    """Counts who connects; `requests` holds the first bytes of each."""

    def __init__(self, answer: Callable[[socket.socket], None] | None) -> None:
        super().__init__(daemon=True)
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.connected = 0
        self.requests: list[bytes] = []
        self._held: list[socket.socket] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/list.crl"

    def run(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self.connected += 1
            self._held.append(line)
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        try:
            self.requests.append(line.recv(65536))
            if self._answer is not None:
                self._answer(line)
                line.close()
        except OSError:
            pass  # the other side has had enough

    def close(self) -> None:
        self._socket.close()
        for line in self._held:
            line.close()


def http(body: bytes, status: str = "200 OK", *headers: str) -> Callable[[socket.socket], None]:
    """A plain answer with this body."""
    length = () if any(h.startswith("Content-Length") for h in headers) else (len(body),)
    lines = [f"HTTP/1.1 {status}", *(f"Content-Length: {n}" for n in length), *headers, "", ""]
    whole = "\r\n".join(lines).encode() + body
    return lambda line: line.sendall(whole)


def configure(house: House, crl: Iterable[str] = (), ocsp: str | None = None, **policy: Any) -> str:
    """Put the demo's root into the table of anchors with these sources; its fingerprint."""
    assert house.demo_ca is not None
    root = house.demo_ca.anchor
    fingerprint = hashlib.sha256(root).hexdigest()
    with writing() as session:
        session.merge(
            TrustAnchor(
                fingerprint=fingerprint,
                kind="anchor",
                label="root",
                certificate=root,
                policy=policy,
                sources={"crl": list(crl), "ocsp": ocsp},
                added_at=house.now(),
            )
        )
    store.reload_if_changed(house)
    return fingerprint
