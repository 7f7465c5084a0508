"""A bid is judged by its arrival alone, in whatever order several workers sequence bids."""

from datetime import timedelta
from typing import Any

from factories import LISTING_UNTIL, A, B, C, Sale, beijing, bid, seconds, wan

from auction.core import commands as c
from auction.core import events as e
from auction.core.reasons import Reason
from auction.core.state import Stage

NOON = beijing(11, 1, 12, 0)
ROUND = LISTING_UNTIL
US = timedelta(microseconds=1)


def in_round(**changes: Any) -> Sale:
    sale = Sale(**changes)
    sale.bid(A, 1549, NOON)
    sale.bid(B, 1649, NOON + US)
    sale.tick(ROUND)
    return sale


def reason(event: e.Event) -> Reason:
    assert isinstance(event, e.BidRefused)
    return event.reason


def test_a_quote_of_the_listing_that_is_sequenced_in_the_round_counts_as_a_quote() -> None:
    sale = in_round(step_timed_fen=wan(50), prep_seconds=60)
    assert reason(sale.bid(C, 1700, ROUND - US)) is Reason.TOO_LOW, "the listing's step"
    event = sale.bid(C, 1749, ROUND - US)
    assert isinstance(event, e.BidAccepted)
    assert event.deadline is None
    assert sale.state.deadline == ROUND + seconds(360)
    begins = ROUND + seconds(60)
    assert isinstance(sale.bid(A, 1799, begins), e.BidAccepted)
    assert isinstance(sale.bid(C, 1849, begins), e.BidAccepted), "and its plate has entered"


def test_a_quote_of_the_quiet_time_stays_refused_in_the_round() -> None:
    sale = in_round(freeze_minutes=60)
    assert reason(sale.bid(C, 1749, ROUND - US)) is Reason.FREEZE
    early = ROUND - timedelta(hours=1) - US
    assert isinstance(sale.bid(C, 1749, early), e.BidAccepted)


def test_a_bid_from_before_the_suspension_is_judged_on_price_and_moves_the_deadline() -> None:
    sale = in_round()
    since = ROUND + seconds(290)
    sale.do(c.Suspend(arrival=since, ground="R-80", by="o1"))
    event = sale.bid(A, 1749, since - US)
    assert isinstance(event, e.BidAccepted)
    assert event.deadline == since - US + seconds(300)
    assert reason(sale.bid(B, 1849, since)) is Reason.SUSPENDED


def test_and_so_is_one_that_is_sequenced_after_the_resumption() -> None:
    sale = in_round()
    since, resumed = ROUND + seconds(100), ROUND + seconds(700)
    sale.do(c.Suspend(arrival=since, ground="R-80", by="o1"))
    sale.do(c.Resume(arrival=resumed, by="o1"))
    begins = resumed + seconds(900)
    assert isinstance(sale.bid(A, 1749, since - US), e.BidAccepted)
    assert sale.state.deadline == begins + seconds(300), "the deadline never moves back"
    for at, met in (
        (since, Reason.SUSPENDED),
        (resumed - US, Reason.SUSPENDED),
        (resumed, Reason.PREPARING),
        (begins - US, Reason.PREPARING),
    ):
        assert reason(sale.bid(B, 1849, at)) is met
    assert isinstance(sale.bid(B, 1849, begins), e.BidAccepted)


def test_a_bid_of_the_listings_standstill_stays_refused_after_it() -> None:
    sale = Sale()
    sale.do(c.Suspend(arrival=NOON, ground="R-80", by="o1"))
    sale.do(c.Resume(arrival=NOON + seconds(60), by="o1"))
    assert reason(sale.bid(A, 1549, NOON + seconds(30))) is Reason.SUSPENDED
    assert isinstance(sale.bid(A, 1549, NOON - US), e.BidAccepted)
    assert isinstance(sale.bid(B, 1649, NOON + seconds(60)), e.BidAccepted)


def test_after_a_preparation_that_was_stopped_only_the_new_one_counts() -> None:
    sale = in_round(prep_seconds=3600, resume_prep_seconds=15)
    sale.do(c.Suspend(arrival=ROUND + seconds(10), ground="R-80", by="o1"))
    sale.do(c.Resume(arrival=ROUND + seconds(20), by="o1"))
    assert reason(sale.bid(A, 1749, ROUND + seconds(5))) is Reason.PREPARING
    assert reason(sale.bid(A, 1749, ROUND + seconds(34))) is Reason.PREPARING
    assert isinstance(sale.bid(A, 1749, ROUND + seconds(35)), e.BidAccepted)


def test_a_bid_that_was_refusable_at_its_arrival_does_not_hold_a_result() -> None:
    sale = in_round(prep_seconds=60)
    sale.tick(ROUND + seconds(360))
    assert reason(sale.bid(A, 1749, ROUND + seconds(59))) is Reason.PREPARING
    assert sale.state.stage is Stage.AWARD_PENDING
    assert isinstance(sale.bid(A, 1749, ROUND + seconds(60)), e.BidUnheard)


def test_of_bids_sequenced_against_their_order_the_deadline_is_the_latest() -> None:
    sale = in_round()
    sale.bid(A, 1749, ROUND + seconds(200))
    late = sale.bid(B, 1849, ROUND + seconds(100))
    assert isinstance(late, e.BidAccepted)
    assert late.deadline == ROUND + seconds(500)
    assert sale.state.restarts == 1


def test_by_a_wrong_clock_no_bid_is_decided_and_the_sale_is_stopped() -> None:
    sale = in_round()
    at = ROUND + seconds(10)
    events = sale.do(bid(C, 1749, at, offset_ms=-51))
    assert [type(event) for event in events] == [
        e.ClockOff,
        e.Suspended,
        e.Admitted,
        e.BidRefused,
    ]
    assert events[1] == e.Suspended(since=at, ground="CLOCK_OFFSET", by="system")
    assert reason(events[-1]) is Reason.SUSPENDED
    assert isinstance(sale.bid(A, 1749, at - US), e.BidAccepted), "others before it count"


def test_a_clock_within_its_limit_or_a_sale_that_is_stopped_or_over_is_left_alone() -> None:
    sale = in_round()
    (accepted,) = sale.do(bid(A, 1749, ROUND, offset_ms=50))
    assert isinstance(accepted, e.BidAccepted)
    sale.do(c.Suspend(arrival=ROUND + US, ground="R-80", by="o1"))
    (refused,) = sale.do(bid(B, 1849, ROUND + US, offset_ms=51))
    assert reason(refused) is Reason.SUSPENDED
    over = in_round()
    over.tick(ROUND + seconds(300))
    (late,) = over.do(bid(A, 1749, ROUND + seconds(300), offset_ms=51))
    assert reason(late) is Reason.LATE
