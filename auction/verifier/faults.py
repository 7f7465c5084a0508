"""What the verifier says about what it found."""

from dataclasses import dataclass


class Unusable(Exception):
    """The input cannot be checked at all; the text is for people."""


class Malformed(ValueError):
    """A part of the input has not the form that SPEC.md gives it; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: the number of the check, a code, a record (or None), a detail."""

    check: int
    code: str
    seq: int | None = None
    detail: str = ""
