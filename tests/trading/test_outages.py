"""A database that goes away and comes back: nothing handed in is lost, nobody wins by it (R-90)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from factories import LISTING_UNTIL, A, B, Floor, bid, in_round, opened
from sqlalchemy import Engine

from auction.core import commands as c
from auction.core import events as e
from auction.core.reasons import Reason
from auction.core.state import Stage
from auction.store import journal
from auction.store.transactions import OutcomeUnknown, SqlStore, SqlTransaction, Unavailable
from auction.trading.sequencer import FAULTS, RETRY, STALLED, Pending
from auction.trading.time import DrivenClock
from auction.trading.work import Answer, Work

DEADLINE = LISTING_UNTIL + timedelta(minutes=5)


class Cut(SqlTransaction):
    """A transaction whose line is cut when it looks for a signed head."""

    def signed(self, log_id: int, size: int | None = None) -> tuple[int, str] | None:
        if size is not None:
            raise Unavailable
        return super().signed(log_id)


class Weak(SqlStore):
    """The real store, whose line to the database can be cut."""

    away = False
    broken = False
    """Whether the database refuses whatever is written."""
    cut_commit = ""
    """`before` or `after`: where the next commit is cut off, from the client's side."""
    cut_reading = False
    """Whether the line is cut when the next batch has read the log again."""

    @contextmanager
    def writing(self) -> Iterator[SqlTransaction]:
        if self.away:
            raise Unavailable
        if self.broken:
            raise ZeroDivisionError
        cut, self.cut_commit = self.cut_commit, ""
        if cut == "before":
            try:
                with super().writing() as tx:
                    yield tx
                    raise ConnectionError
            except ConnectionError:
                raise OutcomeUnknown from None
        else:
            with super().writing() as tx:
                if self.cut_reading:
                    self.cut_reading = False
                    tx = Cut(tx.conn, self.worker)
                yield tx
            if cut == "after":
                raise OutcomeUnknown


def weakened(floor: Floor) -> Weak:
    store = Weak(floor.engine)
    floor.writer._store = store
    return store


def handed_in(floor: Floor, plate: str, amount: int) -> Pending:
    pending = floor.sequencer.ask(
        lambda at: Work(floor.lot_id, bid(plate, amount, at)), floor.lot_id
    )
    floor.sequencer.settle()
    return pending


def event_of(pending: Pending) -> e.Event:
    return pending.wait(0).records[-1].event


def types(floor: Floor) -> list[str]:
    with floor.engine.connect() as conn:
        return [leaf.type for leaf in journal.read(conn, floor.runtime.log_id)]


def test_a_bid_handed_in_while_the_database_is_away_is_decided_when_it_is_back(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    store = weakened(floor)
    store.away = True
    waiting = handed_in(floor, A, 1549)
    arrived = clock.now()
    with pytest.raises(TimeoutError):
        waiting.wait(0)
    clock.advance(seconds=3)
    store.away = False
    floor.sequencer.settle()
    record = waiting.wait(0).records[-1]
    assert isinstance(record.event, e.BidAccepted)
    assert record.arrival == arrived
    assert types(floor)[-3:] == ["outage_recorded", "admitted", "bid_accepted"]


def test_an_outage_over_a_deadline_suspends_and_nobody_wins_by_it(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    store = weakened(floor)
    clock.move_to(DEADLINE - timedelta(seconds=2))
    store.away = True
    in_time = handed_in(floor, A, 1749)
    clock.move_to(DEADLINE + timedelta(seconds=1))
    during = handed_in(floor, B, 1849)
    clock.advance(seconds=2)
    store.away = False
    floor.sequencer.settle()
    assert floor.state.suspension is not None
    assert floor.state.suspension.ground == "OUTAGE"
    # It counts from the last moment at which the service was well, or from the oldest bid that
    # is undecided: both came while it was ill, and neither may win by it.
    assert floor.state.suspension.since == DEADLINE - timedelta(seconds=2)
    for pending in (in_time, during):
        refused = event_of(pending)
        assert isinstance(refused, e.BidRefused)
        assert refused.reason is Reason.SUSPENDED
    assert floor.state.stage is Stage.ROUND


def test_a_long_outage_in_a_countdown_suspends(engine: Engine, clock: DrivenClock) -> None:
    floor = in_round(engine, clock)
    store = weakened(floor)
    clock.advance(seconds=60)
    store.away = True
    handed_in(floor, A, 1749)
    clock.advance(seconds=15)
    store.away = False
    floor.sequencer.settle()
    assert floor.state.suspension is not None


def test_a_short_outage_that_no_deadline_fell_into_changes_nothing(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    store = weakened(floor)
    clock.advance(seconds=60)
    store.away = True
    pending = handed_in(floor, A, 1749)
    clock.advance(seconds=3)
    store.away = False
    floor.sequencer.settle()
    assert isinstance(event_of(pending), e.BidAccepted)
    assert floor.state.suspension is None


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_commit_whose_outcome_is_unknown_is_looked_up_and_not_repeated(
    engine: Engine, clock: DrivenClock, cut: str
) -> None:
    floor = opened(engine, clock)
    store = weakened(floor)
    store.cut_commit = cut
    first = handed_in(floor, A, 1549)
    second = handed_in(floor, B, 1649)
    clock.advance(seconds=1)
    floor.sequencer.settle()
    for pending in (first, second):
        assert isinstance(event_of(pending), e.BidAccepted)
    assert types(floor).count("bid_accepted") == 2
    assert floor.restarted().state == floor.state


@pytest.mark.parametrize("cut", ["before", "after"])
def test_also_an_officers_act(engine: Engine, clock: DrivenClock, cut: str) -> None:
    floor = opened(engine, clock)
    store = weakened(floor)
    store.cut_commit = cut
    told: list[object] = []
    pending = floor.sequencer.ask(
        lambda at: Work(
            floor.lot_id,
            bid(A, 1549, at),
            also=lambda _conn, answer: told.append(answer),
        ),
        floor.lot_id,
    )
    floor.sequencer.settle()
    clock.advance(seconds=1)
    floor.sequencer.settle()
    answer = pending.wait(0)
    assert answer.refusal is None
    assert not answer.repeated
    assert len(answer.records) == len(answer.receipts) == 2
    assert len(told) == (1 if cut == "after" else 2), "done again only if it was undone"


def test_a_worker_that_stood_still_records_it_before_it_decides_anything(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    floor.sequencer._running = True  # as in a server, but stepped by hand
    floor.bid(A, 1749)
    well = clock.now()
    clock.move_to(well + STALLED + timedelta(seconds=11))
    answer = floor.bid(B, 1849)
    assert types(floor)[-3:] == ["outage_recorded", "suspended", "bid_refused"]
    assert floor.state.suspension is not None
    assert floor.state.suspension.since == well
    assert isinstance(answer.records[-1].event, e.BidRefused)


def test_a_transition_that_keeps_failing_suspends_its_lot(
    engine: Engine, clock: DrivenClock
) -> None:
    def broken(_conn: object, _lot_id: int) -> tuple[e.Admission, ...]:
        raise ZeroDivisionError

    floor = opened(engine, clock, broken)
    floor.bid(A, 1549)
    clock.move_to(LISTING_UNTIL)
    for _ in range(FAULTS + 1):
        floor.sequencer.settle()
        clock.advance(seconds=RETRY.total_seconds())
    floor.sequencer.settle()
    assert floor.state.suspension is not None
    assert floor.state.stage is Stage.LISTING


# --- recorded before anything else ---------------------------------------------------------


def restarted(floor: Floor, last_sign: datetime) -> Floor:
    """Another process, which was told when the service last was known to run."""
    other = floor.restarted()
    other.sequencer.silent_since(last_sign)
    return other


def test_the_outage_before_a_start_is_recorded_however_often_that_fails(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    last_sign = DEADLINE - timedelta(seconds=3)
    clock.move_to(DEADLINE + timedelta(seconds=3))
    other = restarted(floor, last_sign)
    store = weakened(other)
    for cut in ("before", "after"):
        store.cut_commit = cut
        other.sequencer.settle()
        clock.advance(seconds=RETRY.total_seconds())
    other.sequencer.settle()
    assert other.state.stage is Stage.ROUND
    assert other.state.suspension is not None
    assert other.state.suspension.since == last_sign


def test_nothing_is_decided_before_the_outage_could_be_recorded(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    last_sign = DEADLINE - timedelta(seconds=3)
    clock.move_to(DEADLINE + timedelta(seconds=3))
    other = restarted(floor, last_sign)
    store = weakened(other)
    store.broken = True
    other.sequencer.settle()
    assert not other.sequencer.may_show(clock.now())
    store.broken = False
    clock.advance(seconds=RETRY.total_seconds())
    other.sequencer.settle()
    assert other.sequencer.may_show(clock.now())
    assert other.state.suspension is not None
    assert other.state.suspension.since == last_sign


def test_a_worker_shows_itself_only_when_its_outage_stands_in_the_log(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    store = weakened(floor)
    store.away = True
    handed_in(floor, A, 1749)
    store.away = False
    assert not floor.sequencer.may_show(clock.now()), "the store is back, but nothing recorded"
    clock.advance(seconds=RETRY.total_seconds())
    floor.sequencer.settle()
    assert floor.sequencer.may_show(clock.now())


def test_also_a_worker_that_stood_still_and_is_then_ended(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    floor.sequencer._running = True  # as in a server, but stepped by hand
    clock.move_to(DEADLINE - STALLED)
    floor.sequencer.shown(clock.now())
    clock.move_to(DEADLINE + STALLED)
    assert not floor.sequencer.may_show(clock.now())
    floor.sequencer.stop()
    floor.sequencer.settle()
    assert floor.state.stage is Stage.ROUND
    assert floor.state.suspension is not None


def test_an_outcome_that_could_not_be_read_is_still_looked_up_the_next_time(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    store = weakened(floor)
    store.cut_commit = "after"
    suspended = floor.sequencer.ask(
        lambda at: Work(floor.lot_id, c.Suspend(arrival=at, ground="R-80", by="o1")), floor.lot_id
    )
    floor.sequencer.settle()
    store.cut_reading = True
    clock.advance(seconds=RETRY.total_seconds())
    floor.sequencer.settle()
    clock.advance(seconds=RETRY.total_seconds())
    floor.sequencer.settle()
    answer = suspended.wait(0)
    assert answer.refusal is None
    assert isinstance(answer.records[0].event, e.Suspended)
    assert types(floor).count("suspended") == 1


def test_a_lot_that_was_let_go_on_unnoticed_is_told_of_the_outage_too(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    floor.act(lambda at: c.Suspend(arrival=at, ground="R-80", by="o1"))
    store = weakened(floor)
    store.cut_commit = "after"
    floor.sequencer.ask(lambda at: Work(floor.lot_id, c.Resume(arrival=at, by="o1")), floor.lot_id)
    floor.sequencer.settle()
    assert floor.state.suspension is not None, "as far as this worker knows"
    clock.advance(hours=1)
    floor.sequencer.settle()
    assert types(floor)[-2:] == ["outage_recorded", "suspended"]
    assert floor.state.stage is Stage.ROUND


def test_a_batch_in_which_the_process_stood_still_does_not_hide_it(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    floor.sequencer._running = True  # as in a server, but stepped by hand
    clock.move_to(DEADLINE - STALLED)
    floor.sequencer.shown(clock.now())

    def stand_still(_conn: object, _answer: Answer) -> None:
        clock.move_to(DEADLINE + STALLED)

    floor.sequencer.ask(
        lambda at: Work(floor.lot_id, bid(B, 1649, at), also=stand_still), floor.lot_id
    )
    floor.sequencer.settle()
    assert floor.state.stage is Stage.ROUND
    assert floor.state.suspension is not None


def test_nor_does_a_start_in_which_the_process_stood_still(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    clock.move_to(DEADLINE - STALLED)
    other = restarted(floor, clock.now() - timedelta(seconds=1))
    other.sequencer.settle()
    clock.move_to(DEADLINE + STALLED)
    other.sequencer.start()
    other.sequencer.stop()
    assert other.state.stage is Stage.ROUND
    assert other.state.suspension is not None
