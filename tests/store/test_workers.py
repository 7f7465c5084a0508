"""Workers: who lives, how far they have decided, and which of them is the clock."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, create_engine, text

from auction.store import workers
from auction.store.clocks import PostgresReference
from auction.store.exclusive import AlreadyServed, Exclusive
from auction.store.leadership import Leadership
from auction.store.workers import GONE_AFTER

AT = datetime(2024, 11, 11, 6, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def below(engine: Engine, instant: datetime, now: datetime = AT) -> bool:
    with engine.connect() as conn:
        return workers.others_below(conn, "me", instant, now)


def enter(engine: Engine, worker: str, at: datetime = AT) -> list[str]:
    with engine.begin() as conn:
        return [seen.worker for seen in workers.enter(conn, worker, at)]


def test_a_worker_that_starts_learns_of_those_before_it(engine: Engine) -> None:
    assert enter(engine, "one") == []
    assert enter(engine, "two") == ["one"]
    with engine.connect() as conn:
        assert [(s.worker, s.at) for s in workers.seen(conn)] == [("one", AT), ("two", AT)]


def test_a_close_waits_for_every_other_watermark_and_not_for_its_own(engine: Engine) -> None:
    enter(engine, "me")
    assert not below(engine, AT + SECOND)
    enter(engine, "other")
    assert below(engine, AT + SECOND)
    with engine.begin() as conn:
        workers.publish(conn, "other", AT + SECOND, AT + SECOND)
    assert not below(engine, AT + SECOND), "a watermark at the deadline has passed it"
    assert below(engine, AT + SECOND + timedelta(microseconds=1))


def test_nobody_waits_for_the_dead_or_for_those_who_left(engine: Engine) -> None:
    enter(engine, "silent")
    assert below(engine, AT + SECOND, now=AT + GONE_AFTER - SECOND)
    assert not below(engine, AT + SECOND, now=AT + GONE_AFTER)
    enter(engine, "leaving")
    assert below(engine, AT + SECOND)
    with engine.begin() as conn:
        workers.leave(conn, "silent", AT)
        workers.leave(conn, "leaving", AT)
    assert not below(engine, AT + SECOND)


def test_rows_of_the_long_dead_are_forgotten(engine: Engine) -> None:
    enter(engine, "old")
    assert enter(engine, "new", AT + timedelta(days=3)) == ["old"]
    assert enter(engine, "newer", AT + timedelta(days=3)) == ["new"]


def test_an_sqlite_file_has_one_server(sqlite_database: Engine) -> None:
    held = Exclusive.take(sqlite_database)
    assert held is not None
    with pytest.raises(AlreadyServed):
        Exclusive.take(sqlite_database)
    held.release()
    again = Exclusive.take(sqlite_database)
    assert again is not None
    again.release()


@pytest.mark.postgres
def test_postgresql_is_served_by_several(postgresql_database: Engine) -> None:
    assert Exclusive.take(postgresql_database) is None


def test_on_sqlite_the_server_is_the_clock(sqlite_database: Engine) -> None:
    assert Leadership(sqlite_database).stand()


@pytest.mark.postgres
def test_one_of_several_is_the_clock_until_its_connection_ends(postgresql_database: Engine) -> None:
    first, second = (Leadership(create_engine(postgresql_database.url)) for _ in range(2))
    assert first.stand()
    assert not second.stand()
    assert first.stand()
    _cut_all_others(postgresql_database)
    # The first has lost its lock without knowing: it must not go on leading.
    assert second.stand() or second.stand()
    assert not first.stand() or not second.stand()
    second.resign()
    assert first.stand() or first.stand()
    first.resign()


@pytest.mark.postgres
def test_postgresqls_clock_is_read_with_its_uncertainty(postgresql_database: Engine) -> None:
    before = datetime.now(UTC)
    earliest, latest = PostgresReference(postgresql_database).read()
    after = datetime.now(UTC)
    assert earliest <= latest
    assert before <= latest
    assert earliest <= after
    assert earliest.tzinfo is UTC


def _cut_all_others(engine: Engine) -> None:
    with engine.connect() as conn:
        conn.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
