"""Which SM2 backend this process uses: chosen once, and only after it has proved itself."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from auction.pki.sm2.backend import Backend, Unavailable
from auction.pki.sm2.gmssl import Gmssl
from auction.pki.sm2.known_answers import wrong_answers
from auction.pki.sm2.libcrypto import Libcrypto
from auction.pki.sm2.pure import Pure

Opener = Callable[[], Backend]
OPENERS: Final[Sequence[Opener]] = (Libcrypto, Gmssl, Pure)
"""The fastest first."""


class UnusableSm2(Exception):
    """SM2 cannot be relied on here: the process must not start."""


class NoBackend(UnusableSm2):
    """No backend works on this system."""


class LyingBackend(UnusableSm2):
    """A backend got a known answer wrong. Passing it over in silence would hide a broken system."""


def choose(openers: Sequence[Opener]) -> Backend:
    """The first backend that works here. Raises LyingBackend or NoBackend."""
    reasons = []
    for opener in openers:
        try:
            found = opener()
        except Unavailable as reason:
            reasons.append(str(reason))
            continue
        if wrong := wrong_answers(found):
            raise LyingBackend(f"SM2 backend {found.name} answers wrongly: {'; '.join(wrong)}")
        return found
    raise NoBackend(f"no SM2 backend: {'; '.join(reasons)}")


@cache
def backend() -> Backend:
    """The backend of this process. Raises UnusableSm2 as `choose` does."""
    return choose(OPENERS)


def require() -> None:
    """Make the choice now: called before a process serves. Raises UnusableSm2."""
    backend()
