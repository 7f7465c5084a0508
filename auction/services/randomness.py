"""Where random numbers come from: the operating system, or a seed for a repeatable rehearsal."""

import random
import secrets
from typing import Protocol

_PLATE_DIGITS = "23456789"
"""Plates avoid 0 and 1, which are misheard and misread most."""


class Randomness(Protocol):
    """A source of unpredictable bytes."""

    def token(self, count: int) -> bytes:
        """`count` random bytes."""
        ...


class SystemRandomness:
    """The operating system's generator."""

    def token(self, count: int) -> bytes:
        """`count` random bytes."""
        return secrets.token_bytes(count)


class SeededRandomness:
    """The same bytes for the same seed: a rehearsal can be run again and compared."""

    def __init__(self, seed: int) -> None:
        self._generator = random.Random(seed)  # noqa: S311 - a rehearsal must be repeatable

    def token(self, count: int) -> bytes:
        """`count` bytes that follow from the seed and the calls before."""
        return self._generator.randbytes(count)


def identifier(source: Randomness) -> str:
    """A random row id: 16 hex digits, telling nothing about order or number."""
    return source.token(8).hex()


def plate(source: Randomness, practice: bool) -> str:
    """A random number plate of four digits; 演-#### in a rehearsal (pages 3.4)."""
    digits = "".join(_PLATE_DIGITS[byte % 8] for byte in source.token(4))
    return f"演-{digits}" if practice else digits
