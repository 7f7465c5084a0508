"""Attack 5: a certificate is revoked (its key stolen, say) while its holder bids: the next bid is
refused, the socket closed, and nothing of his stands behind the record that says so.

On a running server; the list is taken in by another process, as a command or another worker does.
"""

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from live_house import Client, LiveHouse, person
from revoking import HOURS

from auction.app import create_app
from auction.services.revocation.intake import take_lists
from auction.services.trust import store
from auction.store.base import db
from config import Settings


@pytest.fixture
def house(tmp_path: Path) -> Iterator[LiveHouse]:
    made = LiveHouse(tmp_path, listing_seconds=240, countdown_seconds=120)
    made.open_lot(["bidder-a", "bidder-b"])
    made.start()
    yield made
    for client in made.clients:
        client.close()
    made.stop()


def revoke(house: LiveHouse, certificate: bytes) -> None:
    """The authority's list reaches the centre's database."""
    app = create_app(Settings.from_environment(house.environment))
    with app.app_context():
        found = app.extensions["auction"]
        now = found.now()
        serial = x509.load_der_x509_certificate(certificate).serial_number
        revoked = {serial: now - timedelta(minutes=4)}
        listed = found.demo_ca.crl(revoked, number=1, now=now, next_update=now + HOURS)
        take_lists(found, listed, store.entries(found))
        db.session.remove()
        db.engine.dispose()
    found.engine.dispose()


def test_the_next_bid_is_refused_the_socket_closed_and_the_log_says_so(house: LiveHouse) -> None:
    a, b = (Client(house, person(house, f"bidder-{x}")).connect() for x in "ab")
    for amount, client in ((1549, a), (1649, b)):
        client.join()
        assert client.bid(amount)["ok"]
    assert b.person is not None
    b.person.http.post(
        f"{house.origin}/demo/skip",
        data={"lot": house.slug, "csrf_token": b.person._csrf},
        timeout=10,
    )
    a.wait(lambda: a.news[-1]["state"]["phase"] == "live", 20)
    assert a.bid(1749)["ok"]
    ready = a.statement(1849)

    gone = threading.Event()
    a.socket.on("disconnect", lambda *_: gone.set())
    assert a.person is not None
    began = time.monotonic()
    revoke(house, a.person.key.certificate)
    a.wait(lambda: a.ended, 15)
    assert a.ended == [{"code": "CERT_REVOKED"}]
    assert time.monotonic() - began < 10
    assert gone.wait(5)

    size = house.state()["seq"]
    answer = a.person.http.post(
        f"{house.origin}/my{house.path}/bids",
        json=ready,
        headers={"X-CSRFToken": a.person._csrf, "Accept": "application/json"},
        timeout=10,
    )
    assert answer.status_code == 401
    assert house.state()["seq"] == size
    assert b.socket.connected
    assert b.bid(1849)["ok"], "the others go on"

    told = json.loads(house.flask("replay", house.slug, "--json"))
    assert told["agrees"]
    kinds = [(step["type"], step["plate"]) for step in told["steps"]]
    at = kinds.index(("certificate_ended", house.plates["bidder-a"]))
    assert ("bid_accepted", house.plates["bidder-a"]) in kinds[:at]
    assert house.plates["bidder-a"] not in [plate for _, plate in kinds[at + 1 :]]
    public = house.state()["records"][at]
    assert set(public) == {"seq", "kind", "hash"}, "before the end nobody else learns of it"
