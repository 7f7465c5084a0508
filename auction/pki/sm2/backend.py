"""What an SM2 backend is. Which one is used: choice.py."""

from typing import Final, Protocol

USER_ID: Final = b"1234567812345678"
"""The signer's identifier under every signature with a certificate's key (GM/T 0009-2012)."""


class Backend(Protocol):
    """Verifies SM2 with SM3 under USER_ID."""

    @property
    def name(self) -> str:
        """For reports and messages."""
        ...

    def verify(self, point: bytes, r: int, s: int, message: bytes) -> bool:
        """True for a good signature by the key `point` (04 || x || y).

        Numbers out of range and points off the curve are False, not an exception.
        """
        ...


class Unavailable(Exception):
    """A backend cannot work here (library missing, or built without SM2): try the next one."""
