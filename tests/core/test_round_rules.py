"""The live round's parameters: the question before it, countdown rules, night, duration (2.5)."""

from datetime import timedelta
from typing import Any

import pytest
from factories import LISTING_UNTIL, A, B, C, Sale, beijing, seconds, wan

from auction.core import commands as c
from auction.core import events as e
from auction.core.engine import NotYetDecidable
from auction.core.parameters import AskSilence, CountdownRule, TimedEntry, TimedTrigger
from auction.core.reasons import Reason, Refusal
from auction.core.state import Phase, Stage, due, phase_at

NOON = beijing(11, 1, 12, 0)
ROUND = LISTING_UNTIL
US = timedelta(microseconds=1)
ASKED: dict[str, Any] = {"timed_trigger": TimedTrigger.ASKED, "ask_seconds": 300}
UNTIL = ROUND + seconds(300)


def closed(**changes: Any) -> Sale:
    """A quoted 1549, B 1649, and the listing has closed."""
    sale = Sale(**changes)
    sale.bid(A, 1549, NOON)
    sale.bid(B, 1649, NOON + timedelta(hours=1))
    sale.tick(ROUND, roll=(C,))
    return sale


def answer(sale: Sale, plate: str, willing: bool, at: Any = ROUND) -> None:
    sale.do(c.Answer(arrival=at, plate=plate, willing=willing, statement=f"{plate} {willing}"))


def reason(event: e.Event) -> Reason:
    assert isinstance(event, e.BidRefused)
    return event.reason


def deadline(sale: Sale) -> timedelta:
    """The deadline as time since the round opened."""
    assert sale.state.deadline is not None
    return sale.state.deadline - ROUND


# --- the question ------------------------------------------------------------------------------


def test_at_the_close_the_bidders_are_asked_and_no_bids_are_taken() -> None:
    sale = closed(**ASKED)
    assert phase_at(sale.state, ROUND) is Phase.ASK
    assert due(sale.state) == UNTIL
    event = sale.bid(A, 1749, ROUND + seconds(1))
    assert reason(event) is Reason.ASKING
    assert phase_at(sale.state, UNTIL) is Phase.CLOSING


@pytest.mark.parametrize(
    ("silence", "minimum", "answers", "opens"),
    [
        (AskSilence.OUT, 2, {}, False),
        (AskSilence.OUT, 2, {B: True}, False),
        (AskSilence.OUT, 2, {A: True}, True),
        (AskSilence.OUT, 2, {A: True, B: False}, True),
        (AskSilence.OUT, 2, {A: True, B: True}, True),
        (AskSilence.OUT, 1, {B: True}, True),
        (AskSilence.OUT, 1, {A: False, B: False}, False),
        (AskSilence.IN, 2, {}, True),
        (AskSilence.IN, 2, {A: False}, False),
        (AskSilence.IN, 1, {A: False}, True),
        (AskSilence.IN, 1, {A: False, B: False}, False),
    ],
)
def test_enough_willing_or_one_who_does_not_lead_open_the_round(
    silence: AskSilence, minimum: int, answers: dict[str, bool], opens: bool
) -> None:
    sale = closed(**ASKED, ask_silence=silence, ask_min_willing=minimum)
    for plate, willing in answers.items():
        answer(sale, plate, willing)
    sale.tick(UNTIL)
    assert (sale.state.stage is Stage.ROUND) is opens
    if not opens:
        assert (sale.state.leader, sale.state.ended_at) == (B, UNTIL)


def test_of_a_single_quoter_nobody_is_asked() -> None:
    sale = Sale(**ASKED)
    sale.bid(A, 1549, NOON)
    sale.tick(ROUND, roll=(C,))
    assert (sale.state.stage, sale.state.ended_at) == (Stage.AWARD_PENDING, ROUND)


def test_where_all_qualified_may_enter_they_are_asked_though_nobody_quoted() -> None:
    sale = Sale(**ASKED, timed_entry=TimedEntry.QUALIFIED_ALL)
    sale.tick(ROUND, roll=(C,))
    answer(sale, C, True)
    sale.tick(UNTIL)
    assert sale.state.stage is Stage.ROUND
    assert isinstance(sale.bid(C, 1549, UNTIL), e.BidAccepted)


def test_the_last_answer_counts_and_who_was_not_willing_stays_out() -> None:
    sale = closed(**ASKED)
    answer(sale, A, False)
    answer(sale, A, True, ROUND + seconds(10))
    answer(sale, B, False, ROUND + seconds(20))
    sale.tick(UNTIL)
    assert isinstance(sale.bid(A, 1749, UNTIL), e.BidAccepted)
    assert reason(sale.bid(B, 1849, UNTIL + US)) is Reason.NOT_WILLING


def test_only_those_who_may_enter_answer_and_only_while_they_are_asked() -> None:
    def refused(sale: Sale, plate: str, at: Any) -> str:
        with pytest.raises(Refusal) as refusal:
            answer(sale, plate, True, at)
        return refusal.value.code

    sale = closed(**ASKED)
    assert refused(sale, C, ROUND) == "ANSWER_NOT_ENTITLED"
    assert refused(sale, "9999", ROUND) == "ANSWER_NOT_ENTITLED"
    with pytest.raises(NotYetDecidable):
        answer(sale, A, True, UNTIL)
    sale.tick(UNTIL)
    assert refused(sale, A, UNTIL) == "ANSWER_NOT_ASKED"
    stopped = closed(**ASKED)
    stopped.do(c.Suspend(arrival=ROUND, ground="R-80", by="o1"))
    assert refused(stopped, A, ROUND) == "LOT_SUSPENDED"


def test_a_question_that_was_stopped_is_asked_again_in_full() -> None:
    sale = closed(**ASKED)
    answer(sale, A, True)
    sale.do(c.Suspend(arrival=ROUND + seconds(200), ground="R-80", by="o1"))
    sale.do(c.Resume(arrival=ROUND + seconds(1000), by="o1"))
    assert sale.state.stage is Stage.ASK
    assert deadline(sale) == seconds(1000 + 900 + 300)
    assert reason(sale.bid(A, 1749, ROUND + seconds(2000))) is Reason.ASKING
    assert reason(sale.bid(A, 1749, ROUND + seconds(500))) is Reason.SUSPENDED
    sale.tick(ROUND + seconds(2200))
    assert sale.state.stage is Stage.ROUND, "an answer that was given stands"


# --- the countdown -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "after", "until"),
    [
        (CountdownRule.RESTART_FROM_BID, 10, 310),
        (CountdownRule.EXTEND_IF_WITHIN, 10, 300),
        (CountdownRule.EXTEND_IF_WITHIN, 239.999999, 300),
        (CountdownRule.EXTEND_IF_WITHIN, 240, 540),
        (CountdownRule.EXTEND_IF_WITHIN, 299.9, 599.9),
    ],
)
def test_the_countdown_rule_decides_which_bids_move_the_deadline(
    rule: CountdownRule, after: float, until: float
) -> None:
    sale = closed(countdown_rule=rule, extend_within_seconds=60)
    event = sale.bid(A, 1749, ROUND + seconds(after))
    assert isinstance(event, e.BidAccepted)
    assert event.deadline == ROUND + seconds(until)
    assert sale.state.restarts == (until != 300)


def test_the_round_never_lasts_longer_than_its_duration() -> None:
    sale = closed(max_duration_hours=1, countdown_first_seconds=1800, countdown_seconds=1800)
    sale.bid(A, 1749, ROUND + seconds(1799))
    assert deadline(sale) == seconds(3599)
    sale.bid(B, 1849, ROUND + seconds(3598))
    assert deadline(sale) == seconds(3600), "moved to the limit, not beyond"
    assert isinstance(sale.bid(A, 1949, ROUND + seconds(3600) - US), e.BidAccepted)
    assert deadline(sale) == seconds(3600)
    sale.tick(ROUND + seconds(3600))
    assert sale.state.leader == A
    assert reason(sale.bid(B, 2049, ROUND + seconds(3600))) is Reason.LATE


def test_a_standstill_is_not_counted_in_the_duration() -> None:
    sale = closed(max_duration_hours=1, countdown_first_seconds=1800)
    sale.do(c.Suspend(arrival=ROUND + seconds(600), ground="R-80", by="o1"))
    sale.do(c.Resume(arrival=ROUND + seconds(4200), by="o1"))
    assert sale.state.limit == ROUND + seconds(3600 + 3600 + 900)


# --- the night ---------------------------------------------------------------------------------

CUTOFF = beijing(11, 11, 17, 0)
MORNING = beijing(11, 12, 9, 0)


def at_the_cutoff(**changes: Any) -> Sale:
    """A round that is kept alive until 17:00, with 100 s left then."""
    sale = closed(day_cutoff_minutes=17 * 60, countdown_first_seconds=1800, **changes)
    amount, plates = 1749, (A, B)
    at = ROUND
    while at < CUTOFF - seconds(200):
        sale.bid(plates[0], amount, at)
        amount, plates, at = amount + 100, plates[::-1], at + seconds(299)
    sale.bid(plates[0], amount, CUTOFF - seconds(200))
    return sale


def test_at_the_days_cutoff_a_running_round_adjourns_to_the_next_morning() -> None:
    sale = at_the_cutoff()
    leader, price = sale.state.leader, sale.state.price_fen
    assert due(sale.state) == CUTOFF
    sale.tick(CUTOFF)
    assert phase_at(sale.state, CUTOFF) is Phase.ADJOURNED
    assert (sale.state.bids_from, sale.state.deadline) == (MORNING, MORNING + seconds(300))
    night = sale.bid(C, 9049, MORNING - US)
    assert reason(night) is Reason.ADJOURNED
    assert phase_at(sale.state, MORNING) is Phase.LIVE
    assert (sale.state.leader, sale.state.price_fen) == (leader, price), "earlier bids stand"
    sale.tick(MORNING + seconds(300))
    assert (sale.state.leader, sale.state.ended_at) == (leader, MORNING + seconds(300))


def test_a_countdown_that_ends_at_the_cutoff_ends_the_round() -> None:
    sale = closed(day_cutoff_minutes=14 * 60 + 35)
    sale.tick(ROUND + seconds(300))
    assert sale.state.stage is Stage.AWARD_PENDING


def test_nothing_that_arrived_at_the_cutoff_is_decided_before_the_adjournment() -> None:
    with pytest.raises(NotYetDecidable):
        at_the_cutoff().bid(C, 9049, CUTOFF)


def test_a_bid_of_the_evening_that_is_sequenced_at_night_is_judged_on_price() -> None:
    sale = at_the_cutoff()
    sale.tick(CUTOFF)
    price = sale.state.price_fen
    assert price is not None
    other = A if sale.state.leader == B else B
    event = sale.bid(other, price // wan(1) + 100, CUTOFF - US)
    assert isinstance(event, e.BidAccepted)
    assert event.deadline == MORNING + seconds(300), "the deadline never moves back"


def test_the_night_is_not_counted_in_the_duration() -> None:
    sale = at_the_cutoff(max_duration_hours=3)
    assert sale.state.limit == ROUND + timedelta(hours=3)
    sale.tick(CUTOFF)
    assert sale.state.limit == ROUND + timedelta(hours=3) + (MORNING - CUTOFF)


def test_a_round_stopped_at_night_does_not_begin_before_the_morning() -> None:
    sale = at_the_cutoff()
    sale.tick(CUTOFF)
    evening = beijing(11, 11, 20, 0)
    sale.do(c.Suspend(arrival=evening, ground="R-80", by="o1"))
    sale.do(c.Resume(arrival=evening + seconds(60), by="o1"))
    assert sale.state.bids_from == MORNING
    assert phase_at(sale.state, evening + seconds(61)) is Phase.ADJOURNED


def test_an_outage_of_the_night_costs_nobody_anything() -> None:
    sale = at_the_cutoff()
    sale.tick(CUTOFF)
    night = beijing(11, 12, 3, 0)
    events = sale.do(c.RecordOutage(arrival=night + timedelta(hours=1), start=night))
    assert [type(event) for event in events] == [e.OutageRecorded]


def test_a_round_resumed_after_the_cutoff_begins_next_morning() -> None:
    sale = closed(day_cutoff_minutes=17 * 60)
    sale.do(c.Suspend(arrival=ROUND + seconds(1), ground="R-80", by="o1"))
    sale.do(c.Resume(arrival=beijing(11, 11, 18, 0), by="o1"))
    assert due(sale.state) == beijing(11, 11, 18, 15)
    sale.tick(beijing(11, 11, 18, 15))
    assert sale.state.bids_from == MORNING
