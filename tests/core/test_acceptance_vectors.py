"""The acceptance vectors of the rules (2.11) that the engine decides, by number.

Seed lot: start 1549 万元, step 100, countdown 300 s, trigger quoted_ge_2, entry quoted_only.
"""

from datetime import datetime, timedelta

import pytest
from factories import LISTING_FROM, LISTING_UNTIL, A, B, C, Sale, beijing, wan

from auction.core import commands as c
from auction.core import events as e
from auction.core.notice_checks import listing_start_after_supplement
from auction.core.profile import IncrementMode, TimedEntry, TimedTrigger
from auction.core.reasons import Reason, Refusal
from auction.core.state import LotState, Phase, Stage, phase_at

NOON = beijing(11, 1, 12, 0)
MS = timedelta(milliseconds=1)
ROUND = beijing(11, 11, 14, 30)
OFFICERS = ("o1", "o2")


def refused(event: e.Event) -> Reason:
    assert isinstance(event, e.BidRefused)
    return event.reason


def two_quoted(**changes: object) -> Sale:
    """A quoted 1549, B 1649; the listing has not closed yet."""
    sale = Sale(**changes)
    sale.bid(A, 1549, NOON)
    sale.bid(B, 1649, NOON + timedelta(hours=1))
    return sale


def in_round(**changes: object) -> Sale:
    """The same at 14:30:00.000: the live round is open until 14:35:00.000."""
    sale = two_quoted(**changes)
    sale.tick(ROUND)
    return sale


def standing(state: LotState) -> tuple[Stage, str | None, int | None, datetime | None]:
    return state.stage, state.leader, state.price_fen, state.ended_at


def test_vector_01_the_start_price_may_be_quoted_from_the_first_instant() -> None:
    assert isinstance(Sale().bid(A, 1549, beijing(10, 30, 9, 0)), e.BidAccepted)


def test_vector_01_a_millisecond_earlier_is_refused() -> None:
    assert refused(Sale().bid(A, 1549, beijing(10, 30, 8, 59, 59, 999))) is Reason.NOT_OPEN


def test_vector_01_less_than_the_start_price_is_refused() -> None:
    assert refused(Sale().bid(A, 1548, LISTING_FROM)) is Reason.TOO_LOW


@pytest.mark.parametrize("mode", IncrementMode)
def test_vector_02_a_raise_is_at_least_one_step(mode: IncrementMode) -> None:
    sale = Sale(increment_mode=mode)
    sale.bid(A, 1549, NOON)
    assert refused(sale.bid(B, 1648, NOON + MS)) is Reason.TOO_LOW
    assert isinstance(sale.bid(B, 1649, NOON + 2 * MS), e.BidAccepted)


def test_vector_02_more_than_a_step_is_free_with_at_least() -> None:
    sale = Sale(increment_mode=IncrementMode.AT_LEAST)
    sale.bid(A, 1549, NOON)
    assert isinstance(sale.bid(B, 1650, NOON), e.BidAccepted)


def test_vector_02_more_than_a_step_is_a_whole_multiple_with_multiple() -> None:
    sale = Sale(increment_mode=IncrementMode.MULTIPLE)
    sale.bid(A, 1549, NOON)
    event = sale.bid(B, 1650, NOON)
    assert refused(event) is Reason.NOT_MULTIPLE
    assert isinstance(event, e.BidRefused)
    assert event.facts == {
        "step_fen": wan(100),
        "below_fen": wan(1649),
        "above_fen": wan(1749),
    }


def test_vector_03_a_single_quoter_wins_at_the_close_without_a_round() -> None:
    sale = Sale()
    sale.bid(A, 1549, NOON)
    events = sale.tick(LISTING_UNTIL)
    assert not any(isinstance(event, e.RoundOpened) for event in events)
    assert standing(sale.state) == (Stage.AWARD_PENDING, A, wan(1549), beijing(11, 11, 14, 30))


def test_vector_04_a_silent_round_goes_to_the_highest_quote_of_the_listing() -> None:
    sale = in_round()
    assert sale.state.bids_from == beijing(11, 11, 14, 30)
    assert sale.state.deadline == beijing(11, 11, 14, 35)
    sale.tick(beijing(11, 11, 14, 35))
    assert standing(sale.state) == (Stage.AWARD_PENDING, B, wan(1649), beijing(11, 11, 14, 35))


def test_vector_05_a_bid_restarts_the_countdown_from_its_arrival() -> None:
    sale = in_round()
    event = sale.bid(A, 1749, beijing(11, 11, 14, 34, 59, 900))
    assert isinstance(event, e.BidAccepted)
    assert event.deadline == beijing(11, 11, 14, 39, 59, 900)
    assert sale.state.deadline == event.deadline


def test_vector_05_a_bid_at_exactly_the_deadline_is_late() -> None:
    sale = in_round()
    sale.tick(beijing(11, 11, 14, 35))
    event = sale.bid(A, 1749, beijing(11, 11, 14, 35))
    assert refused(event) is Reason.LATE
    assert isinstance(event, e.BidRefused)
    assert event.facts["late_us"] == 0


def test_vector_06_of_two_equal_bids_in_one_millisecond_one_is_accepted() -> None:
    sale = in_round()
    sale.bid(A, 1749, ROUND + MS)
    same = ROUND + 2 * MS
    assert isinstance(sale.bid(B, 1849, same), e.BidAccepted)
    event = sale.bid(A, 1849, same)
    assert refused(event) is Reason.TOO_LOW
    assert isinstance(event, e.BidRefused)
    assert event.facts["leader"] == B
    assert sale.state.leader == B


def test_vector_07_a_qualified_bidder_who_never_quoted_may_not_enter() -> None:
    assert refused(in_round().bid(C, 1749, ROUND + MS)) is Reason.NOT_ENTERED


def test_vector_07_unless_the_profile_lets_all_qualified_enter() -> None:
    sale = in_round(timed_entry=TimedEntry.QUALIFIED_ALL)
    assert isinstance(sale.bid(C, 1749, ROUND + MS), e.BidAccepted)


def test_vector_08_only_quotes_of_the_last_hour_open_a_fujian_round() -> None:
    sale = Sale(timed_trigger=TimedTrigger.QUOTED_LAST_HOUR_GE_2)
    sale.bid(A, 1549, beijing(11, 11, 13, 29, 59, 999))
    sale.bid(B, 1649, beijing(11, 11, 13, 30))
    sale.tick(LISTING_UNTIL)
    assert standing(sale.state) == (Stage.AWARD_PENDING, B, wan(1649), LISTING_UNTIL)


def test_vector_08_two_quotes_in_the_last_hour_do_open_it() -> None:
    sale = Sale(timed_trigger=TimedTrigger.QUOTED_LAST_HOUR_GE_2)
    sale.bid(A, 1549, beijing(11, 11, 13, 30))
    sale.bid(B, 1649, beijing(11, 11, 14, 0))
    sale.tick(LISTING_UNTIL)
    assert sale.state.stage is Stage.ROUND


def test_vector_11_a_suspended_round_resumes_with_preparation_and_a_full_countdown() -> None:
    sale = in_round()
    sale.bid(A, 1749, beijing(11, 11, 14, 30))
    sale.do(c.Suspend(arrival=beijing(11, 11, 14, 33), ground="R-80", by="o1"))
    assert sale.state.suspension is not None
    assert sale.state.suspension.remaining == timedelta(minutes=2)
    assert refused(sale.bid(B, 1849, beijing(11, 11, 14, 34))) is Reason.SUSPENDED

    resumed = beijing(11, 11, 15, 0)
    sale.do(c.Resume(arrival=resumed, by="o1"))
    assert sale.state.bids_from == resumed + timedelta(minutes=15)
    assert sale.state.deadline == resumed + timedelta(minutes=20)
    assert (sale.state.leader, sale.state.price_fen) == (A, wan(1749))

    assert phase_at(sale.state, resumed) is Phase.PREP
    assert refused(sale.bid(B, 1849, beijing(11, 11, 15, 14, 59, 999))) is Reason.PREPARING
    assert isinstance(sale.bid(B, 1849, beijing(11, 11, 15, 15)), e.BidAccepted)


def test_vector_12_a_suspended_listing_is_extended_by_the_time_lost() -> None:
    sale = Sale()
    sale.do(c.Suspend(arrival=NOON, ground="R-80", by="o1"))
    sale.do(c.Resume(arrival=NOON + timedelta(hours=3), by="o1"))
    assert sale.state.listing_until == LISTING_UNTIL + timedelta(hours=3)


def test_vector_15_a_winner_whose_papers_fail_leaves_the_award_void() -> None:
    sale = in_round()
    sale.tick(beijing(11, 11, 14, 35))
    failed = c.VoidAward(arrival=beijing(11, 18, 9, 0), ground="R-107", by=OFFICERS)
    sale.do(failed)
    assert sale.state.stage is Stage.AWARD_VOID
    assert sale.state.leader == B, "the second bidder is not promoted"
    assert sale.state.ended_at == beijing(11, 11, 14, 35), "refunds count from the original end"


def test_vector_15_one_person_alone_cannot_void_an_award() -> None:
    sale = in_round()
    sale.tick(beijing(11, 11, 14, 35))
    with pytest.raises(Refusal) as refusal:
        sale.do(c.VoidAward(arrival=beijing(11, 18, 9, 0), ground="R-107", by=("o1", "o1")))
    assert refusal.value.code == "TWO_PERSONS_NEEDED"


def test_vector_14_a_late_supplement_moves_the_listing_start() -> None:
    planned = LISTING_FROM
    ten_days_before = planned - timedelta(days=10)
    moved = listing_start_after_supplement(ten_days_before, planned)
    assert moved == ten_days_before + timedelta(days=20)


def test_vector_14_a_supplement_in_good_time_moves_nothing() -> None:
    planned = LISTING_FROM
    assert listing_start_after_supplement(planned - timedelta(days=20), planned) == planned


@pytest.mark.parametrize("offset_ms", [51, -51])
def test_vector_16_with_a_wrong_clock_the_round_does_not_open(offset_ms: int) -> None:
    sale = two_quoted()
    events = sale.do(c.Tick(arrival=ROUND, offset_ms=offset_ms))
    assert events == (
        e.ClockOff(offset_ms=offset_ms),
        e.Suspended(since=ROUND, ground="CLOCK_OFFSET", by="system"),
    )
    assert phase_at(sale.state, ROUND) is Phase.SUSPENDED
    assert sale.state.stage is Stage.LISTING


def test_vector_16_an_offset_within_the_limit_changes_nothing() -> None:
    sale = two_quoted()
    sale.do(c.Tick(arrival=ROUND, offset_ms=50))
    assert sale.state.stage is Stage.ROUND
