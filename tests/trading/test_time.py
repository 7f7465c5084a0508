"""The two clocks: neither ever goes back."""

from datetime import UTC, datetime, timedelta

import pytest
from factories import LISTING_FROM

from auction.trading.time import DrivenClock, ReferenceClock


def test_the_reference_clock_tells_aware_instants_that_never_go_back() -> None:
    clock = ReferenceClock()
    told = [clock.now() for _ in range(1000)]
    assert told == sorted(told)
    assert told[0].tzinfo is UTC
    assert abs(told[-1] - datetime.now(UTC)) < timedelta(seconds=1)


def test_it_says_how_far_the_systems_time_has_moved_away() -> None:
    assert abs(ReferenceClock().offset()) < timedelta(seconds=1)


class Told:
    """A reference that says what it is told to, more or less exactly."""

    def __init__(self) -> None:
        self.moved = timedelta(0)
        self.doubt = timedelta(0)

    def read(self) -> tuple[datetime, datetime]:
        now = datetime.now(UTC) + self.moved
        return now - self.doubt, now + self.doubt


@pytest.mark.parametrize("seconds", [2.0, -2.0])
def test_a_step_of_the_reference_moves_nothing_and_is_seen(seconds: float) -> None:
    reference = Told()
    clock = ReferenceClock(reference)
    before = clock.now()
    reference.moved = timedelta(seconds=seconds)
    clock.sample()
    assert abs(clock.offset() - timedelta(seconds=seconds)) < timedelta(seconds=0.5)
    assert timedelta(0) <= clock.now() - before < timedelta(seconds=1)
    reference.moved = timedelta(0)
    clock.sample()
    assert abs(clock.offset()) < timedelta(seconds=0.5)


def test_only_what_is_certain_counts_as_an_offset() -> None:
    reference = Told()
    clock = ReferenceClock(reference)
    reference.moved, reference.doubt = timedelta(seconds=2), timedelta(seconds=5)
    clock.sample()
    assert clock.offset() == timedelta(0), "a slow answer of the reference is no error of ours"


def test_a_driven_clock_stands_still_until_it_is_moved() -> None:
    clock = DrivenClock(LISTING_FROM)
    assert clock.now() == clock.now() == LISTING_FROM
    assert clock.advance(minutes=5) == LISTING_FROM + timedelta(minutes=5)
    clock.move_to(LISTING_FROM + timedelta(hours=1))
    assert clock.now() == LISTING_FROM + timedelta(hours=1)


def test_and_is_never_turned_back() -> None:
    clock = DrivenClock(LISTING_FROM)
    with pytest.raises(ValueError, match="never goes back"):
        clock.move_to(LISTING_FROM - timedelta(microseconds=1))
