"""Several workers on one database: a close waits for all of them, whoever announces it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from factories import LISTING_UNTIL, A, B, C, Floor, add_lot, bid, nobody, open_lot, runtime_of
from sqlalchemy import Engine

from auction.core import commands as c
from auction.core import events as e
from auction.core.reasons import Reason
from auction.core.state import Stage
from auction.store import journal, workers
from auction.store.transactions import SqlStore
from auction.store.workers import GONE_AFTER
from auction.trading.batch import BatchWriter
from auction.trading.presence import Presence
from auction.trading.sequencer import Pending, Sequencer
from auction.trading.time import DrivenClock
from auction.trading.work import Work

DEADLINE = LISTING_UNTIL + timedelta(minutes=5)
MS = timedelta(milliseconds=1)


class Worker(Floor):
    """A floor that shows itself to the others."""

    __slots__ = ("presence",)

    def show(self) -> None:
        self.presence.show()  # type: ignore[attr-defined]


def worker(engine: Engine, clock: DrivenClock, name: str, lot_id: int) -> Worker:
    store = SqlStore(engine, name)
    writer = BatchWriter(store, clock, nobody)
    writer.load(runtime_of(engine, lot_id))
    sequencer = Sequencer(writer, clock)
    sequencer.watch(lot_id)
    with engine.begin() as conn:
        workers.enter(conn, name, clock.now())
    made = Worker(engine, clock, writer, sequencer, lot_id)
    made.presence = Presence(store, clock, sequencer, among_others=True)  # type: ignore[attr-defined]
    return made


@pytest.fixture
def two(engine: Engine, clock: DrivenClock) -> tuple[Worker, Worker]:
    """Two workers on the seed lot in the live round, B leading with 1649."""
    lot_id = add_lot(engine).lot_id
    one, other = (worker(engine, clock, name, lot_id) for name in ("one", "other"))
    one.act(open_lot)
    one.bid(A, 1549)
    other.bid(B, 1649)
    clock.move_to(LISTING_UNTIL)
    other.show()
    one.sequencer.settle()
    assert one.state.stage is Stage.ROUND
    other.show()
    return one, other


def come_to(two: tuple[Worker, Worker], clock: DrivenClock, instant: datetime) -> None:
    """Let time pass until `instant`; both workers have shown themselves a second before it."""
    clock.move_to(instant - timedelta(seconds=1))
    for floor in two:
        floor.show()
    clock.move_to(instant)


def decided(pending: Pending) -> e.Event | None:
    try:
        return pending.wait(0).records[-1].event
    except TimeoutError:
        return None


def stage(floor: Floor) -> Stage:
    return floor.restarted().state.stage


# --- watermarks ----------------------------------------------------------------------------


def test_a_close_waits_until_the_others_have_passed_it(
    two: tuple[Worker, Worker], clock: DrivenClock
) -> None:
    one, other = two
    come_to(two, clock, DEADLINE)
    one.sequencer.settle()
    assert stage(one) is Stage.ROUND
    other.show()
    clock.advance(seconds=0.05)
    one.sequencer.settle()
    assert stage(one) is Stage.AWARD_PENDING
    assert one.state.ended_at == DEADLINE


def test_a_bid_in_verification_elsewhere_is_not_overtaken_by_the_close(
    two: tuple[Worker, Worker], clock: DrivenClock
) -> None:
    one, other = two
    clock.move_to(DEADLINE - MS)
    ticket = other.sequencer.ticket(other.lot_id)
    clock.advance(seconds=1)
    other.show()
    one.sequencer.settle()
    assert stage(one) is Stage.ROUND, "the other worker's watermark stands at its ticket"
    pending = other.sequencer.submit(ticket, Work(one.lot_id, bid(A, 1749, ticket.arrival)))
    other.sequencer.settle()
    assert isinstance(decided(pending), e.BidAccepted)
    other.show()
    clock.advance(seconds=0.05)
    one.sequencer.settle()
    assert one.state.deadline == DEADLINE - MS + timedelta(minutes=5)
    assert stage(one) is Stage.ROUND


def test_a_bid_after_the_deadline_waits_for_the_others_and_is_in_time_if_they_extend(
    two: tuple[Worker, Worker], clock: DrivenClock
) -> None:
    one, other = two
    come_to(two, clock, DEADLINE - MS)
    early = other.sequencer.ticket(other.lot_id)
    clock.move_to(DEADLINE + MS)
    late = one.sequencer.ask(lambda at: Work(one.lot_id, bid(C, 1849, at)), one.lot_id)
    allowed = one.sequencer.ask(lambda at: Work(one.lot_id, bid(B, 1849, at)), one.lot_id)
    one.sequencer.settle()
    assert decided(late) is None
    other.sequencer.submit(early, Work(one.lot_id, bid(A, 1749, early.arrival)))
    other.sequencer.settle()
    other.show()
    clock.advance(seconds=0.05)
    one.sequencer.settle()
    refused = decided(late)
    assert isinstance(refused, e.BidRefused)
    assert refused.reason is Reason.NOT_ENTERED, "judged on the rules, not on lateness"
    assert isinstance(decided(allowed), e.BidAccepted)
    assert one.state.deadline == DEADLINE + MS + timedelta(minutes=5)


def test_and_late_if_nobody_extends(two: tuple[Worker, Worker], clock: DrivenClock) -> None:
    one, other = two
    come_to(two, clock, DEADLINE)
    late = one.sequencer.ask(lambda at: Work(one.lot_id, bid(A, 1849, at)), one.lot_id)
    one.sequencer.settle()
    assert decided(late) is None
    other.show()
    clock.advance(seconds=0.05)
    one.sequencer.settle()
    refused = decided(late)
    assert isinstance(refused, e.BidRefused)
    assert refused.reason is Reason.LATE


def test_an_officers_act_waits_for_what_arrived_before_it_elsewhere(
    two: tuple[Worker, Worker], clock: DrivenClock
) -> None:
    one, other = two
    clock.advance(seconds=10)
    ticket = other.sequencer.ticket(other.lot_id)
    clock.advance(seconds=1)
    act = one.sequencer.ask(
        lambda at: Work(one.lot_id, c.Suspend(arrival=at, ground="R-80", by="o1")), one.lot_id
    )
    other.show()
    one.sequencer.settle()
    assert decided(act) is None
    pending = other.sequencer.submit(ticket, Work(one.lot_id, bid(A, 1749, ticket.arrival)))
    other.sequencer.settle()
    other.show()
    clock.advance(seconds=0.05)
    one.sequencer.settle()
    assert isinstance(decided(act), e.Suspended)
    assert isinstance(decided(pending), e.BidAccepted)


def test_nobody_waits_for_a_worker_that_died(
    two: tuple[Worker, Worker], clock: DrivenClock
) -> None:
    one, other = two
    clock.move_to(DEADLINE - MS)
    other.sequencer.ticket(other.lot_id)
    other.show()
    clock.move_to(DEADLINE - MS + GONE_AFTER)
    one.sequencer.settle()
    assert stage(one) is Stage.AWARD_PENDING


def test_a_bid_in_time_that_comes_back_after_the_close_holds_the_result(
    two: tuple[Worker, Worker], clock: DrivenClock
) -> None:
    one, other = two
    clock.move_to(DEADLINE - MS)
    pending = other.sequencer.ask(lambda at: Work(one.lot_id, bid(A, 1749, at)), one.lot_id)
    clock.move_to(DEADLINE + GONE_AFTER)  # the other worker stood still meanwhile
    one.sequencer.settle()
    assert stage(one) is Stage.AWARD_PENDING
    other.sequencer.settle()
    assert isinstance(decided(pending), e.BidUnheard)
    assert stage(one) is Stage.RESULT_HELD


def test_of_two_prices_the_one_sequenced_first_stands(
    two: tuple[Worker, Worker], clock: DrivenClock
) -> None:
    one, other = two
    clock.advance(seconds=10)
    ticket = other.sequencer.ticket(other.lot_id)
    clock.advance(seconds=1)
    assert isinstance(one.bid(A, 1749).records[-1].event, e.BidAccepted)
    pending = other.sequencer.submit(ticket, Work(one.lot_id, bid(A, 1749, ticket.arrival)))
    other.sequencer.settle()
    refused = decided(pending)
    assert isinstance(refused, e.BidRefused)


# --- the clock -----------------------------------------------------------------------------


@pytest.mark.parametrize("announcing", [(True, True), (True, False), (False, True)])
def test_who_announces_changes_nothing(
    two: tuple[Worker, Worker], clock: DrivenClock, announcing: tuple[bool, bool]
) -> None:
    for floor, yes in zip(two, announcing, strict=True):
        floor.sequencer.announcing = yes
    clock.move_to(DEADLINE)
    for _ in range(3):
        for floor in two:
            floor.show()
            floor.sequencer.settle()
        clock.advance(seconds=0.1)
    assert two[0].restarted().state.ended_at == DEADLINE
    with two[0].engine.connect() as conn:
        types = [leaf.type for leaf in journal.read(conn, two[0].runtime.log_id)]
    assert types.count("bidding_ended") == 1


def test_without_a_clock_the_next_command_carries_out_what_was_due(
    two: tuple[Worker, Worker], clock: DrivenClock
) -> None:
    one, other = two
    for floor in two:
        floor.sequencer.announcing = False
    clock.move_to(DEADLINE + timedelta(minutes=1))
    one.sequencer.settle()
    assert stage(one) is Stage.ROUND, "nobody announces"
    other.show()
    answer = one.act(lambda at: bid(A, 1749, at))
    refused = answer.records[-1].event
    assert isinstance(refused, e.BidRefused)
    assert (refused.reason, one.state.ended_at) == (Reason.LATE, DEADLINE)


def test_a_clock_that_starts_late_announces_the_same_end(
    two: tuple[Worker, Worker], clock: DrivenClock
) -> None:
    one, other = two
    for floor in two:
        floor.sequencer.announcing = False
    clock.move_to(DEADLINE + timedelta(hours=3))
    other.show()
    one.show()
    one.sequencer.settle()
    one.sequencer.announcing = True
    one.sequencer.settle()
    assert (one.state.stage, one.state.ended_at) == (Stage.AWARD_PENDING, DEADLINE)


# --- one answer ----------------------------------------------------------------------------


def test_a_retry_at_another_worker_gets_the_first_answer(
    two: tuple[Worker, Worker], clock: DrivenClock
) -> None:
    one, other = two
    clock.advance(seconds=1)
    command = bid(A, 1749, clock.now())
    first = one.act(lambda _at: command)
    again = other.act(lambda at: replace(command, arrival=at))
    assert again.repeated
    assert again.records == first.records[-1:]
    assert again.receipts == first.receipts[-1:]


def test_a_worker_follows_what_the_others_write(
    two: tuple[Worker, Worker], clock: DrivenClock
) -> None:
    one, other = two
    clock.advance(seconds=1)
    one.bid(A, 1749)
    assert other.state.leader == B
    other.show()
    assert other.state == one.state


def test_also_of_a_lot_that_stands_still(two: tuple[Worker, Worker], clock: DrivenClock) -> None:
    one, other = two
    one.act(lambda at: c.Suspend(arrival=at, ground="R-80", by="o1"))
    other.show()
    assert other.state.suspension is not None
    one.act(lambda at: c.Resume(arrival=at, by="o1"))
    other.show()
    assert other.state.suspension is None
    assert other.state.deadline is not None
    come_to(two, clock, other.state.deadline)
    one.show()
    other.sequencer.settle()
    assert stage(one) is Stage.AWARD_PENDING, "the other one, being the clock, closes it"


def test_a_ticket_given_up_hides_no_bid_behind_it(
    two: tuple[Worker, Worker], clock: DrivenClock
) -> None:
    one, other = two
    clock.move_to(DEADLINE - MS)
    given_up = other.sequencer.ticket(other.lot_id)
    ticket = other.sequencer.ticket(other.lot_id)
    other.sequencer.withdraw(given_up)
    clock.advance(seconds=1)
    other.show()
    assert other.sequencer.watermark() == ticket.arrival
    one.sequencer.settle()
    assert stage(one) is Stage.ROUND
