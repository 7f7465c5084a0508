"""Resumption at once or announced (R-84 to R-86), and results that were held (R-90)."""

from datetime import timedelta
from typing import Any

import pytest
from factories import LISTING_UNTIL, A, B, C, Sale, beijing, seconds, wan

from auction.core import commands as c
from auction.core import events as e
from auction.core import lottery
from auction.core.engine import NotYetDecidable
from auction.core.parameters import CapMode, HeldOutcome, TimedEntry, TimedTrigger
from auction.core.reasons import Reason, Refusal
from auction.core.state import Stage, due
from auction.core.stops import earliest_resumption

NOON = beijing(11, 1, 12, 0)
ROUND = LISTING_UNTIL
DEADLINE = ROUND + seconds(300)
US = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
OFFICERS = ("o1", "o2")


def in_round(**changes: Any) -> Sale:
    sale = Sale(**changes)
    sale.bid(A, 1549, NOON)
    sale.bid(B, 1649, NOON + HOUR)
    sale.tick(ROUND)
    return sale


def refusal(sale: Sale, command: c.Command) -> Refusal:
    with pytest.raises(Refusal) as raised:
        sale.do(command)
    return raised.value


def reason(event: e.Event) -> Reason:
    assert isinstance(event, e.BidRefused)
    return event.reason


# --- resumption --------------------------------------------------------------------------------


def stopped(**changes: Any) -> Sale:
    sale = Sale(**{"resume_direct_minutes": 60, "resume_notice_hours": 24, **changes})
    sale.do(c.Suspend(arrival=NOON, ground="R-80", by="o1"))
    return sale


def test_repaired_within_the_hour_the_sale_may_go_on_at_once() -> None:
    sale = stopped()
    assert earliest_resumption(sale.state, NOON + HOUR) == NOON + HOUR
    sale.do(c.Resume(arrival=NOON + HOUR, by="o1"))
    assert sale.state.listing_until == LISTING_UNTIL + HOUR


def test_after_the_hour_it_goes_on_only_with_notice() -> None:
    sale = stopped()
    late = NOON + HOUR + US
    refused = refusal(sale, c.Resume(arrival=late, by="o1"))
    assert refused.code == "RESUME_TOO_EARLY"
    earliest = late + timedelta(hours=24)
    assert earliest_resumption(sale.state, late) == earliest
    too_early = c.ScheduleResume(arrival=late, at=earliest - US, by="o1")
    assert refusal(sale, too_early).code == "RESUME_TOO_EARLY"
    sale.do(c.ScheduleResume(arrival=late, at=earliest, by="o1"))
    assert due(sale.state) == earliest


@pytest.mark.parametrize(
    "free",
    [{"resume_direct_minutes": None}, {"resume_notice_hours": 0}],
    ids=["any time", "no notice"],
)
def test_where_the_rules_ask_for_no_notice_it_may_go_on_at_any_time(free: dict[str, Any]) -> None:
    sale = stopped(**free)
    sale.do(c.Resume(arrival=NOON + 9 * HOUR, by="o1"))
    assert sale.state.suspension is None


def test_at_the_announced_time_the_sale_goes_on_by_itself() -> None:
    sale = stopped()
    at = NOON + timedelta(hours=30)
    sale.do(c.ScheduleResume(arrival=NOON + 2 * HOUR, at=at, by="o7"))
    assert reason(sale.bid(A, 1549, at - US)) is Reason.SUSPENDED
    with pytest.raises(NotYetDecidable):
        sale.bid(A, 1549, at)
    assert sale.tick(at) == (
        e.ListingResumed(listing_until=LISTING_UNTIL + timedelta(hours=30), by="o7"),
    )
    assert isinstance(sale.bid(A, 1549, at), e.BidAccepted)


def test_a_later_announcement_replaces_the_first() -> None:
    sale = stopped()
    at = NOON + 2 * HOUR
    for hours in (30, 26):
        sale.do(c.ScheduleResume(arrival=at, at=at + timedelta(hours=hours), by="o1"))
    assert due(sale.state) == at + timedelta(hours=26)


def test_only_a_suspended_sale_can_be_announced_to_go_on() -> None:
    command = c.ScheduleResume(arrival=NOON, at=NOON + 99 * HOUR, by="o1")
    assert refusal(Sale(), command).code == "NOT_SUSPENDED"


def test_a_listing_stopped_in_its_last_hour_has_at_most_that_hour_left() -> None:
    sale = Sale()
    since, resumed = LISTING_UNTIL - timedelta(minutes=40), LISTING_UNTIL + 5 * HOUR
    sale.do(c.Suspend(arrival=since, ground="R-80", by="o1"))
    sale.do(c.Resume(arrival=resumed, by="o1"))
    assert sale.state.listing_until == resumed + timedelta(minutes=40)


def test_a_wrong_clock_at_the_announced_time_keeps_the_sale_stopped() -> None:
    sale = stopped()
    at = NOON + timedelta(hours=30)
    sale.do(c.ScheduleResume(arrival=NOON + 2 * HOUR, at=at, by="o1"))
    sale.do(c.Tick(arrival=at, offset_ms=51))
    assert sale.state.suspension is not None
    assert sale.state.suspension.since == NOON, "the time lost counts from the first stop"
    assert due(sale.state) is None


def test_an_outage_over_the_announced_time_keeps_the_sale_stopped() -> None:
    sale = stopped()
    at = NOON + timedelta(hours=30)
    sale.do(c.ScheduleResume(arrival=NOON + 2 * HOUR, at=at, by="o1"))
    sale.do(c.RecordOutage(arrival=at + seconds(5), start=at - seconds(5)))
    assert due(sale.state) is None
    assert sale.tick(at + HOUR) == ()


# --- the held result ---------------------------------------------------------------------------


def held(**changes: Any) -> Sale:
    """B won at 1649; A's 1749 had been in time and turned up after the end."""
    sale = in_round(**changes)
    sale.tick(DEADLINE)
    assert isinstance(sale.bid(A, 1749, DEADLINE - US), e.BidUnheard)
    return sale


def resolve(outcome: HeldOutcome, by: tuple[str, str] = OFFICERS) -> c.ResolveHeld:
    return c.ResolveHeld(arrival=DEADLINE + HOUR, outcome=outcome, ground="R-90", by=by)


def test_upheld_the_result_stands_as_before_the_hold() -> None:
    sale = held()
    sale.do(resolve(HeldOutcome.UPHOLD))
    assert (sale.state.stage, sale.state.leader) == (Stage.AWARD_PENDING, B)
    sale.do(c.ConfirmAward(arrival=DEADLINE + HOUR, by=OFFICERS))


def test_an_award_that_was_confirmed_already_comes_back_confirmed() -> None:
    sale = in_round()
    sale.tick(DEADLINE)
    sale.do(c.ConfirmAward(arrival=DEADLINE, by=OFFICERS))
    sale.bid(A, 1749, DEADLINE - US)
    assert refusal(sale, resolve(HeldOutcome.REOPEN)).code == "WRONG_STAGE"
    sale.do(resolve(HeldOutcome.UPHOLD))
    assert sale.state.stage is Stage.CONFIRMED


def test_void_nobody_has_won() -> None:
    sale = held()
    sale.do(resolve(HeldOutcome.VOID))
    assert sale.state.stage is Stage.AWARD_VOID


def test_reopened_the_round_goes_on_with_the_unheard_bid_at_its_place() -> None:
    sale = held()
    sale.bid(A, 1749, DEADLINE - 2 * US)
    sale.do(resolve(HeldOutcome.REOPEN))
    begins = DEADLINE + HOUR + seconds(900)
    assert (sale.state.stage, sale.state.leader, sale.state.price_fen) == (
        Stage.ROUND,
        A,
        wan(1749),
    )
    assert (sale.state.bids_from, sale.state.deadline) == (begins, begins + seconds(300))
    assert sale.state.ended_at is None
    assert reason(sale.bid(B, 1849, DEADLINE + US)) is Reason.LATE
    assert reason(sale.bid(B, 1849, begins - US)) is Reason.PREPARING
    event = sale.bid(B, 1749, begins)
    assert isinstance(event, e.BidRefused)
    assert event.facts["leader"] == A
    assert isinstance(sale.bid(B, 1849, begins), e.BidAccepted)


def test_unheard_bids_are_judged_in_the_order_of_arrival_and_a_low_one_changes_nothing() -> None:
    sale = in_round(timed_entry=TimedEntry.QUALIFIED_ALL)
    sale.tick(DEADLINE)
    sale.bid(C, 1849, DEADLINE - US)
    sale.bid(A, 1749, DEADLINE - 2 * US)
    sale.bid(B, 1750, DEADLINE - US)
    (event,) = sale.do(resolve(HeldOutcome.REOPEN))
    assert isinstance(event, e.HeldResolved)
    assert (event.plate, event.amount_fen, event.heard) == (C, wan(1849), (A, C))


def test_a_sale_to_a_single_quoter_reopens_as_a_round_of_both() -> None:
    for changes in ({}, {"timed_trigger": TimedTrigger.ASKED, "ask_seconds": 300}):
        sale = Sale(**changes)
        sale.bid(A, 1549, NOON)
        sale.tick(ROUND)
        sale.bid(B, 1649, ROUND - US)
        sale.do(resolve(HeldOutcome.REOPEN))
        begins = DEADLINE + HOUR + seconds(900)
        assert sale.state.leader == B
        assert isinstance(sale.bid(A, 1749, begins), e.BidAccepted)
        assert isinstance(sale.bid(B, 1849, begins), e.BidAccepted)


def test_an_unheard_bid_at_the_cap_reopens_the_lottery() -> None:
    seed = "5e" * 32
    cap: dict[str, Any] = {
        "cap_mode": CapMode.LOTTERY,
        "cap_fen": wan(1749),
        "lottery_commitment": lottery.commitment(seed),
    }
    sale = held(**cap)
    events = sale.do(resolve(HeldOutcome.REOPEN))
    assert [type(event) for event in events] == [e.HeldResolved, e.CapReached]
    assert sale.state.stage is Stage.SECOND_STAGE


def test_what_cannot_be_resolved_so() -> None:
    over = in_round()
    over.tick(DEADLINE)
    assert refusal(over, resolve(HeldOutcome.UPHOLD)).code == "NOT_HELD"
    alone = resolve(HeldOutcome.UPHOLD, ("o1", "o1"))
    assert refusal(held(), alone).code == "TWO_PERSONS_NEEDED"
    unsold = Sale()
    unsold.tick(ROUND)
    unsold.bid(A, 1549, ROUND - US)
    assert refusal(unsold, resolve(HeldOutcome.VOID)).code == "NOTHING_TO_VOID"
    never = Sale(timed_trigger=TimedTrigger.NEVER)
    never.bid(A, 1549, NOON)
    never.tick(ROUND)
    never.bid(B, 1649, ROUND - US)
    assert refusal(never, resolve(HeldOutcome.REOPEN)).code == "NO_ROUND"
