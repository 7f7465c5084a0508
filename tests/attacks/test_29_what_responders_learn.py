"""Attack 29: the responder, or whoever reads the line to it or the kept answers, tells from whom it
is asked about who takes part in a sale, and how many do."""

import re
from datetime import timedelta
from typing import Any

import pytest
from bidders import Bidder
from cryptography.x509 import ocsp
from factories import PUBLISHED
from flask import Flask
from revoking import configure, credential_of, http, listener, serial_of, sign_in
from ruled_sale import Floor
from sqlalchemy import select

from auction.services.house import House
from auction.services.revocation import refreshing
from auction.store.base import db
from auction.store.certificates import RevocationRecord
from auction.store.people import Credential
from auction.trading.time import DrivenClock

LIFE = timedelta(hours=2)


class Responder:
    """Says that every certificate is good, and notes which ones it was asked about."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.asked: list[int] = []
        self.line: Any = None

    def __call__(self, line: Any) -> None:
        body = self.line.requests[-1].partition(b"\r\n\r\n")[2] or line.recv(65536)
        serial = ocsp.load_der_ocsp_request(body).serial_number
        self.asked.append(serial)
        assert self.house.demo_ca is not None
        now = self.house.now()
        http(self.house.demo_ca.ocsp(serial, "good", now=now, next_update=now + LIFE))(line)


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(PUBLISHED)


def test_it_is_asked_about_all_who_are_enrolled_in_turn_whatever_they_do(
    app: Flask, house: House, clock: DrivenClock, monkeypatch: pytest.MonkeyPatch, client_as: Any
) -> None:
    client_as("auditor")
    with app.app_context():
        floor = Floor(house, clock)  # a and b are qualified
        a, b = floor.bidders
        sign_in(house, a)
        retired, idle = (Bidder.enrolled(house, "bidder-c") for _ in range(2))
        credential_of(house, retired).retired_at = house.now()
        db.session.commit()
        responder = Responder(house)
        with listener(responder) as responder.line:
            url = responder.line.url
            configure(house, ["http://127.0.0.1:9/unused"], url)
            wanted = {serial_of(one) for one in (a, b, idle)}
            wanted |= officers()
            monkeypatch.setattr(refreshing, "ANSWERS", len(wanted) - 1)
            refreshing.refresh(house, everything=True)
            assert len(responder.asked) == len(wanted) - 1
            clock.advance(minutes=5)
            refreshing.refresh(house, everything=True)
            assert sorted(responder.asked) == sorted(wanted), "each once: answers are young"
            clock.advance(minutes=56)
            refreshing.refresh(house, everything=True)
            again = responder.asked[len(wanted) :]
            assert sorted(again) == sorted(responder.asked[: len(wanted) - 1]), "the oldest first"
        kept = db.session.scalars(select(RevocationRecord.serial).where(RevocationRecord.in_force))
        assert {int(serial or "", 16) for serial in kept} == wanted
    page = client_as("security").get("/admin/revocation").get_data(as_text=True)
    assert url in page
    (note,) = re.findall(r'<p class="note">([^<]*)</p>\s*<div class="notice', page)
    assert "软失败" in note
    assert not re.search(r"\d", note), "no count of answers: it would be one of people"


def officers() -> set[int]:
    """Serial numbers of the certificates of the officers."""
    query = select(Credential.serial).where(Credential.officer_id.is_not(None))
    found = {int(serial, 16) for serial in db.session.scalars(query)}
    assert found
    return found
