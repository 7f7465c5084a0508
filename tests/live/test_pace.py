"""How many bids one bidder may send."""

from datetime import UTC, datetime, timedelta

from auction.live import pace
from auction.live.pace import Pace

AT = datetime(2024, 11, 11, 6, 30, tzinfo=UTC)


def test_an_allowance_is_used_up_and_comes_back_with_time() -> None:
    limit = Pace(3)
    assert [limit.allows("a", AT) for _ in range(4)] == [True, True, True, False]
    later = AT + timedelta(seconds=0.34)
    assert [limit.allows("a", later) for _ in range(2)] == [True, False]


def test_it_never_grows_beyond_a_second() -> None:
    limit = Pace(2)
    limit.allows("a", AT)
    later = AT + timedelta(hours=1)
    assert [limit.allows("a", later) for _ in range(3)] == [True, True, False]


def test_one_bidders_haste_is_not_anothers() -> None:
    limit = Pace(1)
    assert limit.allows("a", AT)
    assert not limit.allows("a", AT)
    assert limit.allows("b", AT)


def test_memory_is_bounded() -> None:
    limit = Pace(1)
    for number in range(pace.KEPT + 10):
        limit.allows(str(number), AT)
    assert len(limit._known) == pace.KEPT
