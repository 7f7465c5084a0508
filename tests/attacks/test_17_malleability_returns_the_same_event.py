"""Attack 17: a second good signature of the same statement, which anyone can make, is no second
bid: (r, n - s) verifies with ECDSA where (r, s) does, and one signature has several forms."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from flask import Flask
from hall_people import Seated, head_of, signed_bid

from auction.services import evidence
from auction.services.house import House

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def twins(payload: dict[str, str]) -> list[dict[str, str]]:
    """The same bid: (r, n - s) as DER, and both signatures as r||s."""
    r, s = decode_dss_signature(base64.b64decode(payload["signature"]))
    other = P256_ORDER - s
    forms = [
        encode_dss_signature(r, other),
        *(r.to_bytes(32, "big") + half.to_bytes(32, "big") for half in (s, other)),
    ]
    found = [{**payload, "signature": base64.b64encode(form).decode()} for form in forms]
    assert payload not in found
    return found


def post(who: Seated, payload: dict[str, str]) -> Any:
    return who.client.post(f"/my{who.path}/bids", json=payload)


def test_a_malleated_copy_of_an_accepted_bid_is_the_same_event(
    app: Flask, house: House, bidder: Seated
) -> None:
    payload = signed_bid(bidder, 1549)
    first = post(bidder, payload)
    assert first.status_code == 200
    told = first.get_json()
    head = head_of(bidder)
    for twin in twins(payload):
        again = post(bidder, twin)
        assert again.status_code == 200
        assert again.get_json()["statement"] == told["statement"]
        assert again.get_json()["record"] == told["record"]
    assert head_of(bidder) == head
    with app.app_context():
        kept = evidence.opened(house, told["statement"])
        assert kept is not None
        assert kept["signature"] == payload["signature"]


def test_the_twin_sent_first_is_the_bid_and_the_bidders_own_the_copy(bidder: Seated) -> None:
    payload = signed_bid(bidder, 1549)
    twin = twins(payload)[0]
    first, second = post(bidder, twin), post(bidder, payload)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.get_json()["record"] == second.get_json()["record"]


def test_sent_side_by_side_they_are_one_event(house: House, bidder: Seated) -> None:
    payload = signed_bid(bidder, 1549)
    earlier = house.sequencer.ticket(bidder.lot_id)  # holds the decision up until both are in
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(post, bidder, payload)
        path = f"/my{bidder.path}/bids/{hashlib.sha256(payload['body'].encode()).hexdigest()}"
        while bidder.client.get(path).status_code == 404:  # until the first one waits
            assert not first.done()
        for twin in twins(payload):
            waiting = post(bidder, twin)
            assert (waiting.status_code, waiting.get_json()["code"]) == (202, "QUEUED")
        house.sequencer.withdraw(earlier)
        house.sequencer.settle()
        record = first.result().get_json()["record"]
    assert post(bidder, twins(payload)[0]).get_json()["record"] == record
    assert head_of(bidder)["size"] == record["seq"]  # the bid is the last record, and the only one


def test_a_changed_body_is_another_statement_and_needs_a_signature_of_its_own(
    bidder: Seated,
) -> None:
    payload = signed_bid(bidder, 1549)
    assert post(bidder, payload).status_code == 200
    digit = payload["body"].index('"nonce":"') + len('"nonce":"')
    changed = "0" if payload["body"][digit] != "0" else "1"
    body = payload["body"][:digit] + changed + payload["body"][digit + 1 :]
    head = head_of(bidder)
    for twin in (payload, *twins(payload)):
        answer = post(bidder, {**twin, "body": body})
        assert answer.get_json()["code"] == "STATEMENT_BAD_SIGNATURE"
    assert head_of(bidder) == head
