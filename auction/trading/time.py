"""The reference clock: the one door through which the time of day enters.

Nothing below the edge asks for the time; it is passed in. A rehearsal drives the clock by hand.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

_ZERO = timedelta(0)


class Clock(Protocol):
    """A source of aware UTC instants that never go back."""

    def now(self) -> datetime:
        """The present instant."""
        ...

    def offset(self) -> timedelta:
        """How far this clock is off its reference; beyond the profile's limit no bids are taken."""
        ...


class Reference(Protocol):
    """Where the time of day comes from."""

    def read(self) -> tuple[datetime, datetime]:
        """Between which two instants the time of day lies at the return of this call."""
        ...


class SystemReference:
    """The operating system's time of day: exact for the one machine it is on."""

    def read(self) -> tuple[datetime, datetime]:
        """The system's time of day, twice."""
        now = datetime.now(UTC)
        return now, now


class ReferenceClock:
    """A reference's time of day, carried on by the monotonic clock.

    The anchor is taken once: a step of the reference while the server runs neither shortens nor
    lengthens a countdown. `offset` says how far the two have drifted apart. `monotonic` counts
    nanoseconds.
    """

    def __init__(
        self,
        reference: Reference | None = None,
        monotonic: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._reference = reference or SystemReference()
        self._monotonic = monotonic
        earliest, latest = self._reference.read()
        self._started = monotonic()
        self._anchor = earliest + (latest - earliest) / 2
        self._offset = _ZERO

    def now(self) -> datetime:
        """The anchor plus the monotonic time that has passed since."""
        passed = (self._monotonic() - self._started) // 1_000
        return self._anchor + timedelta(microseconds=passed)

    def sample(self) -> None:
        """Compare with the reference. May block as long as the reference takes to answer."""
        earliest, latest = self._reference.read()
        now = self.now()
        # A slow answer of the reference is no error of the clock: only what is certain counts.
        self._offset = max(earliest - now, _ZERO) or min(latest - now, _ZERO)

    def offset(self) -> timedelta:
        """Reference minus this clock, as last sampled; as little as is certain."""
        return self._offset


class DrivenClock:
    """A clock that stands still until it is moved: for rehearsals, replays and tests."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self.off_by = timedelta(0)
        """What `offset` reports: a test lets the clock go wrong with it."""

    def offset(self) -> timedelta:
        """What was set in `off_by`."""
        return self.off_by

    def now(self) -> datetime:
        """The instant to which the clock was last moved."""
        return self._now

    def move_to(self, instant: datetime) -> None:
        """Set the clock; ValueError if that would turn it back."""
        if instant < self._now:
            raise ValueError("a clock never goes back")
        self._now = instant

    def advance(self, **duration: float) -> datetime:
        """Move on by timedelta(**duration) and return the new instant."""
        self.move_to(self._now + timedelta(**duration))
        return self._now
