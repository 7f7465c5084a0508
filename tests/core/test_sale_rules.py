"""The rules of 2.4 to 2.8 beside the acceptance vectors: closes, outages, officers' acts."""

from datetime import timedelta

import pytest
from factories import LISTING_FROM, LISTING_UNTIL, A, B, C, Sale, beijing, bid, open_lot, wan

from auction.core import commands as c
from auction.core import events as e
from auction.core.engine import NotYetDecidable, decide
from auction.core.profile import TimedEntry, TimedTrigger
from auction.core.reasons import Reason, Refusal
from auction.core.state import LotState, Phase, Stage, minimum_fen, phase_at

NOON = beijing(11, 1, 12, 0)
ROUND = LISTING_UNTIL
DEADLINE = beijing(11, 11, 14, 35)
US = timedelta(microseconds=1)
OFFICERS = ("o1", "o2")


def in_round(**changes: object) -> Sale:
    sale = Sale(**changes)
    sale.bid(A, 1549, NOON)
    sale.bid(B, 1649, NOON + timedelta(hours=1))
    sale.tick(ROUND)
    return sale


def ended(**changes: object) -> Sale:
    sale = in_round(**changes)
    sale.tick(DEADLINE)
    return sale


def reason(event: e.Event) -> Reason:
    assert isinstance(event, e.BidRefused)
    return event.reason


def refusal(sale: Sale, command: c.Command) -> str:
    before = len(sale.records)
    with pytest.raises(Refusal) as raised:
        sale.do(command)
    assert len(sale.records) == before
    return raised.value.code


# --- quoting -------------------------------------------------------------------------------


def test_the_leader_may_not_raise_himself() -> None:
    sale = Sale()
    sale.bid(A, 1549, NOON)
    assert reason(sale.bid(A, 1649, NOON)) is Reason.ALREADY_LEADING


def test_the_leader_may_raise_himself_where_the_profile_says_so() -> None:
    sale = Sale(self_outbid=True)
    sale.bid(A, 1549, NOON)
    assert isinstance(sale.bid(A, 1649, NOON), e.BidAccepted)


def test_an_amount_off_the_price_unit_is_refused() -> None:
    sale = Sale()
    event = sale.do(bid(A, 1549, NOON, amount_fen=wan(1549) + 1))[-1]
    assert reason(event) is Reason.OFF_SCALE


def test_no_quotes_in_the_quiet_hour_of_a_profile_with_one() -> None:
    sale = Sale(freeze_minutes=60)
    assert isinstance(sale.bid(A, 1549, beijing(11, 11, 13, 29, 59, 999)), e.BidAccepted)
    assert reason(sale.bid(B, 1649, beijing(11, 11, 13, 30))) is Reason.FREEZE
    assert phase_at(sale.state, beijing(11, 11, 13, 30)) is Phase.FREEZE


def test_the_round_may_have_another_step_than_the_listing() -> None:
    sale = in_round(step_timed_fen=wan(50))
    assert minimum_fen(sale.state) == wan(1699)
    assert isinstance(sale.bid(A, 1699, ROUND), e.BidAccepted)


def test_the_log_learns_of_a_bidder_with_the_first_bid_and_only_then() -> None:
    sale = Sale()
    first = sale.do(bid(A, 1549, NOON))
    assert [type(event) for event in first] == [e.Admitted, e.BidAccepted]
    again = sale.do(bid(A, 1649, NOON + US))
    assert [type(event) for event in again] == [e.BidRefused]


def test_a_first_bid_that_is_refused_admits_all_the_same() -> None:
    events = Sale().do(bid(A, 1, NOON))
    assert [type(event) for event in events] == [e.Admitted, e.BidRefused]


def test_a_plate_nobody_admitted_leaves_no_trace_in_the_log() -> None:
    command = bid(A, 1549, NOON, admission=None)
    assert refusal(Sale(), command) == "PLATE_NOT_ADMITTED"
    foreign = bid(A, 1549, NOON, admission=e.Admission(B, "00"))
    assert refusal(Sale(), foreign) == "PLATE_NOT_ADMITTED"


def test_a_lot_that_was_never_opened_takes_no_bid() -> None:
    with pytest.raises(Refusal, match="LOT_NOT_OPEN"):
        decide(LotState(), bid(A, 1549, NOON))


def test_a_lot_opens_once() -> None:
    assert refusal(Sale(), open_lot()) == "LOT_ALREADY_OPEN"


# --- the close -----------------------------------------------------------------------------


def test_a_listing_without_a_quote_ends_unsold() -> None:
    sale = Sale()
    sale.tick(LISTING_UNTIL)
    assert sale.state.stage is Stage.UNSOLD
    assert sale.state.ended_at == LISTING_UNTIL


def test_at_the_close_the_log_learns_of_those_who_never_quoted() -> None:
    sale = Sale()
    sale.bid(A, 1549, NOON)
    events = sale.tick(LISTING_UNTIL, roll=(A, C))
    assert [event.plate for event in events if isinstance(event, e.Admitted)] == [C]
    assert isinstance(events[-2], e.ListingClosed)
    assert events[-2].quoted == 1


@pytest.mark.parametrize(
    ("trigger", "quoters", "others", "opens"),
    [
        (TimedTrigger.QUOTED_GE_2, 2, 0, True),
        (TimedTrigger.QUOTED_GE_2, 1, 5, False),
        (TimedTrigger.QUALIFIED_GE_2, 1, 1, True),
        (TimedTrigger.QUALIFIED_GE_2, 1, 0, False),
        (TimedTrigger.ALWAYS, 0, 1, True),
        (TimedTrigger.ALWAYS, 0, 0, False),
        (TimedTrigger.NEVER, 2, 2, False),
    ],
)
def test_the_trigger_decides_whether_a_round_opens(
    trigger: TimedTrigger, quoters: int, others: int, opens: bool
) -> None:
    sale = Sale(timed_trigger=trigger, timed_entry=TimedEntry.QUALIFIED_ALL)
    for i in range(quoters):
        sale.bid(f"100{i}", 1549 + 100 * i, NOON)
    sale.tick(LISTING_UNTIL, roll=[f"200{i}" for i in range(others)])
    assert (sale.state.stage is Stage.ROUND) is opens


def test_preparation_comes_before_the_first_countdown() -> None:
    sale = in_round(prep_seconds=900, countdown_first_seconds=600)
    assert sale.state.bids_from == beijing(11, 11, 14, 45)
    assert sale.state.deadline == beijing(11, 11, 14, 55)
    assert reason(sale.bid(A, 1749, beijing(11, 11, 14, 44, 59, 999))) is Reason.PREPARING


def test_a_bid_never_shortens_a_longer_first_countdown() -> None:
    sale = in_round(countdown_first_seconds=600)
    sale.bid(A, 1749, ROUND + timedelta(seconds=10))
    assert sale.state.deadline == ROUND + timedelta(seconds=600)
    assert sale.state.restarts == 0
    sale.bid(B, 1849, ROUND + timedelta(seconds=400))
    assert sale.state.deadline == ROUND + timedelta(seconds=700)
    assert sale.state.restarts == 1


def test_a_tick_before_its_time_or_a_second_one_does_nothing() -> None:
    sale = Sale()
    assert sale.tick(LISTING_UNTIL - US) == ()
    sale.tick(LISTING_UNTIL)
    assert sale.tick(LISTING_UNTIL) == ()


@pytest.mark.parametrize(
    "command",
    [
        bid(A, 1749, DEADLINE),
        c.Suspend(arrival=DEADLINE, ground="R-80", by="o1"),
        c.Terminate(arrival=DEADLINE, ground="R-81", by=OFFICERS),
    ],
)
def test_nothing_that_arrived_at_the_deadline_is_decided_before_the_close(
    command: c.Command,
) -> None:
    with pytest.raises(NotYetDecidable):
        in_round().do(command)


def test_a_bid_in_time_that_turns_up_after_the_close_holds_the_result() -> None:
    sale = ended()
    event = sale.bid(A, 1749, DEADLINE - US)
    assert isinstance(event, e.BidUnheard)
    assert sale.state.stage is Stage.RESULT_HELD
    confirm = c.ConfirmAward(arrival=DEADLINE + US, by=OFFICERS)
    assert refusal(sale, confirm) == "WRONG_STAGE"


def test_a_held_result_that_is_terminated_keeps_the_end_of_its_bidding() -> None:
    sale = ended()
    sale.bid(A, 1749, DEADLINE - US)
    sale.do(c.Terminate(arrival=DEADLINE + timedelta(days=1), ground="R-90", by=OFFICERS))
    assert sale.state.ended_at == DEADLINE


def test_a_terminated_sale_stays_terminated_whatever_turns_up() -> None:
    sale = in_round()
    sale.do(c.Terminate(arrival=ROUND + 2 * US, ground="R-81", by=OFFICERS))
    assert isinstance(sale.bid(A, 1749, ROUND + US), e.BidUnheard)
    assert sale.state.stage is Stage.TERMINATED
    assert reason(sale.bid(A, 1749, ROUND + 3 * US)) is Reason.LATE


# --- suspension, outage, termination -------------------------------------------------------


def test_a_suspension_before_the_listing_begins_costs_the_listing_nothing() -> None:
    sale = Sale()
    start = LISTING_FROM - timedelta(hours=2)
    sale.do(c.Suspend(arrival=start, ground="R-80", by="o1"))
    sale.do(c.Resume(arrival=LISTING_FROM - timedelta(hours=1), by="o1"))
    assert sale.state.listing_until == LISTING_UNTIL


def test_a_suspension_over_the_beginning_counts_from_the_beginning() -> None:
    sale = Sale()
    start = LISTING_FROM - timedelta(hours=2)
    sale.do(c.Suspend(arrival=start, ground="R-80", by="o1"))
    sale.do(c.Resume(arrival=LISTING_FROM + timedelta(hours=1), by="o1"))
    assert sale.state.listing_until == LISTING_UNTIL + timedelta(hours=1)


def test_a_suspension_never_cuts_a_long_first_countdown_short() -> None:
    sale = in_round(countdown_first_seconds=1800, resume_prep_seconds=15)
    sale.do(c.Suspend(arrival=ROUND + US, ground="R-80", by="o1"))
    sale.do(c.Resume(arrival=ROUND + 2 * US, by="o1"))
    assert sale.state.deadline == ROUND + timedelta(seconds=1800)


def test_only_a_sale_that_runs_can_be_suspended_and_only_a_suspended_one_resumed() -> None:
    sale = in_round()
    assert refusal(sale, c.Resume(arrival=ROUND + US, by="o1")) == "NOT_SUSPENDED"
    sale.do(c.Suspend(arrival=ROUND + US, ground="R-80", by="o1"))
    again = c.Suspend(arrival=ROUND + US, ground="R-80", by="o1")
    assert refusal(sale, again) == "ALREADY_SUSPENDED"
    late = c.Suspend(arrival=DEADLINE, ground="R-80", by="o1")
    assert refusal(ended(), late) == "NOTHING_TO_SUSPEND"


def outage(sale: Sale, start: object, end: object) -> list[type[e.Event]]:
    events = sale.do(c.RecordOutage(arrival=end, start=start))  # type: ignore[arg-type]
    return [type(event) for event in events]


def test_an_outage_in_mid_listing_is_only_noted() -> None:
    sale = Sale()
    assert outage(sale, NOON, NOON + timedelta(hours=5)) == [e.OutageRecorded]
    assert sale.state.suspension is None
    assert sale.state.listing_until == LISTING_UNTIL


def test_an_outage_of_less_than_fifteen_seconds_leaves_the_countdown_as_it_is() -> None:
    sale = in_round()
    start = ROUND + timedelta(seconds=10)
    assert outage(sale, start, start + timedelta(seconds=15) - US) == [e.OutageRecorded]
    assert sale.state.deadline == DEADLINE


def test_an_outage_of_fifteen_seconds_suspends_the_countdown_from_its_beginning() -> None:
    sale = in_round()
    start = ROUND + timedelta(seconds=10)
    assert outage(sale, start, start + timedelta(seconds=15)) == [e.OutageRecorded, e.Suspended]
    assert sale.state.suspension is not None
    assert sale.state.suspension.since == start
    assert sale.state.suspension.remaining == timedelta(seconds=290)


def test_an_outage_over_the_deadline_suspends_however_short() -> None:
    sale = in_round()
    start = DEADLINE - US
    assert outage(sale, start, DEADLINE) == [e.OutageRecorded, e.Suspended]
    assert sale.tick(DEADLINE + timedelta(hours=1)) == ()


def test_an_outage_over_the_close_of_the_listing_gives_the_time_back() -> None:
    sale = Sale()
    start = LISTING_UNTIL - timedelta(minutes=10)
    end = LISTING_UNTIL + timedelta(minutes=50)
    assert outage(sale, start, end) == [e.OutageRecorded, e.Suspended]
    sale.do(c.Resume(arrival=end, by="o1"))
    assert sale.state.listing_until == end + timedelta(minutes=10)


def test_an_outage_of_no_length_or_after_the_end_leaves_no_event() -> None:
    assert outage(in_round(), ROUND, ROUND) == []
    assert outage(ended(), DEADLINE, DEADLINE + timedelta(hours=1)) == []


def test_termination_needs_two_people_and_a_sale_without_a_result() -> None:
    alone = c.Terminate(arrival=NOON, ground="R-81", by=("o1", "o1"))
    assert refusal(Sale(), alone) == "TWO_PERSONS_NEEDED"
    sale = ended()
    sale.do(c.ConfirmAward(arrival=DEADLINE, by=OFFICERS))
    late = c.Terminate(arrival=DEADLINE, ground="R-81", by=OFFICERS)
    assert refusal(sale, late) == "NOTHING_TO_TERMINATE"


# --- after the end -------------------------------------------------------------------------


def test_the_award_is_confirmed_signed_by_both_sides_and_published() -> None:
    sale = ended()
    sale.do(c.ConfirmAward(arrival=DEADLINE, by=OFFICERS))
    for side in ("winner", "grantor"):
        sign = c.SignConfirmation(arrival=DEADLINE, side=side, document="d", statement=side * 2)
        sale.do(sign)
        assert refusal(sale, sign) == "ALREADY_SIGNED"
    sale.do(c.PublishResult(arrival=DEADLINE, by="o1"))
    assert sale.state.stage is Stage.PUBLISHED
    assert sale.state.signatures == {"winner": "winnerwinner", "grantor": "grantorgrantor"}


def test_nothing_of_that_happens_out_of_its_order() -> None:
    sign = c.SignConfirmation(arrival=DEADLINE, side="winner", document="d", statement="s")
    publish = c.PublishResult(arrival=DEADLINE, by="o1")
    assert refusal(ended(), sign) == "WRONG_STAGE"
    assert refusal(ended(), publish) == "WRONG_STAGE"
    alone = c.ConfirmAward(arrival=DEADLINE, by=("o1", "o1"))
    assert refusal(ended(), alone) == "TWO_PERSONS_NEEDED"
    sale = ended()
    sale.do(c.ConfirmAward(arrival=DEADLINE, by=OFFICERS))
    stranger = c.SignConfirmation(arrival=DEADLINE, side="bank", document="d", statement="s")
    assert refusal(sale, stranger) == "UNKNOWN_SIDE"


# --- rehearsals ----------------------------------------------------------------------------


def test_a_rehearsal_may_skip_to_its_close() -> None:
    sale = Sale(practice=True)
    sale.do(c.SkipToClose(arrival=NOON, listing_until=NOON + timedelta(seconds=10)))
    assert sale.state.listing_until == NOON + timedelta(seconds=10)
    sale.tick(NOON + timedelta(seconds=10))
    assert sale.state.stage is Stage.UNSOLD


def test_a_sale_may_not_and_a_rehearsal_is_never_lengthened() -> None:
    skip = c.SkipToClose(arrival=NOON, listing_until=NOON + timedelta(seconds=10))
    assert refusal(Sale(), skip) == "NOT_A_REHEARSAL"
    longer = c.SkipToClose(arrival=NOON, listing_until=LISTING_UNTIL)
    assert refusal(Sale(practice=True), longer) == "NOTHING_TO_SKIP"
    back = c.SkipToClose(arrival=NOON, listing_until=NOON)
    assert refusal(Sale(practice=True), back) == "NOTHING_TO_SKIP"


# --- phases --------------------------------------------------------------------------------


def test_the_phase_follows_from_the_events_and_the_time() -> None:
    listing = Sale(freeze_minutes=60)
    told = {
        LISTING_FROM - US: Phase.ANNOUNCED,
        LISTING_FROM: Phase.LISTING,
        LISTING_UNTIL - timedelta(hours=1): Phase.FREEZE,
        LISTING_UNTIL - US: Phase.FREEZE,
        LISTING_UNTIL: Phase.CLOSING,
    }
    assert {at: phase_at(listing.state, at) for at in told} == told

    live = in_round(prep_seconds=60)
    bids_from = ROUND + timedelta(seconds=60)
    deadline = bids_from + timedelta(seconds=300)
    told = {
        ROUND: Phase.PREP,
        bids_from - US: Phase.PREP,
        bids_from: Phase.LIVE,
        deadline - US: Phase.LIVE,
        deadline: Phase.CLOSING,
    }
    assert {at: phase_at(live.state, at) for at in told} == told

    live.do(c.Suspend(arrival=bids_from, ground="R-80", by="o1"))
    assert phase_at(live.state, deadline) is Phase.SUSPENDED
    assert phase_at(ended().state, DEADLINE) is Phase.AWARD_PENDING
