"""SM2 signatures with SM3 (GB/T 32918, GB/T 32905): keys, and who verifies for us."""

from auction.pki.sm2.backend import USER_ID, Backend
from auction.pki.sm2.choice import LyingBackend, NoBackend, UnusableSm2, backend, require
from auction.pki.sm2.key import Sm2PrivateKey, Sm2PublicKey

__all__ = [
    "USER_ID",
    "Backend",
    "LyingBackend",
    "NoBackend",
    "Sm2PrivateKey",
    "Sm2PublicKey",
    "UnusableSm2",
    "backend",
    "require",
]
