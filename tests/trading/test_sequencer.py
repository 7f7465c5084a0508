"""Tickets and hold: decided in the order of arrival, whatever became ready first."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from factories import (
    LISTING_UNTIL,
    A,
    B,
    C,
    Floor,
    add_lot,
    bid,
    in_round,
    open_lot,
    opened,
    wan,
)
from sqlalchemy import Connection, Engine, event, select

from auction.core import commands as c
from auction.core import events as e
from auction.core.reasons import Reason, Refusal
from auction.core.state import Stage
from auction.store import journal
from auction.store.sales import Bid
from auction.trading.sequencer import MAX_VERIFICATION, RETRY, Pending, Ticket
from auction.trading.time import DrivenClock
from auction.trading.work import Answer, Committed, Work

DEADLINE = LISTING_UNTIL + timedelta(minutes=5)
MS = timedelta(milliseconds=1)


def arrive(floor: Floor) -> Ticket:
    return floor.sequencer.ticket(floor.lot_id)


def verified(floor: Floor, ticket: Ticket, plate: str, amount_wan: int) -> Pending:
    """The bid of `ticket` comes out of verification."""
    return floor.sequencer.submit(
        ticket, Work(floor.lot_id, bid(plate, amount_wan, ticket.arrival))
    )


def event_of(pending: Pending) -> e.Event:
    return pending.wait(0).records[-1].event


def undecided(pending: Pending) -> bool:
    try:
        pending.wait(0)
    except TimeoutError:
        return True
    return False


def types(floor: Floor) -> list[str]:
    with floor.engine.connect() as conn:
        return [leaf.type for leaf in journal.read(conn, floor.runtime.log_id)]


# --- order ---------------------------------------------------------------------------------


def test_commands_are_decided_in_the_order_of_their_tickets(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    first, second, third = arrive(floor), arrive(floor), arrive(floor)
    assert first.arrival == second.arrival == third.arrival
    late = verified(floor, third, C, 1749)
    middle = verified(floor, second, B, 1649)
    floor.sequencer.settle()
    assert undecided(late)
    assert undecided(middle)
    early = verified(floor, first, A, 1549)
    floor.sequencer.settle()
    for pending in (early, middle, late):
        assert isinstance(event_of(pending), e.BidAccepted)
    seqs = [pending.wait(0).records[-1].seq for pending in (early, middle, late)]
    assert seqs == sorted(seqs)


def test_another_lot_does_not_wait(engine: Engine, clock: DrivenClock) -> None:
    floor = opened(engine, clock)
    second = add_lot(engine, "2024JC-5")
    floor.writer.load(second)
    slow = arrive(floor)
    quick = floor.sequencer.ask(lambda at: Work(second.lot_id, open_lot(at)), second.lot_id)
    floor.sequencer.settle()
    assert isinstance(event_of(quick), e.LotOpened)
    floor.sequencer.withdraw(slow)


def test_a_ticket_given_up_holds_nobody(engine: Engine, clock: DrivenClock) -> None:
    floor = opened(engine, clock)
    broken, good = arrive(floor), arrive(floor)
    pending = verified(floor, good, A, 1549)
    floor.sequencer.withdraw(broken)
    floor.sequencer.settle()
    assert isinstance(event_of(pending), e.BidAccepted)


def test_a_ticket_whose_command_never_comes_is_void_in_the_end(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    lost, good = arrive(floor), arrive(floor)
    pending = verified(floor, good, A, 1549)
    clock.move_to(lost.arrival + MAX_VERIFICATION - timedelta(microseconds=1))
    floor.sequencer.settle()
    assert undecided(pending)
    clock.move_to(lost.arrival + MAX_VERIFICATION)
    floor.sequencer.settle()
    assert isinstance(event_of(pending), e.BidAccepted)
    with pytest.raises(Refusal, match="TICKET_EXPIRED"):
        verified(floor, lost, B, 1649)


def test_a_command_is_the_one_of_its_ticket(engine: Engine, clock: DrivenClock) -> None:
    floor = opened(engine, clock)
    ticket = arrive(floor)
    with pytest.raises(ValueError, match="another lot or arrival"):
        floor.sequencer.submit(ticket, Work(floor.lot_id, bid(A, 1549, clock.now() - MS)))
    with pytest.raises(ValueError, match="another lot or arrival"):
        floor.sequencer.submit(ticket, Work(floor.lot_id + 1, bid(A, 1549, clock.now())))
    verified(floor, ticket, A, 1549)
    with pytest.raises(ValueError, match="already"):
        verified(floor, ticket, A, 1549)


def test_asking_gives_the_ticket_back_if_the_command_cannot_be_made(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)

    def impossible(_at: datetime) -> Work:
        raise KeyError("profile")

    with pytest.raises(KeyError):
        floor.sequencer.ask(impossible, floor.lot_id)
    assert isinstance(floor.bid(A, 1549).records[-1].event, e.BidAccepted)


# --- hold ----------------------------------------------------------------------------------


def test_a_bid_in_time_extends_although_it_was_verified_after_the_deadline(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    clock.move_to(DEADLINE - 10 * MS)
    ticket = arrive(floor)
    clock.move_to(DEADLINE + 170 * MS)
    floor.sequencer.settle()
    assert floor.state.stage is Stage.ROUND, "the close waits for what arrived before it"
    pending = verified(floor, ticket, A, 1749)
    floor.sequencer.settle()
    assert isinstance(event_of(pending), e.BidAccepted)
    assert floor.state.stage is Stage.ROUND
    assert floor.state.deadline == DEADLINE - 10 * MS + timedelta(minutes=5)


def test_a_bid_after_the_deadline_is_held_and_lives_if_the_deadline_moved(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    clock.move_to(DEADLINE - 10 * MS)
    in_time = arrive(floor)
    clock.move_to(DEADLINE + 10 * MS)
    held = verified(floor, arrive(floor), B, 1849)
    floor.sequencer.settle()
    assert undecided(held)
    verified(floor, in_time, A, 1749)
    floor.sequencer.settle()
    assert isinstance(event_of(held), e.BidAccepted)
    assert floor.state.price_fen == wan(1849)


def test_and_is_late_if_what_it_waited_for_was_no_bid(engine: Engine, clock: DrivenClock) -> None:
    floor = in_round(engine, clock)
    clock.move_to(DEADLINE - 10 * MS)
    nothing = arrive(floor)
    clock.move_to(DEADLINE)
    held = verified(floor, arrive(floor), A, 1749)
    floor.sequencer.settle()
    assert undecided(held)
    floor.sequencer.withdraw(nothing)
    floor.sequencer.settle()
    refused = event_of(held)
    assert isinstance(refused, e.BidRefused)
    assert refused.reason is Reason.LATE
    assert floor.state.ended_at == DEADLINE
    assert types(floor)[-2:] == ["bidding_ended", "bid_refused"]


def test_nobody_holds_up_a_close_for_longer_than_verification_may_take(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    clock.move_to(DEADLINE - MS)
    ticket = arrive(floor)
    clock.move_to(ticket.arrival + MAX_VERIFICATION)
    floor.sequencer.settle()
    assert floor.state.ended_at == DEADLINE


def test_an_officers_act_is_held_like_a_bid(engine: Engine, clock: DrivenClock) -> None:
    floor = in_round(engine, clock)
    clock.move_to(DEADLINE)
    answer = floor.act(lambda at: c.Suspend(arrival=at, ground="R-80", by="o1"))
    assert answer.refusal is not None
    assert answer.refusal.code == "NOTHING_TO_SUSPEND"
    assert floor.state.ended_at == DEADLINE


def test_listing_close_and_round_end_follow_each_other_when_nobody_watched(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    floor.bid(A, 1549)
    floor.bid(B, 1649)
    floor.pass_until(DEADLINE + timedelta(days=1))
    assert (floor.state.stage, floor.state.ended_at) == (Stage.AWARD_PENDING, DEADLINE)
    assert types(floor)[-3:] == ["listing_closed", "round_opened", "bidding_ended"]


def test_a_bid_in_the_new_round_finds_the_round_although_no_tick_came_before_it(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    floor.bid(A, 1549)
    floor.bid(B, 1649)
    clock.move_to(LISTING_UNTIL)
    answer = floor.bid(A, 1749)
    accepted = answer.records[-1].event
    assert isinstance(accepted, e.BidAccepted)
    assert accepted.deadline == DEADLINE
    assert [type(record.event) for record in answer.records] == [e.BidAccepted]


def test_a_moved_deadline_is_kept_and_the_old_one_forgotten(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    clock.move_to(DEADLINE - MS)
    floor.bid(A, 1749)
    moved = DEADLINE - MS + timedelta(minutes=5)
    floor.pass_until(moved - MS)
    assert floor.state.stage is Stage.ROUND
    floor.pass_until(moved)
    assert floor.state.ended_at == moved


def test_a_rehearsal_that_skips_closes_at_the_earlier_instant(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock, practice=True)
    soon = clock.now() + timedelta(seconds=10)
    floor.act(lambda at: c.SkipToClose(arrival=at, listing_until=soon))
    floor.pass_until(soon)
    assert (floor.state.stage, floor.state.ended_at) == (Stage.UNSOLD, soon)


# --- outages -------------------------------------------------------------------------------


def outage(floor: Floor, start: datetime) -> Answer:
    return floor.act(lambda at: c.RecordOutage(arrival=at, start=start))


def kinds(answer: Answer) -> list[type[e.Event]]:
    return [type(record.event) for record in answer.records]


def test_an_outage_in_the_listing_is_noted_and_the_listing_goes_on(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    clock.advance(hours=30)
    assert kinds(outage(floor.restarted(), clock.now() - timedelta(hours=6))) == [e.OutageRecorded]


@pytest.mark.parametrize(("length", "suspended"), [(14.999999, False), (15, True)])
def test_an_outage_in_the_countdown_suspends_from_fifteen_seconds_on(
    engine: Engine, clock: DrivenClock, length: float, suspended: bool
) -> None:
    floor = in_round(engine, clock)
    start = clock.now()
    clock.advance(seconds=length)
    later = floor.restarted()
    outage(later, start)
    assert (later.state.suspension is not None) is suspended
    assert later.state.deadline == DEADLINE


@pytest.mark.parametrize("length", [timedelta(seconds=1), timedelta(hours=3)])
def test_an_outage_over_the_deadline_suspends_and_nobody_wins_by_it(
    engine: Engine, clock: DrivenClock, length: timedelta
) -> None:
    floor = in_round(engine, clock)
    start = DEADLINE - timedelta(milliseconds=500)
    clock.move_to(start + length)
    later = floor.restarted()
    assert kinds(outage(later, start)) == [e.OutageRecorded, e.Suspended]
    assert later.state.stage is Stage.ROUND
    later.pass_until(clock.now() + timedelta(days=2))
    assert later.state.ended_at is None
    later.act(lambda at: c.Resume(arrival=at, by="o1"))
    assert later.state.deadline == clock.now() + timedelta(minutes=20)


def test_an_outage_over_the_close_of_the_listing_opens_no_round(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    floor.bid(A, 1549)
    floor.bid(B, 1649)
    clock.move_to(LISTING_UNTIL + timedelta(hours=1))
    later = floor.restarted()
    outage(later, LISTING_UNTIL - timedelta(hours=1))
    assert later.state.stage is Stage.LISTING
    later.act(lambda at: c.Resume(arrival=at, by="o1"))
    assert later.state.listing_until == LISTING_UNTIL + timedelta(hours=2)


def test_a_close_that_was_due_before_the_outage_began_is_carried_out(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    clock.move_to(DEADLINE + timedelta(hours=1))
    later = floor.restarted()
    assert kinds(outage(later, DEADLINE)) == []
    assert later.state.ended_at == DEADLINE


# --- faults --------------------------------------------------------------------------------


def break_writes(engine: Engine) -> list[bool]:
    """While the list is not empty, no transaction gets beyond its beginning."""
    broken: list[bool] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _refuse(conn: Connection, *_args: object) -> None:
        if broken and conn.get_execution_options().get("immediate"):
            raise OSError("the disk is gone")

    return broken


def test_a_close_that_could_not_be_written_is_tried_again(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    broken = break_writes(engine)
    broken.append(True)
    floor.pass_until(DEADLINE)
    assert floor.state.stage is Stage.ROUND
    broken.clear()
    floor.pass_until(DEADLINE + RETRY)
    assert (floor.state.stage, floor.state.ended_at) == (Stage.AWARD_PENDING, DEADLINE)


def test_a_failed_command_is_answered_and_the_next_one_decided(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    broken = break_writes(engine)
    broken.append(True)
    with pytest.raises(OSError, match="disk"):
        floor.bid(A, 1549)
    broken.clear()
    assert isinstance(floor.bid(A, 1549).records[-1].event, e.BidAccepted)


def test_whoever_asks_about_a_lot_nobody_knows_is_told_so(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    pending = floor.sequencer.ask(lambda at: Work(99, bid(A, 1549, at)), 99)
    floor.sequencer.settle()
    with pytest.raises(KeyError):
        pending.wait(0)


# --- those who watch -----------------------------------------------------------------------


def test_listeners_hear_of_every_commit_after_it_and_in_order(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    heard: list[int] = []

    def listener(committed: Committed) -> None:
        with engine.connect() as conn:
            stored = journal.head(conn, committed.runtime.log_id).size
        assert stored == committed.records[-1].seq
        heard.extend(record.seq for record in committed.records)

    floor.sequencer.listen(listener)
    floor.bid(A, 1549)
    floor.bid(B, 1649)
    floor.pass_until(DEADLINE)
    assert heard == list(range(2, 9))


def test_a_listener_that_fails_takes_nothing_from_the_others(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    heard: list[Committed] = []

    def deaf(_committed: Committed) -> None:
        raise OSError("the line is cut")

    floor.sequencer.listen(deaf)
    floor.sequencer.listen(heard.append)
    assert isinstance(floor.bid(A, 1549).records[-1].event, e.BidAccepted)
    assert len(heard) == 1


def test_refused_bids_stand_in_the_record_with_what_was_compared(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    floor.bid(A, 1549)
    floor.bid(B, 1600)
    with engine.connect() as conn:
        row = conn.execute(select(Bid.reason, Bid.facts, Bid.live).where(~Bid.accepted)).one()
    assert (row.reason, row.live) == ("BID_TOO_LOW", False)
    assert row.facts["minimum_fen"] == wan(1649)


def test_a_retry_with_its_own_ticket_changes_nothing(engine: Engine, clock: DrivenClock) -> None:
    floor = in_round(engine, clock)
    clock.move_to(DEADLINE - MS)
    command = bid(A, 1749, clock.now())
    floor.act(lambda _at: command)
    moved = floor.state.deadline
    clock.advance(minutes=1)
    again = floor.act(lambda at: replace(command, arrival=at))
    assert again.repeated
    assert floor.state.deadline == moved
