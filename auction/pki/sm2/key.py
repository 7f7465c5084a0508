"""Keys on the SM2 curve: the public half of certificates, the private half of soft keys."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from auction.pki.sm2 import curve, encoding, pure
from auction.pki.sm2.backend import USER_ID
from auction.pki.sm2.choice import backend


@dataclass(frozen=True, slots=True)
class Sm2PublicKey:
    """A public key; ValueError unless `point` is an uncompressed point of the curve."""

    point: bytes
    """04 || x || y, 65 bytes."""

    def __post_init__(self) -> None:
        curve.decode_point(self.point)

    @classmethod
    def from_spki(cls, der: bytes) -> Self:
        """Read a DER SubjectPublicKeyInfo. ValueError: another curve, a compressed point, ..."""
        return cls(encoding.point_of_spki(der))

    @property
    def spki(self) -> bytes:
        """DER SubjectPublicKeyInfo."""
        return encoding.spki(self.point)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """SM2 with SM3 under the identifier 1234567812345678.

        `signature` is DER, r || s (64 bytes) or a token's zero-padded blob (128 bytes).
        """
        chosen = backend()
        return any(
            chosen.verify(self.point, r, s, message) for r, s in encoding.readings(signature)
        )


@dataclass(frozen=True, slots=True)
class Sm2PrivateKey:
    """A private key in a program's memory; pure.py says what it must not be used for."""

    scalar: int

    def __post_init__(self) -> None:
        # n - 1 has no signature: 1 + d would have no inverse.
        if not 1 <= self.scalar < curve.N - 1:
            raise ValueError("not an SM2 private key")

    def __repr__(self) -> str:
        return "Sm2PrivateKey()"

    @classmethod
    def from_pkcs8(cls, der: bytes) -> Self:
        """Read what `pkcs8` wrote. ValueError: any other form, or the point of another key."""
        key = cls(encoding.scalar_of_pkcs8(der))
        if key.pkcs8() != der:
            raise ValueError("not an SM2 private key in PKCS#8")
        return key

    def public_key(self) -> Sm2PublicKey:
        """The public half."""
        return Sm2PublicKey(_public_point(self.scalar))

    def pkcs8(self) -> bytes:
        """DER PrivateKeyInfo, unencrypted, public key included."""
        return encoding.pkcs8(self.scalar, self.public_key().point)

    def sign(self, message: bytes, user_id: bytes = USER_ID) -> bytes:
        """DER signature, the same for the same message."""
        return encoding.signature_der(*pure.sign(self.scalar, message, user_id))


@lru_cache(maxsize=64)
def _public_point(scalar: int) -> bytes:
    point = curve.multiply(scalar, curve.G)
    assert point is not None  # scalar is in [1, n - 2]
    return curve.encode_point(point)
