"""The reference clock: the one door through which the time of day enters.

Nothing below the edge asks for the time; it is passed in. A rehearsal drives the clock by hand.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """A source of aware UTC instants that never go back."""

    def now(self) -> datetime:
        """The present instant."""
        ...

    def offset(self) -> timedelta:
        """How far this clock is off its reference."""
        ...


class ReferenceClock:
    """The operating system's time of day, carried on by the monotonic clock.

    The anchor is taken once: a step of the system's time while the server runs neither
    shortens nor lengthens a countdown. `offset` says how far the two have drifted apart.
    """

    def __init__(self) -> None:
        self._anchor = datetime.now(UTC)
        self._started = time.monotonic_ns()

    def now(self) -> datetime:
        """The anchor plus the monotonic time that has passed since."""
        passed = (time.monotonic_ns() - self._started) // 1_000
        return self._anchor + timedelta(microseconds=passed)

    def offset(self) -> timedelta:
        """System time of day minus this clock: beyond the profile's limit no bids are taken."""
        return datetime.now(UTC) - self.now()


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
