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
