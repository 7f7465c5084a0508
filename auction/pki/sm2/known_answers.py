"""Signatures with a known verdict: what a backend must say before it is believed.

The good one is the worked example of GB/T 32918.5-2017, annex A.2; the bad ones are made from it.
"""

from typing import Final, NamedTuple

from auction.pki.sm2.backend import Backend
from auction.pki.sm2.curve import G, N, encode_point

_POINT: Final = encode_point(
    (
        0x09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020,
        0xCCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13,
    )
)
_MESSAGE: Final = b"message digest"
_R: Final = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
_S: Final = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA


class KnownAnswer(NamedTuple):
    """One question to Backend.verify and its only right answer."""

    name: str
    point: bytes
    r: int
    s: int
    message: bytes
    good: bool


def _bad(
    name: str,
    *,
    point: bytes = _POINT,
    r: int = _R,
    s: int = _S,
    message: bytes = _MESSAGE,
) -> KnownAnswer:
    return KnownAnswer(name, point, r, s, message, good=False)


KNOWN_ANSWERS: Final = (
    KnownAnswer("the standard's example", _POINT, _R, _S, _MESSAGE, good=True),
    _bad("another message", message=b"message digesT"),
    _bad("no message", message=b""),
    _bad("another key", point=encode_point(G)),
    _bad("a point off the curve", point=_POINT[:-1] + b"\x12"),
    _bad("a coordinate not below p", point=b"\x04" + b"\xff" * 32 + _POINT[33:]),
    _bad("r = 0", r=0),
    _bad("s = 0", s=0),
    _bad("r = n", r=N),
    _bad("s = n", s=N),
    _bad("r + n", r=_R + N),
    _bad("s + n", s=_S + N),
    _bad("n - s", s=N - _S),
    _bad("r + s = n", s=N - _R),
    _bad("r and s exchanged", r=_S, s=_R),
)


def wrong_answers(backend: Backend) -> list[str]:
    """Names of the known answers that this backend gets wrong; empty for a sound one."""
    return [
        case.name
        for case in KNOWN_ANSWERS
        if backend.verify(case.point, case.r, case.s, case.message) is not case.good
    ]
