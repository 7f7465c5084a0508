"""Attack 6: a certificate expires while its holder is signed in."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cryptography import x509
from flask import Flask
from hall_people import Seated, head_of, signed_bid
from revoking import ends_of
from sqlalchemy import delete, select

from auction.core.parameters import CertificateGround
from auction.services.house import House
from auction.services.revocation import refreshing
from auction.store.base import db
from auction.store.people import Credential
from auction.store.seats import Seat
from auction.trading.time import DrivenClock

US = timedelta(microseconds=1)


def test_at_the_instant_of_expiry_nothing_is_signed_any_more(
    app: Flask,
    house: House,
    clock: DrivenClock,
    bidder: Seated,
    published_lot: Any,
    client_as: Callable[[str], Any],
) -> None:
    def bid(amount_wan: int) -> Any:
        return bidder.client.post(f"/my{bidder.path}/bids", json=signed_bid(bidder, amount_wan))

    ends_at = clock.now() + timedelta(minutes=20)
    with app.app_context():
        # The certificate of this sale, as if it had been issued to end in its midst.
        certificate = x509.load_der_x509_certificate(bidder.client.key.certificate)
        row = db.session.scalars(
            select(Credential).where(Credential.serial == f"{certificate.serial_number:x}")
        ).one()
        row.not_after = ends_at
        db.session.commit()
    assert bid(1549).status_code == 200
    clock.move_to(ends_at - US)
    # The leader may not raise himself, but he is heard.
    assert bid(1649).get_json()["code"] == "BID_ALREADY_LEADING"

    clock.move_to(ends_at)
    size = head_of(bidder)["size"]
    refused = bid(1749)
    assert refused.status_code == 401
    assert head_of(bidder)["size"] == size

    with app.app_context():
        refreshing.watch(house)
        (told,) = ends_of(house, bidder.lot_id)
        assert (told.plate, told.ground) == (bidder.plate, CertificateGround.EXPIRED)
        assert (told.instant, told.evidence) == (ends_at, None)
    assert bid(1749).status_code == 401
    assert head_of(bidder)["size"] == size + 1
    clock.move_to(published_lot.profile.listing_until)
    house.sequencer.settle()
    with app.app_context():  # a seat without an application, which the page would want to open
        db.session.execute(delete(Seat))
        db.session.commit()
    address = f"/audit{bidder.path}/identities"
    asked = {"ground": "complaint", "reason": "文号 7"}
    opened = client_as("auditor").post(address, data=asked).get_data(as_text=True)
    assert hashlib.sha256(bidder.client.key.certificate).hexdigest() in opened
    assert "此后以该证书签名的记录</dt><dd>没有" in opened
    assert "/sign-in" in bidder.client.get("/my/").headers["Location"]
