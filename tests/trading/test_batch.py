"""The batch: one transaction, memory only after the commit, one bad command costs only itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from factories import (
    CODE,
    LISTING_UNTIL,
    A,
    B,
    C,
    D,
    Floor,
    add_lot,
    bid,
    in_round,
    log_key,
    nobody,
    open_lot,
    opened,
    runtime_of,
    wan,
)
from sqlalchemy import Connection, Engine, event, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from auction.core import commands as c
from auction.core import events as e
from auction.core.reasons import Refusal
from auction.core.state import LotState, Stage
from auction.ledger import canonical, receipt
from auction.ledger.checkpoint import Checkpoint, open_note, sign
from auction.ledger.merkle import Tree, leaf_hash
from auction.store import journal
from auction.store.logs import Log, LogCheckpoint, LogEntry, Worker
from auction.store.sales import Bid
from auction.store.transactions import SqlStore, SqlTransaction
from auction.trading.batch import BatchWriter
from auction.trading.ports import Unavailable
from auction.trading.runtime import LogCorrupt
from auction.trading.time import DrivenClock
from auction.trading.work import Answer, Head, Nudge, Work

VERIFIER = log_key(CODE).verifier


def answered(got: object) -> Answer:
    assert isinstance(got, Answer)
    return got


def last(got: object) -> e.Event:
    return answered(got).records[-1].event


def stored(engine: Engine, log_id: int) -> list[journal.Leaf]:
    with engine.connect() as conn:
        return journal.read(conn, log_id)


def assert_memory_is_the_log(floor: Floor) -> None:
    """State, tree, answers and last instant in memory are those a new process reads."""
    mine, read = floor.runtime, floor.restarted().runtime
    assert (mine.state, mine.answers) == (read.state, read.answers)
    assert (mine.tree.size, mine.tree.root()) == (read.tree.size, read.tree.root())
    assert mine.last_sequenced == read.last_sequenced


@contextmanager
def failing_writes(engine: Engine, table: str) -> Iterator[None]:
    """The database itself refuses every new row of `table`."""
    if engine.dialect.name == "sqlite":
        made = [
            f"CREATE TRIGGER broken BEFORE INSERT ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'disk on fire'); END"
        ]
        undone = ["DROP TRIGGER broken"]
    else:
        made = [
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'disk on fire'; END $$",
            f"CREATE TRIGGER broken BEFORE INSERT ON {table} EXECUTE FUNCTION broken()",
        ]
        undone = [f"DROP TRIGGER broken ON {table}", "DROP FUNCTION broken"]
    with engine.begin() as conn:
        for statement in made:
            conn.execute(text(statement))
    try:
        yield
    finally:
        with engine.begin() as conn:
            for statement in undone:
                conn.execute(text(statement))


def impatient(engine: Engine) -> None:
    """New connections to this SQLite file give up at once where another one writes."""
    engine.dispose()

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=0")


# --- what is answered ----------------------------------------------------------------------


def test_each_event_of_a_batch_is_proved_under_the_one_signed_head(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    works = [
        Work(floor.lot_id, bid(A, 1549, clock.now())),
        Work(floor.lot_id, bid(B, 1649, clock.now())),
    ]
    answers, gained = floor.writer.run(works)
    heads = set()
    for answer in map(answered, answers):
        assert len(answer.receipts) == len(answer.records) == 2  # admission and bid
        for record, proof in zip(answer.records, answer.receipts, strict=True):
            assert canonical.decode(proof.leaf) == record.to_data(CODE)
            heads.add(receipt.verify(proof, VERIFIER))
    assert heads == {Checkpoint(VERIFIER.name, 5, floor.runtime.tree.root())}
    assert [record.seq for record in gained[0].records] == [2, 3, 4, 5]
    assert open_note(gained[0].note, VERIFIER).size == 5


def test_a_receipt_of_another_lot_is_not_believed(engine: Engine, clock: DrivenClock) -> None:
    floor = opened(engine, clock)
    answer = floor.bid(A, 1549)
    with pytest.raises(receipt.ReceiptError):
        receipt.verify(answer.receipts[0], log_key("2024JC-5").verifier)


def test_a_retry_is_given_the_first_answer(engine: Engine, clock: DrivenClock) -> None:
    floor = opened(engine, clock)
    command = bid(A, 1549, clock.now())
    first = floor.act(lambda _at: command)
    floor.bid(B, 1649)
    again = floor.act(lambda _at: command)
    assert again.repeated
    assert again.records == first.records[-1:]
    assert receipt.verify(again.receipts[0], VERIFIER).size == 3
    assert floor.state.leader == B


def test_also_after_a_restart_and_at_a_new_writer(engine: Engine, clock: DrivenClock) -> None:
    floor = opened(engine, clock)
    command = bid(A, 1549, clock.now())
    first = floor.act(lambda _at: command)
    later = floor.restarted()
    again = later.act(lambda at: replace(command, arrival=at))
    assert again.repeated
    assert again.records == first.records[-1:]
    assert again.receipts == first.receipts[-1:]
    assert later.runtime.tree.size == 3


def test_and_twice_in_one_batch(engine: Engine, clock: DrivenClock) -> None:
    floor = opened(engine, clock)
    work = Work(floor.lot_id, bid(A, 1549, clock.now()))
    answers, _ = floor.writer.run([work, work])
    first, again = map(answered, answers)
    assert (first.repeated, again.repeated) == (False, True)
    assert again.records == first.records[-1:]
    receipt.verify(again.receipts[0], VERIFIER)


def test_a_refusal_leaves_no_event_and_no_receipt(engine: Engine, clock: DrivenClock) -> None:
    floor = opened(engine, clock)
    answer = floor.act(lambda at: bid(A, 1549, at, admission=None))
    assert answer.refusal is not None
    assert (answer.records, answer.receipts, floor.runtime.tree.size) == ((), (), 1)


def test_a_bid_names_a_head_of_this_log_that_its_bidder_saw(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    seen = Head(1, floor.runtime.tree.root_at(1))
    floor.bid(A, 1549)
    good = Work(floor.lot_id, bid(B, 1649, clock.now()), seen=seen)
    answers, _ = floor.writer.run([good])
    assert isinstance(last(answers[0]), e.BidAccepted)
    for head in (Head(1, bytes(32)), Head(0, seen.root), Head(99, seen.root)):
        work = Work(floor.lot_id, bid(C, 1749, clock.now()), seen=head)
        answers, _ = floor.writer.run([work])
        refusal = answered(answers[0]).refusal
        assert isinstance(refusal, Refusal)
        assert refusal.code == "HEAD_UNKNOWN"


# --- time ----------------------------------------------------------------------------------


def test_every_transition_is_recorded_at_its_own_instant_however_late_it_is_written(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    floor.bid(A, 1549)
    floor.bid(B, 1649)
    clock.move_to(LISTING_UNTIL + timedelta(hours=1))
    floor.writer.run([Work(floor.lot_id, Nudge(clock.now()))])
    leaves = stored(engine, floor.runtime.log_id)[-3:]
    assert [leaf.type for leaf in leaves] == ["listing_closed", "round_opened", "bidding_ended"]
    assert leaves[1].arrival == LISTING_UNTIL
    assert leaves[2].arrival == LISTING_UNTIL + timedelta(minutes=5)
    assert leaves[2].sequenced == clock.now()


def test_the_time_of_writing_never_goes_back_in_a_log(engine: Engine, clock: DrivenClock) -> None:
    floor = opened(engine, clock)
    behind = DrivenClock(clock.now() - timedelta(minutes=1))
    writer = BatchWriter(SqlStore(engine), behind, nobody)
    writer.load(runtime_of(engine, floor.lot_id))
    answers, _ = writer.run([Work(floor.lot_id, bid(A, 1549, clock.now()))])
    assert answered(answers[0]).records[-1].sequenced == clock.now()


def test_the_roll_enters_the_log_at_the_close_of_the_listing(
    engine: Engine, clock: DrivenClock
) -> None:
    def roll(_conn: Connection, _lot_id: int) -> tuple[e.Admission, ...]:
        return (e.Admission(A, "known"), e.Admission(C, "silent"))

    floor = opened(engine, clock, roll)
    floor.bid(A, 1549)
    floor.pass_until(LISTING_UNTIL)
    assert floor.state.admitted[C] == "silent"
    assert floor.state.admitted[A] != "known"


# --- nothing before the commit -------------------------------------------------------------


@pytest.mark.parametrize("table", ["log_entry", "log_checkpoint", "bid"])
def test_a_commit_that_fails_leaves_memory_as_the_log_is(
    engine: Engine, clock: DrivenClock, table: str
) -> None:
    floor = opened(engine, clock)
    floor.bid(A, 1549)
    size = floor.runtime.tree.size
    with failing_writes(engine, table):
        works = [
            Work(floor.lot_id, bid(B, 1649, clock.now())),
            Work(floor.lot_id, bid(C, 1749, clock.now())),
        ]
        answers, gained = floor.writer.run(works)
        assert all(isinstance(answer, DBAPIError) for answer in answers)
        assert gained == []
        assert (floor.state.leader, floor.runtime.tree.size) == (A, size)
        assert_memory_is_the_log(floor)
    assert isinstance(floor.bid(B, 1649).records[-1].event, e.BidAccepted)
    assert_memory_is_the_log(floor)


def test_an_outcome_that_was_not_learned_is_read_from_the_log(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    other = floor.restarted()
    command = bid(A, 1549, clock.now())
    # The commit got through but its answer did not: what this writer sees is another's append.
    other.writer.run([Work(floor.lot_id, command)])
    answers, gained = floor.writer.run([Work(floor.lot_id, command)])
    answer = answered(answers[0])
    assert answer.repeated
    assert gained == []
    assert isinstance(answer.records[0].event, e.BidAccepted)
    assert_memory_is_the_log(floor)


@pytest.mark.postgres
def test_a_connection_lost_in_the_middle_is_not_the_end(
    postgresql_database: Engine, clock: DrivenClock
) -> None:
    floor = opened(postgresql_database, clock)
    lost: list[bool] = []

    def cut(conn: Connection, _answer: Answer) -> None:
        if not lost:
            lost.append(True)
            conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    work = Work(floor.lot_id, bid(A, 1549, clock.now()), also=cut)
    answers, _ = floor.writer.run([work])
    assert lost
    assert isinstance(answers[0], Unavailable)
    assert_memory_is_the_log(floor)
    answers, _ = floor.writer.run([work])
    assert isinstance(last(answers[0]), e.BidAccepted)
    assert_memory_is_the_log(floor)


def test_a_database_that_cannot_begin_is_nobodys_fault_and_is_asked_once(
    sqlite_database: Engine, clock: DrivenClock
) -> None:
    engine = sqlite_database
    floor = opened(engine, clock)
    impatient(engine)
    works = [Work(floor.lot_id, bid(plate, 1549, clock.now())) for plate in (A, B, C)]
    with engine.execution_options(immediate=True).begin():
        answers, gained = floor.writer.run(works)
    assert len(answers) == 3
    assert len({id(answer) for answer in answers}) == 1
    assert isinstance(answers[0], Unavailable)
    assert gained == []
    answers, _ = floor.writer.run(works)
    assert isinstance(last(answers[0]), e.BidAccepted)


def test_nothing_overtakes_a_command_that_is_to_be_handed_in_again(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    cuts = iter([ZeroDivisionError, Unavailable])

    def cut(_conn: Connection, _answer: Answer) -> None:
        if (fault := next(cuts, None)) is not None:
            raise fault

    works = [
        Work(floor.lot_id, bid(A, 1549, clock.now()), also=cut),
        Work(floor.lot_id, bid(B, 1549, clock.now())),
    ]
    answers, gained = floor.writer.run(works)
    assert all(isinstance(answer, Unavailable) for answer in answers), "run in parts, one by one"
    assert gained == []
    answers, _ = floor.writer.run(works)
    assert isinstance(last(answers[0]), e.BidAccepted)
    assert isinstance(last(answers[1]), e.BidRefused)
    assert_memory_is_the_log(floor)


def test_a_command_that_leads_to_nothing_leaves_nothing_in_memory(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    written = floor.runtime.last_sequenced
    clock.advance(seconds=1)
    nothing = c.RecordOutage(arrival=clock.now(), start=clock.now())
    floor.writer.run([Work(floor.lot_id, nothing)])
    assert floor.runtime.last_sequenced == written


# --- one bad command -----------------------------------------------------------------------


def test_a_poison_command_costs_only_itself(engine: Engine, clock: DrivenClock) -> None:
    floor = opened(engine, clock)
    second = add_lot(engine, "2024JC-5")
    floor.writer.load(second)

    def poison(_conn: Connection, _answer: Answer) -> None:
        raise ZeroDivisionError

    def spill(conn: Connection, _answer: Answer) -> None:
        conn.execute(insert(Worker).values(worker="w", at=None))

    works = [
        Work(floor.lot_id, bid(A, 1549, clock.now())),
        Work(floor.lot_id, bid(B, 1649, clock.now()), also=poison),
        Work(second.lot_id, open_lot(clock.now())),
        Work(floor.lot_id, bid(C, 1649, clock.now())),
        Work(floor.lot_id, bid(D, 1749, clock.now()), also=spill),
    ]
    answers, gained = floor.writer.run(works)
    assert isinstance(last(answers[0]), e.BidAccepted)
    assert isinstance(answers[1], ZeroDivisionError)
    assert isinstance(last(answers[2]), e.LotOpened)
    assert isinstance(last(answers[3]), e.BidAccepted)
    assert isinstance(answers[4], DBAPIError)
    assert sum(len(committed.records) for committed in gained) == 5
    assert floor.state.leader == C
    assert_memory_is_the_log(floor)


def test_what_belongs_to_a_command_is_committed_with_it_or_not_at_all(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    told: list[Answer] = []

    def note(conn: Connection, answer: Answer) -> None:
        told.append(answer)
        now = clock.now()
        row = {"worker": f"w{len(told)}", "at": now, "watermark": now, "gone": False}
        conn.execute(insert(Worker).values(row))

    command = bid(A, 1549, clock.now())
    floor.writer.run([Work(floor.lot_id, command, also=note)])
    floor.writer.run([Work(floor.lot_id, command, also=note)])  # a retry
    refused = bid(B, 1649, clock.now(), admission=None)
    floor.writer.run([Work(floor.lot_id, refused, also=note)])
    assert [type(r.event) for r in told[0].records] == [e.Admitted, e.BidAccepted]
    with engine.connect() as conn:
        assert list(conn.execute(select(Worker.worker)).scalars()) == ["w1"]


# --- other writers -------------------------------------------------------------------------


def test_two_writers_alternate_without_gaps(engine: Engine, clock: DrivenClock) -> None:
    one = opened(engine, clock)
    two = one.restarted()
    for i in range(6):
        writer = (one, two)[i % 2].writer
        command = bid((A, B)[i % 2], 1549 + 100 * i, clock.now())
        answers, _ = writer.run([Work(one.lot_id, command)])
        assert isinstance(last(answers[0]), e.BidAccepted)
        clock.advance(seconds=1)
    leaves = stored(engine, one.runtime.log_id)
    assert [leaf.seq for leaf in leaves] == list(range(1, 10))
    one.writer.run([Work(one.lot_id, Nudge(clock.now()))])
    assert one.state == two.state
    assert one.runtime.tree.root() == Tree(leaf.hash for leaf in leaves).root()


# --- a log that was tampered with ----------------------------------------------------------


def tampered(floor: Floor, seq: int, amount_wan: int) -> bytes:
    """The stored leaf `seq` with another amount, written over the true one."""
    log_id = floor.runtime.log_id
    leaf = canonical.decode(stored(floor.engine, log_id)[seq - 1].data)
    leaf["data"]["amount_fen"] = wan(amount_wan)
    data = canonical.encode(leaf)
    with floor.engine.begin() as conn:
        conn.execute(
            update(LogEntry)
            .where(LogEntry.log_id == log_id, LogEntry.seq == seq)
            .values(leaf=data, leaf_hash=leaf_hash(data))
        )
    return data


def test_a_changed_leaf_is_found_at_the_next_start(engine: Engine, clock: DrivenClock) -> None:
    floor = opened(engine, clock)
    floor.bid(A, 1549)
    tampered(floor, 3, 1599)
    with pytest.raises(LogCorrupt, match="do not give the log's root"):
        floor.restarted()


def test_also_if_the_logs_row_was_changed_to_fit(engine: Engine, clock: DrivenClock) -> None:
    floor = opened(engine, clock)
    floor.bid(A, 1549)
    tampered(floor, 3, 1599)
    log_id = floor.runtime.log_id
    root = Tree(leaf.hash for leaf in stored(engine, log_id)).root()
    with engine.begin() as conn:
        conn.execute(update(Log).where(Log.id == log_id).values(root=root))
    with pytest.raises(LogCorrupt, match="not the one signed last"):
        floor.restarted()


def test_and_if_a_head_was_signed_by_another_key(engine: Engine, clock: DrivenClock) -> None:
    floor = opened(engine, clock)
    forged = log_key("2024JC-5")
    note = sign(Checkpoint(forged.name, 1, floor.runtime.tree.root()), forged)
    with engine.begin() as conn:
        conn.execute(update(LogCheckpoint).values(note=note))
    with pytest.raises(LogCorrupt, match="signed head is not valid"):
        floor.restarted()


def test_a_leaf_that_is_no_leaf_is_a_corrupt_log(engine: Engine, clock: DrivenClock) -> None:
    floor = opened(engine, clock)
    with engine.begin() as conn:
        conn.execute(update(LogEntry).values(leaf=b"{"))
    with pytest.raises(LogCorrupt):
        floor.restarted()


def test_a_missing_entry_is_a_corrupt_log(engine: Engine, clock: DrivenClock) -> None:
    floor = opened(engine, clock)
    floor.bid(A, 1549)
    with engine.begin() as conn:
        conn.execute(LogEntry.__table__.delete().where(LogEntry.seq == 2))
    with pytest.raises(LogCorrupt):
        floor.restarted()


def test_a_log_that_became_shorter_stops_its_lot_and_no_other(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = opened(engine, clock)
    second = add_lot(engine, "2024JC-5")
    floor.writer.load(second)
    with engine.connect() as conn:
        before = journal.head(conn, floor.runtime.log_id)
    floor.bid(A, 1549)
    log_id = floor.runtime.log_id
    with engine.begin() as conn:  # an older backup was put back
        conn.execute(Bid.__table__.delete())
        for table in (LogEntry, LogCheckpoint):
            size = table.seq if table is LogEntry else table.size
            conn.execute(table.__table__.delete().where(table.log_id == log_id, size > 1))
        values = {"size": 1, "root": before.root, "last_sequenced": before.last_sequenced}
        conn.execute(update(Log).where(Log.id == log_id).values(**values))
    works = [
        Work(floor.lot_id, bid(B, 1649, clock.now())),
        Work(second.lot_id, open_lot(clock.now())),
    ]
    for _ in range(2):  # it does not forget what it knew
        answers, _gained = floor.writer.run(works[:1])
        assert isinstance(answers[0], LogCorrupt)
    answers, _ = floor.writer.run(works)
    assert isinstance(answers[0], LogCorrupt)
    assert isinstance(last(answers[1]), e.LotOpened)


def test_a_reader_meets_a_whole_batch_or_nothing_of_it(engine: Engine, clock: DrivenClock) -> None:
    floor = opened(engine, clock)
    with engine.connect() as conn:
        head = journal.head(conn, floor.runtime.log_id)
    floor.bid(A, 1549)
    runtime = runtime_of(engine, floor.lot_id)
    with engine.connect() as conn:  # the head was read before the batch, the leaves after
        with pytest.raises(LogCorrupt, match="signed last"):
            runtime.catch_up(SqlTransaction(conn, None), head)
        assert (runtime.tree.size, runtime.state) == (0, LotState())


# --- vector 13 -----------------------------------------------------------------------------


def test_vector_13_after_a_crash_the_bid_is_in_the_log_and_the_deadline_is_right(
    engine: Engine, clock: DrivenClock
) -> None:
    floor = in_round(engine, clock)
    clock.move_to(LISTING_UNTIL + timedelta(minutes=4, seconds=59, milliseconds=900))
    command = bid(A, 1749, clock.now())
    # Committed, and the process dies before it has told anybody.
    Floor.over(engine, clock, runtime_of(engine, floor.lot_id)).writer.run(
        [Work(floor.lot_id, command)]
    )
    engine.dispose()
    later = Floor.over(engine, clock, runtime_of(engine, floor.lot_id))
    assert (later.state.leader, later.state.price_fen) == (A, wan(1749))
    assert later.state.deadline == LISTING_UNTIL + timedelta(
        minutes=9, seconds=59, milliseconds=900
    )
    assert later.state.stage is Stage.ROUND
    again = later.act(lambda at: replace(command, arrival=at))
    assert again.repeated
    assert isinstance(again.records[0].event, e.BidAccepted)
    later.pass_until(later.state.deadline)
    assert later.state.stage is Stage.AWARD_PENDING
