"""Bidders with every accepted kind of key sign in and bid: SM2 is what most of them hold."""

import base64
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_private_key
from factories import beijing
from flask import Flask
from hall_people import Seated, head_of, signed_bid, take_seat

from auction.pki.softkey import SoftKey
from auction.pki.statement import PURPOSES, pae
from auction.trading.time import DrivenClock


def test_bidders_with_every_kind_of_key_sign_in_and_bid(
    app: Flask, clock: DrivenClock, client_as: Callable[..., Any], published_lot: Any
) -> None:
    clock.move_to(beijing(10, 30, 9, 0))
    seats = {
        kind: take_seat(app, published_lot, client_as(person, kind), person)
        for person, kind in (("bidder-a", "SM2"), ("bidder-b", "RSA-2048"), ("bidder-c", "P-384"))
    }
    amount = 1549
    for kind, who in seats.items():
        for form in as_sent(kind, who, amount):
            told = who.client.post(f"/my{who.path}/bids", json=form).get_json()
            assert (told["ok"], told["code"]) == (True, "BID_ACCEPTED"), kind
            assert told["state"]["leader"] == who.plate
            assert told["head"]["size"] == told["record"]["seq"] == head_of(who)["size"]
        wrong = signed_bid(who, amount + 100)
        wrong["signature"] = as_sent(kind, who, amount + 100)[0]["signature"]
        told = who.client.post(f"/my{who.path}/bids", json=wrong).get_json()
        assert told["code"] == "STATEMENT_BAD_SIGNATURE", kind
        amount += 100


def as_sent(kind: str, who: Seated, amount: int) -> list[dict[str, str]]:
    """One bid in the forms in which tokens and browsers send a signature of this kind."""
    bid = signed_bid(who, amount)
    signature = base64.b64decode(bid["signature"])
    match kind:
        case "SM2":
            halves = [number.to_bytes(32, "big") for number in decode_dss_signature(signature)]
            forms = [signature, b"".join(halves), b"".join(bytes(32) + half for half in halves)]
        case "P-384":
            halves = [number.to_bytes(48, "big") for number in decode_dss_signature(signature)]
            forms = [signature, b"".join(halves)]
        case _:
            forms = [signature, _pss(who.client.key, pae(PURPOSES["bid"][0], bid["body"].encode()))]
    return [{**bid, "signature": base64.b64encode(form).decode()} for form in forms]


def _pss(key: SoftKey, message: bytes) -> bytes:
    """As WebCrypto's RSA-PSS does it."""
    private = load_der_private_key(key.private_pkcs8(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
    return private.sign(message, scheme, hashes.SHA256())
