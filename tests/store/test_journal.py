"""Rows of the logs, instants and transactions as every database must keep them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from factories import LISTING_FROM, add_lot
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from auction.store import journal, workers
from auction.store.logs import Log, Worker

AT = LISTING_FROM


def leaf(seq: int, data: bytes = b"{}") -> journal.Leaf:
    return journal.Leaf(seq, "bid_accepted", AT, AT, data, bytes(32))


def test_leaves_come_back_byte_for_byte_and_in_order(engine: Engine) -> None:
    log_id = add_lot(engine).log_id
    leaves = [leaf(seq, bytes(range(256))) for seq in (3, 1, 2)]
    with engine.begin() as conn:
        journal.append(conn, [(log_id, item) for item in leaves])
        journal.append(conn, [])
    with engine.connect() as conn:
        assert journal.read(conn, log_id) == sorted(leaves, key=lambda item: item.seq)
        assert [item.seq for item in journal.read(conn, log_id, after=1, limit=1)] == [2]


def test_a_number_is_given_once(engine: Engine) -> None:
    log_id = add_lot(engine).log_id
    with engine.begin() as conn:
        journal.append(conn, [(log_id, leaf(1))])
    with pytest.raises(IntegrityError), engine.begin() as conn:
        journal.append(conn, [(log_id, leaf(1))])


def test_the_first_signed_head_that_covers_a_leaf_is_found(engine: Engine) -> None:
    log_id = add_lot(engine).log_id
    with engine.begin() as conn:
        assert journal.checkpoint(conn, log_id) is None
        for size in (2, 5, 9):
            head = journal.Head(log_id, "origin", size, b"", bytes(32), AT)
            journal.advance(conn, [(head, f"note {size}")])
        assert journal.checkpoint(conn, log_id) == (9, "note 9")
        assert journal.checkpoint(conn, log_id, size=2) == (2, "note 2")
        assert journal.checkpoint(conn, log_id, size=3) == (5, "note 5")
        assert journal.checkpoint(conn, log_id, size=10) is None
        assert journal.head(conn, log_id).size == 9


def test_heads_are_locked_in_the_order_of_their_ids(engine: Engine) -> None:
    ids = [add_lot(engine, slug).log_id for slug in ("a", "b", "c")]
    with engine.begin() as conn:
        assert list(journal.lock_heads(conn, reversed(ids))) == sorted(ids)


def test_an_instant_is_kept_to_the_microsecond_and_comes_back_in_utc(engine: Engine) -> None:
    told = datetime(2024, 11, 11, 14, 30, 0, 1, tzinfo=timezone(timedelta(hours=8)))
    with engine.begin() as conn:
        workers.enter(conn, "w", told)
        back = conn.execute(select(Worker.at)).scalar_one()
    assert back == told
    assert back.tzinfo is UTC


def test_an_instant_without_a_zone_is_refused(engine: Engine) -> None:
    naive = datetime(2024, 11, 11, 14, 30)  # noqa: DTZ001
    with pytest.raises(StatementError, match="time zone"), engine.begin() as conn:
        conn.execute(insert(Worker).values(worker="w", at=naive, watermark=naive, gone=False))


def test_a_log_is_named_once(engine: Engine) -> None:
    add_lot(engine)
    with engine.connect() as conn:
        origin = conn.execute(select(Log.origin).limit(1)).scalar_one()
    with pytest.raises(IntegrityError), engine.begin() as conn:
        conn.execute(insert(Log).values(origin=origin, kind="lot", size=0))


def test_sqlite_is_set_to_keep_what_was_committed(sqlite_database: Engine) -> None:
    with sqlite_database.connect() as conn:
        told = {
            name: conn.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_on_sqlite_readers_do_not_wait_for_a_writer_and_a_second_writer_does(
    sqlite_database: Engine,
) -> None:
    writers = sqlite_database.execution_options(immediate=True)
    with writers.begin() as writing:
        workers.enter(writing, "w", AT)
        with sqlite_database.connect() as reading:
            assert workers.seen(reading) == []
            reading.exec_driver_sql("PRAGMA busy_timeout=1")
            with pytest.raises(OperationalError, match="locked"):
                workers.enter(reading, "v", AT)
