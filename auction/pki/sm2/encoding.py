"""The forms in which SM2 keys and signatures arrive and leave."""

from collections.abc import Iterator
from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

# SubjectPublicKeyInfo up to the point: id-ecPublicKey with the named curve 1.2.156.10197.1.301.
# Curve and point have one form each, so a prefix is the whole of the parser.
_SPKI_PREFIX: Final = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
# PKCS#8 (RFC 5208) with an ECPrivateKey (RFC 5915) inside: before the scalar, before the point.
_PKCS8_PREFIX: Final = bytes.fromhex(
    "308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420"
)
_PKCS8_MIDDLE: Final = bytes.fromhex("a144034200")
_SCALAR: Final = 32

_RAW: Final = 64
_BLOB: Final = 128
_HALF: Final = 64
"""ECCSIGNATUREBLOB of GM/T 0016-2012: r[64] || s[64], numbers at the right, zeros before them."""
_PADDING: Final = bytes(_HALF - 32)


def spki(point: bytes) -> bytes:
    """DER SubjectPublicKeyInfo of an uncompressed point."""
    return _SPKI_PREFIX + point


def point_of_spki(der: bytes) -> bytes:
    """The point's bytes, unchecked. ValueError: another algorithm, curve or form of key."""
    if not der.startswith(_SPKI_PREFIX):
        raise ValueError("not an SM2 key with an uncompressed point")
    return der[len(_SPKI_PREFIX) :]


def pkcs8(scalar: int, point: bytes) -> bytes:
    """DER PrivateKeyInfo, unencrypted, public key included."""
    return _PKCS8_PREFIX + scalar.to_bytes(_SCALAR, "big") + _PKCS8_MIDDLE + point


def scalar_of_pkcs8(der: bytes) -> int:
    """The private scalar, where `pkcs8` puts it: the caller compares the whole."""
    return int.from_bytes(der[len(_PKCS8_PREFIX) :][:_SCALAR], "big")


def signature_der(r: int, s: int) -> bytes:
    """SEQUENCE of two integers (GM/T 0009-2012)."""
    return encode_dss_signature(r, s)


def readings(signature: bytes) -> Iterator[tuple[int, int]]:
    """The (r, s) that these bytes may stand for: none, one, or two where forms overlap.

    Strict DER, r || s (64 bytes), or a token's zero-padded blob (128 bytes). Whether the numbers
    are in range is part of verifying.
    """
    if len(signature) == _BLOB:
        halves = signature[:_HALF], signature[_HALF:]
        if all(half.startswith(_PADDING) for half in halves):
            yield int.from_bytes(halves[0], "big"), int.from_bytes(halves[1], "big")
        return
    if len(signature) == _RAW:
        yield int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        yield decode_dss_signature(signature)
    except ValueError:
        return
