"""Attack 3: a signature given for one purpose is shown as given for another."""

import base64
from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from hall_people import Seated, signed_bid

from auction.pki.keys import signature_is_good
from auction.pki.softkey import SoftKey
from auction.pki.statement import PURPOSES, pae

Refused = Callable[[dict[str, Any]], str]


def test_a_bids_body_under_another_purpose_is_no_bid(bidder: Seated, refused: Refused) -> None:
    payload = signed_bid(bidder, 1549)
    for purpose in PURPOSES.keys() - {"bid"}:
        signature = bidder.client.key.sign_body(purpose, payload["body"].encode())
        payload["signature"] = base64.b64encode(signature).decode()
        assert refused(payload) == "STATEMENT_BAD_SIGNATURE", purpose


def test_a_login_that_the_bidder_signed_is_no_bid(bidder: Seated, refused: Refused) -> None:
    challenge = bidder.client.post("/sign-in/challenge", json={}).get_json()
    login = bidder.client.sign("login", {"aud": challenge["aud"], "nonce": challenge["nonce"]})
    assert refused(login) == "STATEMENT_WRONG_FIELDS"


def test_a_bid_that_the_bidder_signed_is_no_login(bidder: Seated) -> None:
    challenge = bidder.client.post("/sign-in/challenge", json={}).get_json()
    payload = signed_bid(bidder, 1549)
    as_login = {**payload, "nonce": challenge["nonce"]}
    answer = bidder.client.post("/sign-in", json=as_login)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "STATEMENT_WRONG_FIELDS")
    # The same bid is good for what it was signed for.
    assert bidder.client.post(f"/my{bidder.path}/bids", json=payload).status_code == 200


@pytest.mark.parametrize("kind", ["P-256", "P-384", "RSA-2048", "SM2"])
def test_no_purpose_stands_for_another_with_any_kind_of_key(kind: str) -> None:
    key = SoftKey.generate(b"purposes", kind)
    signature = key.sign_body("bid", b"{}")
    for purpose, (payload_type, _) in PURPOSES.items():
        message = pae(payload_type, b"{}")
        assert signature_is_good(key.public_key, signature, message) is (purpose == "bid")


def test_no_two_purposes_sign_the_same_bytes_whatever_the_bodies() -> None:
    """The type's length stands before it: no body can make up for another type."""
    heads = [pae(payload_type, b"") for payload_type, _ in PURPOSES.values()]
    for one, other in permutations((head.removesuffix(b" 0 ") for head in heads), 2):
        assert not one.startswith(other)
