"""Attack 10: the client names, or plays with, the algorithm. The key alone decides."""

import base64
import hmac
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key
from hall_people import Seated, head_of, signed_bid

from auction.pki.softkey import SoftKey
from auction.pki.statement import PURPOSES, pae

Refused = Callable[[dict[str, Any]], str]


def shown(payload: dict[str, str], signature: bytes, **more: str) -> dict[str, str]:
    return {**payload, "signature": base64.b64encode(signature).decode(), **more}


def signed_bytes(payload: dict[str, str]) -> bytes:
    return pae(PURPOSES["bid"][0], payload["body"].encode())


def test_none_is_no_algorithm(bidder: Seated, refused: Refused) -> None:
    payload = signed_bid(bidder, 1549)
    assert refused(shown(payload, b"", alg="none")) == "STATEMENT_TRANSPORT"
    assert refused(shown(payload, b"\x00", alg="none")) == "STATEMENT_BAD_SIGNATURE"
    payload.pop("signature")
    assert refused({**payload, "alg": "none"}) == "STATEMENT_TRANSPORT"


def test_a_public_key_is_no_shared_secret(bidder: Seated, refused: Refused) -> None:
    payload = signed_bid(bidder, 1549)
    for secret in (bidder.client.key.spki, bidder.client.key.certificate):
        code = hmac.digest(secret, signed_bytes(payload), "sha256")
        assert refused(shown(payload, code, alg="HS256")) == "STATEMENT_BAD_SIGNATURE"


def test_another_hash_is_not_the_keys(bidder: Seated, refused: Refused) -> None:
    payload = signed_bid(bidder, 1549)
    private = load_der_private_key(bidder.client.key.private_pkcs8(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    for algorithm in (hashes.SHA1(), hashes.SHA384()):
        signature = private.sign(signed_bytes(payload), ec.ECDSA(algorithm))
        assert refused(shown(payload, signature)) == "STATEMENT_BAD_SIGNATURE", algorithm.name


def test_a_signature_by_an_attackers_key_of_any_kind_is_not_the_bidders(
    bidder: Seated, refused: Refused
) -> None:
    payload = signed_bid(bidder, 1549)
    for kind in ("P-256", "P-384", "RSA-2048", "SM2"):
        attacker = SoftKey.generate(b"attacker", kind)
        signature = attacker.raw_sign(signed_bytes(payload))
        claimed = {"key": base64.b64encode(attacker.spki).decode(), "alg": kind}
        for more in ({}, claimed):
            assert refused(shown(payload, signature, **more)) == "STATEMENT_BAD_SIGNATURE", kind


def test_what_the_client_says_of_the_algorithm_is_not_even_read(bidder: Seated) -> None:
    payload = {**signed_bid(bidder, 1549), "alg": "none", "kty": "RSA", "kid": "../../dev/null"}
    answer = bidder.client.post(f"/my{bidder.path}/bids", json=payload)
    assert (answer.status_code, answer.get_json()["code"]) == (200, "BID_ACCEPTED")
    assert head_of(bidder)["size"] == answer.get_json()["record"]["seq"]
