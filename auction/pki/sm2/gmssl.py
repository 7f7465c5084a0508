"""SM2 by GmSSL through gmssl-pyx: an optional package, for systems whose OpenSSL has no SM2."""

from importlib import import_module
from typing import Any

from auction.pki.sm2.backend import Unavailable
from auction.pki.sm2.curve import decode_point
from auction.pki.sm2.encoding import signature_der


class Gmssl:
    """gmssl-pyx 2.1. Raises Unavailable when made where the package is not installed."""

    name = "gmssl"

    def __init__(self) -> None:
        try:
            self._module: Any = import_module("gmssl_pyx")
        except ImportError as error:
            raise Unavailable(f"gmssl-pyx: {error}") from None

    def verify(self, point: bytes, r: int, s: int, message: bytes) -> bool:
        """As Backend.verify; the package's own default identifier is USER_ID."""
        try:
            decode_point(point)
            good = self._module.sm2_verify(point[1:], message, signature_der(r, s))
        except (ValueError, self._module.GmsslInnerError):
            return False
        return good is True
