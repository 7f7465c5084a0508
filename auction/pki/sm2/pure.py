"""SM2 signatures in Python alone, as GB/T 32918.2-2016 writes them down.

Verifying works everywhere and is the second opinion on the native backends. Signing is for keys
that a program holds in its own memory (tests, rehearsals, the demo authority): it does not run in
constant time, so it must never be used with the key of a person.
"""

import hashlib
import hmac
from collections.abc import Iterator

from auction.pki.sm2 import curve
from auction.pki.sm2.backend import USER_ID
from auction.pki.sm2.curve import N, Point
from auction.pki.sm2.sm3 import sm3


class Pure:
    """The backend that is always there."""

    name = "pure"

    def verify(self, point: bytes, r: int, s: int, message: bytes) -> bool:
        """GB/T 32918.2-2016, 7.1, steps B1 to B7."""
        try:
            key = curve.decode_point(point)
        except ValueError:
            return False
        if not (1 <= r < N and 1 <= s < N):
            return False
        e = _hashed(key, message, USER_ID)
        t = (r + s) % N
        if t == 0:
            return False
        found = curve.multiply_sum(s, t, key)
        return found is not None and (e + found[0]) % N == r


def sign(private: int, message: bytes, user_id: bytes = USER_ID) -> tuple[int, int]:
    """(r, s) by GB/T 32918.2-2016, 6.1. The same key and message give the same signature."""
    public = curve.multiply(private, curve.G)
    if public is None:
        raise ValueError("not a private key")
    e = _hashed(public, message, user_id)
    for k in _nonces(private, e):
        found = curve.multiply(k, curve.G)
        if found is None:
            continue
        r = (e + found[0]) % N
        if r in (0, N - k):
            continue
        s = pow(1 + private, -1, N) * (k - r * private) % N
        if s != 0:
            return r, s
    raise AssertionError("the nonces do not end")


def _hashed(public: Point, message: bytes, user_id: bytes) -> int:
    """e = SM3(Z || M), where Z binds the signer's identifier, the curve and the key."""
    parts = (curve.A, curve.B, *curve.G, *public)
    z = sm3(
        (8 * len(user_id)).to_bytes(2, "big")
        + user_id
        + b"".join(part.to_bytes(curve.SIZE, "big") for part in parts)
    )
    return int.from_bytes(sm3(z + message), "big")


def _nonces(private: int, e: int) -> Iterator[int]:
    """RFC 6979's way to a nonce: no randomness, or a seeded rehearsal would differ."""
    seed = private.to_bytes(32, "big") + (e % N).to_bytes(32, "big")
    key, value = bytes(32), b"\x01" * 32
    for mark in (b"\x00", b"\x01"):
        key = hmac.digest(key, value + mark + seed, hashlib.sha256)
        value = hmac.digest(key, value, hashlib.sha256)
    while True:
        value = hmac.digest(key, value, hashlib.sha256)
        nonce = int.from_bytes(value, "big")
        if 1 <= nonce < N:
            yield nonce
        key = hmac.digest(key, value + b"\x00", hashlib.sha256)
        value = hmac.digest(key, value, hashlib.sha256)
