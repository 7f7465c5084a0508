"""The sequencer's own loop under many threads, on the real clock."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from factories import Floor, add_lot, bid, nobody, open_lot
from sqlalchemy import Engine

from auction.core import events as e
from auction.core.state import Stage
from auction.store import journal
from auction.store.transactions import SqlStore
from auction.trading.batch import BatchWriter
from auction.trading.runtime import LotRuntime
from auction.trading.sequencer import Sequencer
from auction.trading.time import ReferenceClock
from auction.trading.work import Answer, Committed, Work

CLIENTS, BIDS = 8, 12


@pytest.fixture
def running(engine: Engine) -> Iterator[Floor]:
    """A floor whose loop runs; the listing has begun a minute ago and lasts."""
    floor = Floor.over(engine, ReferenceClock(), lot_from_now(engine, "lot", 3600))
    floor.sequencer.start()
    yield floor
    floor.sequencer.stop()


def times(seconds: float) -> dict[str, Any]:
    now = ReferenceClock().now()
    return {
        "apply_from": now - timedelta(minutes=2),
        "apply_until": now - timedelta(minutes=1),
        "deposit_until": now - timedelta(minutes=1),
        "listing_from": now - timedelta(minutes=1),
        "listing_until": now + timedelta(seconds=seconds),
    }


def lot_from_now(engine: Engine, slug: str, seconds: float) -> LotRuntime:
    """A lot whose log is open; its listing ends in `seconds`."""
    terms = times(seconds)
    lot = add_lot(engine, slug, **terms)
    writer = BatchWriter(SqlStore(engine), ReferenceClock(), nobody)
    writer.load(lot)
    writer.run([Work(lot.lot_id, open_lot(terms["listing_from"], **terms))])
    return lot


def client(floor: Floor, number: int) -> list[Answer]:
    """Bids over the price it sees, again and again, and waits for each answer."""
    got = []
    for _ in range(BIDS):
        price = floor.state.price_fen
        amount = 1549 if price is None else price // 1_000_000 + 100
        pending = floor.sequencer.ask(
            lambda at: Work(floor.lot_id, bid(f"{number:04d}", amount, at)),  # noqa: B023
            floor.lot_id,
        )
        got.append(pending.wait(20))
    return got


def wait_for(what: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


def test_each_of_many_clients_gets_its_answer_and_prices_strictly_rise(running: Floor) -> None:
    told: list[Committed] = []
    running.sequencer.listen(told.append)
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [
            answer
            for got in pool.map(lambda number: client(running, number), range(CLIENTS))
            for answer in got
        ]
    assert len(answers) == CLIENTS * BIDS
    bids = [answer.records[-1] for answer in answers]
    assert len({record.seq for record in bids}) == CLIENTS * BIDS

    with running.engine.connect() as conn:
        leaves = journal.read(conn, running.runtime.log_id)
    assert [leaf.seq for leaf in leaves] == list(range(1, len(leaves) + 1))
    accepted = sorted((r for r in bids if isinstance(r.event, e.BidAccepted)), key=_seq)
    prices = [r.event.amount_fen for r in accepted if isinstance(r.event, e.BidAccepted)]
    assert prices == sorted(set(prices))
    assert len(prices) >= BIDS
    arrivals = [r.arrival for r in sorted(bids, key=_seq)]
    assert arrivals == sorted(arrivals)

    wait_for(lambda: sum(len(committed.records) for committed in told) == len(leaves) - 1)
    heard = [record.seq for committed in told for record in committed.records]
    assert heard == list(range(2, len(leaves) + 1))


def test_a_close_is_carried_out_by_itself_and_soon(engine: Engine) -> None:
    lot = lot_from_now(engine, "lot", 0.4)
    floor = Floor.over(engine, ReferenceClock(), lot)
    floor.sequencer.start()
    try:
        wait_for(lambda: floor.state.stage is Stage.UNSOLD)
        assert floor.state.ended_at == floor.state.listing_until
        assert floor.runtime.last_sequenced is not None
        assert floor.state.ended_at is not None
        late = floor.runtime.last_sequenced - floor.state.ended_at
        assert timedelta(0) <= late < timedelta(seconds=2)
    finally:
        floor.sequencer.stop()


def test_what_was_handed_in_is_decided_before_the_loop_ends(running: Floor) -> None:
    pending = [
        running.sequencer.ask(
            lambda at, plate=plate: Work(running.lot_id, bid(plate, 1549, at)), running.lot_id
        )
        for plate in ("0001", "0002", "0003")
    ]
    running.sequencer.stop()
    assert all(p.wait(0).records for p in pending)


def test_the_loop_outlives_a_fault(running: Floor) -> None:
    queues = running.sequencer._queues
    healthy = queues.take

    def faulty(_now: datetime, _limit: int) -> Any:
        queues.take = healthy  # type: ignore[method-assign]
        raise RuntimeError("once")

    queues.take = faulty  # type: ignore[method-assign]
    answer = running.sequencer.ask(
        lambda at: Work(running.lot_id, bid("0001", 1549, at)), running.lot_id
    ).wait(10)
    assert isinstance(answer.records[-1].event, e.BidAccepted)


def test_what_blocks_may_be_done_in_a_thread_of_its_own(engine: Engine) -> None:
    lot = lot_from_now(engine, "lot", 3600)
    names: set[str] = set()
    with ThreadPoolExecutor(1, thread_name_prefix="native") as pool:

        def offload(job: Callable[[], Any]) -> Any:
            def named() -> Any:
                names.add(threading.current_thread().name)
                return job()

            return pool.submit(named).result()

        clock = ReferenceClock()
        writer = BatchWriter(SqlStore(engine, offload=offload), clock, nobody)
        writer.load(lot)
        sequencer = Sequencer(writer, clock)
        sequencer.start()
        try:
            answer = sequencer.ask(
                lambda at: Work(lot.lot_id, bid("0001", 1549, at)), lot.lot_id
            ).wait(10)
        finally:
            sequencer.stop()
    assert isinstance(answer.records[-1].event, e.BidAccepted)
    assert names == {"native_0"}


def test_threads_that_settle_by_themselves_take_turns(engine: Engine) -> None:
    lot = lot_from_now(engine, "lot", 3600)
    inside, most = 0, 0

    floor = Floor.over(engine, ReferenceClock(), lot)
    sequencer = floor.sequencer
    run = floor.writer.run

    def watched(batch: Any) -> Any:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.002)
        try:
            return run(batch)
        finally:
            inside -= 1

    floor.writer.run = watched  # type: ignore[method-assign]

    def one(number: int) -> Answer:
        pending = sequencer.ask(
            lambda at: Work(floor.lot_id, bid(f"{number:04d}", 1549, at)), floor.lot_id
        )
        sequencer.settle()
        return pending.wait(10)

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(one, range(24)))
    assert most == 1
    assert sum(isinstance(a.records[-1].event, e.BidAccepted) for a in answers) == 1
    assert floor.restarted().state == floor.state


def _seq(record: e.Recorded) -> int:
    return record.seq
